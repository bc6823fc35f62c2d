"""What other tabs and devices did to a conversation that is open here."""

import re
from typing import Any

from playwright.sync_api import expect

from frontend.tests.browser.conftest import PASSWORD, Visitor


def elsewhere(visitor: Visitor, email: str) -> dict[str, str]:
    """The headers of another log-in of the same member."""
    given = {"email": email, "password": PASSWORD}
    answer: Any = visitor.context.request.post("api/v1/accounts/login/", data=given).json()
    return {"Authorization": f"Bearer {answer['access']}"}


def test_a_new_name_from_another_tab_stands_here_too(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]] [[over=0]]")
    other = minji.tab()
    other.goto(page.url)
    other.locator(".conversation-head .menu-holder > button").press("Enter")
    other.get_by_role("button", name="이름 바꾸기").press("Enter")
    other.fill("#dialog-line", "새 이름")
    other.keyboard.press("Enter")
    expect(page.locator(".conversation-head h1")).to_have_text("새 이름")


def test_a_conversation_that_was_deleted_elsewhere_says_so(visit: Any) -> None:
    minji: Visitor = visit()
    headers = elsewhere(minji, minji.join())
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]] [[over=0]]")
    page.fill("#message", "쓰던 말")
    conversation = page.url.rsplit("/", 1)[1]
    minji.context.request.delete(f"api/v1/chat/conversations/{conversation}/", headers=headers)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("alert")).to_contain_text("이 대화는 없거나 지워졌어요.")
    expect(page.locator(".room[href*=conversation]")).to_have_count(0)
    page.press("#message", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("이 대화는 없거나 지워졌어요.")
    expect(page.locator("#message")).to_have_value("쓰던 말")


def test_a_question_that_was_accepted_is_not_given_back_when_the_log_in_ends(visit: Any) -> None:
    minji: Visitor = visit()
    headers = elsewhere(minji, minji.join())
    page = minji.page
    minji.begin()
    minji.ask_and_wait("첫째 [[words=3]] [[over=0]]")
    minji.ask("둘째 [[words=300]] [[over=30]]")
    expect(minji.last_reply.locator(".markdown")).to_contain_text("연습용")
    minji.context.request.delete("api/v1/accounts/sessions/", headers=headers)
    expect(page).to_have_url(re.compile("login.html"))
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('haru.draft'))") == []


def test_words_that_are_too_long_are_said_to_be(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    page.fill("#message", "가" * 4001)
    expect(page.locator(".send")).to_have_attribute("aria-disabled", "true")
    page.press("#message", "Enter")
    expect(page.locator(".toasts")).to_have_text("4,000자까지 입력할 수 있습니다.")
    expect(page.locator("#message")).to_have_value("가" * 4001)
