"""Pictures of every page of the admin, to be looked at: `make screenshots` puts them into var/screenshots/admin."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib import admin
from playwright.sync_api import Page, expect

from config.desk.tests.browser.conftest import Desk
from config.desk.tests.test_rights import PAGES
from frontend.tests.browser.conftest import PASSWORD, ROOT, Service

FOLDER = ROOT / "var" / "screenshots" / "admin"
NOT_PAGES = {"logout", "login", "catch_all", "jsi18n", "app_list", "use-csv", "use-roll-up", "chat_assistant_answer"}
# Weeks of use, so that plots and tables have something to show.
MAKE_USE = """
from datetime import timedelta
from random import Random
from django.utils import timezone
from accounts.models import SocialAccount, User
from chat import figures
from chat.models import Assistant, Conversation, DailyUsage, Report, Reservation
from chat.quota import local_day
from config.desk.models import Announcement
if not User.objects.filter(email="m0@example.com").exists():
    luck, today = Random(7), local_day(timezone.now())
    people = [User.objects.create(email=f"m{n}@example.com", nickname=name, is_active=n != 3)
              for n, name in enumerate("하늘 바다 나무 장난꾼 구름 Sky 별빛 달님 노을 새벽".split())]
    SocialAccount.objects.create(user=people[0], provider="kakao", uid="1")
    for back in range(40):
        day = today - timedelta(days=back)
        for one in people[: luck.randint(3, 10)]:
            used = luck.randint(1, 5)
            DailyUsage.objects.create(member=one, day=day, used=used, attempts=used)
            for _ in range(used):
                ok = luck.random() > 0.06
                Reservation.objects.create(
                    member=one, day=day, state="charged" if ok else "released",
                    reason="" if ok else luck.choice(["assistant_timeout", "interrupted", "stopped"]),
                    assistant=luck.choice(["free-chat", "singapore-trip", "cover-letter", "english-coach"]),
                    model="gpt-4o-mini", tokens_input=luck.randint(300, 2000), tokens_output=luck.randint(100, 1500),
                    first_word_ms=luck.randint(300, 3000) if ok else None)
    figures.roll_up(today - timedelta(days=1))
    version = Assistant.objects.get(slug="free-chat").current
    said = [("new", "사실과 다른 답이에요"), ("working", ""), ("closed", "불쾌한 말이 있어요")]
    for n, (state, words) in enumerate(said):
        talk = Conversation.objects.create(owner=people[n], version=version, title="제목")
        Report.objects.create(conversation=talk, reply_id=talk.pk, question="서울에서 부산까지 얼마나 걸려요?",
                              reply="KTX로 약 두 시간 반 걸립니다.\\n\\n1. 서울역\\n2. 부산역", comment=words,
                              state=state, outcome="acted" if state == "closed" else "")
    Announcement.objects.create(text_ko="오늘 밤 열 시에 점검합니다.", text_en="Maintenance at ten tonight.")
"""
# What stands out of the window, to be told when something does.
WIDEST = """[...document.querySelectorAll("#content *")].filter(
  (one) => one.getBoundingClientRect().right > innerWidth && !one.closest(".results, .desk-scroll")
).map((one) => `${one.tagName}.${one.className}`).slice(0, 5)"""
FIRST_ROW = "#result_list tbody tr:first-child th a"

pytestmark = pytest.mark.screenshots


@pytest.fixture(scope="module")
def used(service: Service) -> Service:
    service.run("manage.py", "shell", "-v", "0", "-c", MAKE_USE)
    return service


def shot(page: Page, name: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px wider than the window: {page.evaluate(WIDEST)}"


def lists() -> Iterator[str]:
    for model in admin.site._registry:
        yield f"{model._meta.app_label}/{model._meta.model_name}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page_of_the_admin(
    used: Service, at_desk: Callable[..., Desk], size: str, language: str, scheme: str
) -> None:
    tag = f"{size}-{language}-{scheme}"
    desk = at_desk("root", size=size, language=language, scheme=scheme)
    page, wide = desk.page, []

    def look(address: str, name: str) -> None:
        page.goto(address)
        try:
            shot(page, f"{tag}-{name}")
        except AssertionError as too_wide:
            wide.append(str(too_wide))

    for name, address in PAGES:
        if "<" not in address and name not in NOT_PAGES:
            look(address, name)
    for its in lists():
        kind = its.replace("/", "_")
        page.goto(f"/admin/{its}/")
        if not page.locator(FIRST_ROW).count():
            continue
        row = page.locator(FIRST_ROW).first.get_attribute("href") or ""
        look(row, f"{kind}_change")
        look(re.sub("change/.*", "history/", row), f"{kind}_history")
        look(re.sub("change/.*", "delete/", row), f"{kind}_delete")
    page.goto("/admin/chat/assistant/")
    page.click("#result_list a:text-is('date-course')")
    form = page.url
    look(form.replace("/change/", "/try/"), "chat_assistant_try")
    page.fill("[name=in_place]", "서울숲")
    page.click("input[type=submit].default")
    page.click("#desk-ask")
    expect(page.locator("#desk-stop")).to_be_hidden(timeout=20_000)
    shot(page, f"{tag}-chat_assistant_tried")
    page.goto(form)
    page.fill("[name=message_template_ko]", "$nothing")
    page.click("[name=_save]")
    shot(page, f"{tag}-chat_assistant_refused")
    page.goto(form)
    page.fill("[name=icon]", "heart" if "heart" not in page.input_value("[name=icon]") else "star")
    desk.save()
    page.goto("/admin/chat/assistantversion/")
    page.click(FIRST_ROW)
    shot(page, f"{tag}-chat_assistantversion_difference")
    look("/admin/accounts/user/?banned=yes&q=장난", "accounts_user_searched")
    assert wide == []
    desk.complaints.clear()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_way_in_and_what_a_moderator_sees(used: Service, at_desk: Callable[..., Desk], size: str) -> None:
    desk = at_desk("mod", size=size)
    page = desk.page
    shot(page, f"{size}-moderator-index")
    page.goto("/admin/accounts/user/?q=하늘")
    page.click(FIRST_ROW)
    shot(page, f"{size}-moderator-member")
    page.goto("/admin/accounts/user/?q=mod@")
    page.click(FIRST_ROW)
    shot(page, f"{size}-moderator-oneself")
    page.goto("/admin/auth/group/")
    shot(page, f"{size}-moderator-refused")
    page.goto("/admin/")
    page.click("#logout-form button")
    shot(page, f"{size}-logged-out")
    page.goto("/admin/")
    shot(page, f"{size}-login")
    page.fill("[name=username]", "mod@example.com")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    shot(page, f"{size}-two-step-code")
    desk.complaints.clear()
