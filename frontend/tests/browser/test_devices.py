"""Two tabs or two devices of one member: each shows what the other did, and disturbs nobody who reads."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from frontend.tests.browser.conftest import PASSWORD, Visitor

NEWEST = re.compile(r"/messages/\?order=newest$")
LOOK_AGAIN = """
Object.defineProperty(document, 'hidden', {value: true, configurable: true});
document.dispatchEvent(new Event('visibilitychange'));
delete document.hidden;
document.dispatchEvent(new Event('visibilitychange'));
"""


def on_another_device(visit: Callable[..., Visitor], email: str, address: str) -> Visitor:
    """The same member, logged in on a phone, with the same page open."""
    phone = visit(size="phone")
    phone.page.goto(f"login.html?next={address.rpartition('/')[2].replace('#', '%23')}")
    phone.page.fill("[name=email]", email)
    phone.page.fill("[name=password]", PASSWORD)
    phone.page.click("form#form button.main")
    expect(phone.page).not_to_have_url(re.compile("login.html"))
    phone.page.goto(address)
    expect(phone.last_reply.locator(".actions")).to_be_visible()
    return phone


def test_tabs_that_open_together_share_one_refresh(minji: Visitor) -> None:
    renewals = []
    minji.context.on(
        "request", lambda request: renewals.append(request.url) if "token/refresh" in request.url else None
    )
    tabs = [minji.tab() for _ in range(3)]
    for tab in tabs:
        tab.goto("archive.html", wait_until="commit")
    for tab in tabs:
        expect(tab.locator(".empty-state")).to_be_visible()
    assert 1 <= len(renewals) <= 3
    minji.page.reload()
    expect(minji.page.locator(".assistant-card")).to_have_count(6)


def test_two_tabs_agree(minji: Visitor) -> None:
    minji.begin()
    minji.ask_and_wait("첫째 [[words=3]]")
    other = minji.tab()
    other.goto(minji.page.url)
    expect(other.locator(".reply .actions")).to_have_count(1)
    minji.ask("둘째 [[words=40]] [[over=3]]")
    expect(other.locator(".question .bubble").last).to_contain_text("둘째")
    expect(other.locator(".reply .actions")).to_have_count(2)
    expect(other.locator(".quota:visible strong")).to_have_text("오늘 38/40 남음")
    ours, theirs = (tab.locator(".reply .markdown").last.inner_text() for tab in (minji.page, other))
    assert ours == theirs
    other.click("#account .log-out")
    expect(minji.page).to_have_url(re.compile("login.html"))


def test_another_device_is_noticed_when_the_page_is_looked_at_again(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    email = visitor.join()
    page = visitor.page
    visitor.begin()
    visitor.ask_and_wait("첫째 [[words=12]]")
    phone = on_another_device(visit, email, page.url)
    phone.last_reply.get_by_role("button", name="다시 답변받기").click()
    expect(phone.page.locator(".quota:visible strong")).to_have_text("오늘 38/40 남음")
    expect(phone.page.locator(".reply.writing")).to_have_count(0)
    phone.ask_and_wait("둘째 [[words=3]]")
    page.get_by_role("button", name="복사").focus()
    page.evaluate(LOOK_AGAIN)
    expect(page.locator(".question")).to_have_count(2)
    expect(page.locator(".reply")).to_have_count(2)
    expect(page.locator(".reply .actions")).to_have_count(2)
    expect(page.locator(".quota:visible strong")).to_have_text("오늘 37/40 남음")

    # What is being written there is heard here; here, a second look changes nothing.
    phone.ask("셋째 [[words=60]] [[over=12]]")
    expect(phone.last_reply).to_have_class(re.compile("writing"))
    page.evaluate(LOOK_AGAIN)
    expect(visitor.last_reply).to_have_class(re.compile("writing"))
    expect(visitor.last_reply.locator(".markdown")).to_contain_text("연습용")
    page.evaluate(LOOK_AGAIN)
    expect(page.locator(".reply .actions")).to_have_count(3, timeout=30_000)
    expect(phone.page.locator(".reply .actions")).to_have_count(3)
    assert visitor.last_reply.inner_text() == phone.last_reply.inner_text()


def test_looking_again_disturbs_neither_hand_nor_place(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("길게 [[words=600]] [[over=1]]")
    minji.ask_and_wait("짧게 [[words=3]]")
    copy = page.get_by_role("button", name="복사").last
    copy.focus()
    page.evaluate("document.querySelector('#scroller').scrollTop = 40")
    page.wait_for_timeout(200)
    with page.expect_response(NEWEST):
        page.evaluate(LOOK_AGAIN)
    page.wait_for_timeout(300)
    expect(copy).to_be_focused()
    assert page.evaluate("document.querySelector('#scroller').scrollTop") == 40


def test_a_refusal_brings_what_another_device_did(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    email = visitor.join()
    page = visitor.page
    visitor.begin()
    visitor.ask_and_wait("첫째 [[words=12]]")
    phone = on_another_device(visit, email, page.url)
    phone.ask_and_wait("둘째 [[words=3]]")
    visitor.last_reply.get_by_role("button", name="다시 답변받기").click()  # not the last one any more
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".question .bubble").last).to_contain_text("둘째")
    phone.ask("셋째 [[words=60]] [[over=12]]")
    expect(phone.last_reply).to_have_class(re.compile("writing"))
    visitor.ask("넷째 [[words=3]]")
    expect(page.locator("#message")).to_have_value("넷째 [[words=3]]")
    expect(visitor.last_reply).to_have_class(re.compile("writing"))
    expect(page.locator(".question .bubble").last).to_contain_text("셋째")
    expect(page.locator(".reply .actions")).to_have_count(3, timeout=30_000)
    page.press("#message", "Enter")
    expect(page.locator(".reply .actions")).to_have_count(4)
    # A reply that another one has replaced there cannot be tried again here: the new one is shown.
    expect(phone.page.locator(".reply .actions")).to_have_count(3)
    phone.page.reload()
    expect(phone.page.locator(".reply .actions")).to_have_count(4)
    phone.last_reply.get_by_role("button", name="다시 답변받기").click()
    expect(phone.page.locator(".quota:visible strong")).to_have_text("오늘 35/40 남음")
    expect(phone.page.locator(".reply.writing")).to_have_count(0)
    visitor.last_reply.get_by_role("button", name="다시 답변받기").click()
    expect(page.locator(".toasts")).to_contain_text("답변을 받지 못했어요.")
    expect(page.locator(".reply")).to_have_count(4)


def test_the_title_says_that_a_reply_came_while_one_was_away(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask("길게 [[words=30]] [[over=6]]")
    expect(minji.last_reply).to_have_class(re.compile("writing"))
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(page).to_have_title(re.compile("답변 도착"))
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).not_to_have_title(re.compile("답변 도착"))


@pytest.mark.parametrize("status", [401, 403])
def test_a_log_in_that_was_ended_elsewhere_ends_here(minji: Visitor, status: int) -> None:
    page = minji.page
    refusal = f'{{"status": {status}, "code": "session_ended", "detail": "끝났어요."}}'
    page.route(
        "**/api/v1/**",
        lambda route: route.fulfill(status=status, content_type="application/problem+json", body=refusal),
    )
    page.goto("archive.html")
    expect(page).to_have_url(re.compile(r"login\.html\?next=archive"))
