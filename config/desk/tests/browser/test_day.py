"""A moderator's day at the admin, in a real browser, and what members see of it on their page."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from config.desk.tests.browser.conftest import Desk
from frontend.tests.browser.conftest import Visitor

BAN_SEEN_MS = 30_000  # the reply would go on for longer than all of it
At = Callable[..., Desk]
Joins = Callable[[str], Visitor]


def open_member(page: Page, nickname: str) -> None:
    """Finds a member as moderators do, and opens their page."""
    page.goto("/admin/accounts/user/")
    page.fill("#searchbar", nickname)
    page.press("#searchbar", "Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.click("#result_list .field-nickname a")
    expect(page.locator("#id_nickname")).to_have_value(nickname)


def open_assistant(page: Page, slug: str) -> None:
    page.goto("/admin/chat/assistant/")
    page.click(f"#result_list .field-slug a:text-is('{slug}')")


def test_the_second_step_stands_before_the_desk(at_desk: At) -> None:
    desk = at_desk()
    page = desk.page
    expect(page.locator(".desk-strip")).to_contain_text("서비스 전체 호출")
    page.click("#logout-form button")
    page.goto("/admin/accounts/user/")
    page.fill("[name=username]", "mod@example.com")
    page.fill("[name=password]", "a quiet harbour 9")
    page.click("[type=submit]")
    expect(page).to_have_url(re.compile("/admin/two-step/code/"))
    page.goto("/admin/accounts/user/")
    expect(page).to_have_url(re.compile("/admin/two-step/code/"))  # the password alone opens nothing
    page.fill("[name=code]", "000000")
    page.click("form:has([name=code]) [type=submit]")
    expect(page.locator(".errorlist, .errornote").first).to_be_visible()


def test_a_member_gets_a_limit_of_their_own_and_more_for_today(at_desk: At, member: Joins) -> None:
    asker, desk = member("하늘"), at_desk()
    asker.begin()
    for _ in range(2):
        asker.ask_and_wait("안녕 [[words=3]]")
    expect(asker.page.locator(".none-left")).to_be_visible()
    page = desk.page
    open_member(page, "하늘")
    expect(page.locator(".field-use_shown")).to_contain_text("2 / 2 · 2")
    page.fill("#id_more_today", "1")
    page.click("[name=_save]")
    expect(page.locator(".field-reason .errorlist")).to_be_visible()  # not without a reason
    page.fill("#id_reason", "수업이 있어서")
    page.fill("#id_daily_limit", "3")
    desk.save()
    open_member(page, "하늘")
    expect(page.locator(".field-use_shown")).to_contain_text("2 / 4 · 2")
    page.click(".historylink")
    expect(page.locator("#change-history")).to_contain_text("수업이 있어서")
    asker.page.reload()
    expect(asker.page.locator(".reply .actions")).to_have_count(2)
    for _ in range(2):
        asker.ask_and_wait("또 안녕 [[words=3]]")
    expect(asker.page.locator(".none-left")).to_be_visible()


def test_a_ban_ends_a_reply_as_the_member_watches(at_desk: At, member: Joins) -> None:
    writer, desk = member("장난꾼"), at_desk()
    writer.begin()
    writer.ask("[[words=400]] [[over=100]]")
    expect(writer.page.locator(".reply.writing")).to_be_visible()
    open_member(desk.page, "장난꾼")
    desk.page.check("#id_banned")
    desk.page.fill("#id_reason", "도배")
    desk.save()
    send = writer.page.get_by_role("button", name="보내기")
    expect(send).to_be_visible(timeout=BAN_SEEN_MS)  # where the button to stop was
    expect(writer.page.locator(".reply.writing")).to_have_count(0)
    written = writer.page.locator(".reply").inner_text()
    expect(desk.page.locator("#result_list")).to_contain_text("이용 정지")
    assert writer.page.locator(".reply").inner_text() == written  # no word more
    writer.ask("또 안녕")
    expect(writer.page.get_by_text("이용이 정지된 계정입니다.").first).to_be_visible()


def test_an_assistant_is_changed_previewed_tried_and_set_back(at_desk: At, member: Joins) -> None:
    asker, desk = member("별"), at_desk()
    page = desk.page
    open_assistant(page, "date-course")
    page.fill("[name=message_template_ko]", "$nowhere")
    page.click("[name=_save]")
    expect(page.locator(".errorlist", has_text="이 양식에 없는 입력입니다")).to_be_visible()  # is not saved
    open_assistant(page, "date-course")
    page.fill("[name=name_ko]", "나들이 도우미")
    page.click("[name=_draft]")
    page.fill("[name=in_place]", "서울숲")
    page.click("input[type=submit].default")
    expect(page.locator("#desk-preview")).to_contain_text("서울숲")
    page.click("#desk-ask")
    expect(page.locator("#desk-text")).not_to_be_empty()
    expect(page.locator("#desk-state")).to_contain_text("토큰")
    page.click(".object-tools a")  # back to the form, which still has the draft
    expect(page.locator("[name=name_ko]")).to_have_value("나들이 도우미")
    desk.save()
    asker.page.reload()
    expect(asker.page.locator(".assistant-card", has_text="나들이 도우미")).to_be_visible()

    open_assistant(page, "date-course")
    page.get_by_role("link", name="버전", exact=True).click()
    page.locator("#result_list tbody tr").first.locator("th a, .field-assistant a").first.click()
    expect(page.locator(".desk-came")).to_contain_text("나들이 도우미")
    expect(page.locator(".desk-went")).to_have_count(1)
    page.go_back()
    page.locator("#result_list tbody tr").last.locator("th a, .field-assistant a").first.click()
    page.click(".object-tools a[href*='?from=1']")
    expect(page.locator(".desk-note")).to_be_visible()
    desk.save()
    asker.page.reload()
    expect(asker.page.locator(".assistant-card", has_text="나들이 도우미")).to_have_count(0)


def test_a_report_is_worked_and_its_member_is_told(at_desk: At, member: Joins) -> None:
    teller, desk = member("바다"), at_desk()
    teller.begin()
    teller.ask_and_wait("비밀 이야기 [[words=3]]")
    teller.ask_and_wait("수상한 질문 [[words=3]]")
    teller.last_reply.get_by_role("button", name="신고하기").click()
    expect(teller.page.locator("dialog")).to_contain_text("운영진이 이 질문과 답변을 보게 돼요")
    teller.page.fill("#report-comment", "틀린 말이에요")
    teller.page.locator("dialog button.main").click()
    expect(teller.page.locator(".toasts")).to_contain_text("신고했어요")
    page = desk.page
    page.goto("/admin/")
    expect(page.locator(".desk-strip .desk-bad")).to_have_text("1")
    page.goto("/admin/chat/report/")
    page.locator("#result_list tbody tr").first.locator("a").first.click()
    expect(page.locator(".field-question_shown")).to_contain_text("수상한 질문")
    expect(page.locator("#content")).not_to_contain_text("비밀 이야기")
    page.select_option("#id_state", "closed")
    page.click("[name=_save]")
    expect(page.locator(".field-outcome .errorlist")).to_be_visible()
    page.select_option("#id_outcome", "acted")
    page.fill("#id_answer", "고쳤습니다.")
    desk.save()
    teller.page.reload()
    teller.last_reply.get_by_role("button", name="신고하기").click()
    expect(teller.page.get_by_role("dialog")).to_contain_text("조치했어요. 고쳤습니다.")
    teller.page.keyboard.press("Escape")


def test_the_figures_are_read_and_taken_along(at_desk: At, tmp_path: Path) -> None:
    desk = at_desk(language="en")
    page = desk.page
    page.click(".desk-strip a")
    for days in ("7", "90", "30"):
        page.click(f".desk-periods a[href='?days={days}']")
        expect(page.locator(".desk-plot svg")).to_have_count(5)
    expect(page.locator(".desk-tiles")).to_contain_text("requests")
    expect(page.locator(".desk-table").first).to_contain_text("free-chat")
    with page.expect_download() as taken:
        page.click(".desk-periods a[href*='use.csv']")
    taken.value.save_as(tmp_path / "use.csv")
    rows = list(csv.DictReader((tmp_path / "use.csv").open(encoding="utf-8-sig")))
    assert {"free-chat"} <= {row["assistant"] for row in rows}
    page.click("form[action*='roll-up'] button")
    expect(page.locator(".messagelist")).to_contain_text("Days rolled up")


def test_an_announcement_stands_on_the_page(at_desk: At, member: Joins) -> None:
    reader, desk = member("달"), at_desk()
    page = desk.page
    page.goto("/admin/desk/announcement/add/")
    page.fill("#id_text_ko", "오늘 밤 열 시에 점검합니다.")
    page.fill("#id_text_en", "Maintenance at ten tonight.")
    page.select_option("#id_level", "warning")
    desk.save()
    expect(page.locator("#result_list")).to_contain_text("게시 중")
    reader.page.reload()
    expect(reader.page.locator(".announcement")).to_have_text(re.compile("오늘 밤 열 시에 점검합니다."))


def test_a_superuser_shuts_the_service_for_a_while(at_desk: At, member: Joins) -> None:
    asker, desk = member("노을"), at_desk("root")
    page = desk.page
    page.goto("/admin/desk/maintenance/")
    page.check("#id_is_on")
    page.fill("#id_text_ko", "새 기능을 준비하고 있어요.")
    desk.save()
    page.goto("/admin/")
    expect(page.locator(".desk-note.desk-bad")).to_be_visible()
    asker.begin()
    asker.ask("안녕")
    expect(asker.page.get_by_role("alert")).to_contain_text("새 기능을 준비하고 있어요.")
    page.goto("/admin/desk/maintenance/")
    page.uncheck("#id_is_on")
    desk.save()
    asker.page.reload()
    asker.begin()
    asker.ask_and_wait("안녕 [[words=3]]")


def test_a_superuser_makes_a_moderator(at_desk: At, member: Joins) -> None:
    member("새 지기")
    page = at_desk("root").page
    open_member(page, "새 지기")
    page.check("#id_is_staff")
    page.select_option("#id_groups_from", label="Moderators")
    page.click("#id_groups_add_link, #id_groups_add, .selector-add")
    page.click("[name=_save]")
    open_member(page, "새 지기")
    expect(page.locator("#id_is_staff")).to_be_checked()
    expect(page.locator("#id_groups_to option")).to_have_text("Moderators")
