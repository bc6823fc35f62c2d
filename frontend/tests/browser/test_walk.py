"""A member's way through the whole page, on a desktop and a phone, in Korean and English."""

import os
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from frontend.tests.browser.conftest import PASSWORD, Visitor

FORMS = ["singapore-trip", "english-coach", "date-course", "cover-letter", "english-friend"]


# On every push each size and each language once; all four by hand.
WALKS = [("desktop", "ko"), ("phone", "en")] + ([] if os.environ.get("CI") else [("desktop", "en"), ("phone", "ko")])


@pytest.mark.parametrize(("size", "language"), WALKS)
def test_a_member_walks_through_everything(visit: Callable[..., Visitor], size: str, language: str) -> None:
    korean = language == "ko"
    visitor = visit(size=size, language=language)
    page = visitor.page
    page.goto("archive.html")
    expect(page).to_have_url(re.compile(r"login\.html\?next=archive\.html"))
    visitor.sign_up("하늘")
    if size == "desktop":
        expect(page.locator("#account .who")).to_have_text("환영합니다 하늘 님" if korean else "Welcome, 하늘")

    # Each assistant answers.
    for slug in FORMS:
        visitor.begin(slug)
        visitor.fill_example()
        page.click(".new-form button.main")
        expect(visitor.last_reply.locator(".actions")).to_be_visible()
        expect(page).to_have_url(re.compile("#/conversation/"))
    visitor.begin("free-chat")
    visitor.ask("첫 질문이에요 [[words=40]] [[over=4]]")
    expect(page.locator(".conversation-head h1")).to_contain_text("첫 질문이에요")
    expect(visitor.last_reply).to_have_class(re.compile("writing"))  # its name does not wait for the reply's end
    expect(visitor.last_reply.locator(".actions")).to_be_visible()

    # Stop keeps what was written; another reply takes its place.
    visitor.ask("긴 답변 [[words=300]] [[over=30]]")
    expect(visitor.last_reply).to_have_class(re.compile("writing"))
    expect(visitor.last_reply.locator(".markdown")).to_contain_text(re.compile(r"\w{2,}"))
    page.keyboard.press("Escape")
    expect(visitor.last_reply.locator(".note")).to_have_text("여기서 멈췄어요." if korean else "Stopped here.")
    stopped = visitor.last_reply.locator(".markdown").inner_text()
    assert stopped
    replies = page.locator(".reply:not([hidden])").count()
    visitor.last_reply.get_by_role("button", name="다시 답변받기" if korean else "Try again").click()
    expect(visitor.last_reply).to_have_class(re.compile("writing"))
    expect(page.locator(".reply:not([hidden])")).to_have_count(replies)

    # A reload in the middle goes on where it is, to the same text as the API has.
    page.wait_for_timeout(1500)
    page.reload()
    expect(visitor.last_reply).to_have_class(re.compile("writing"))
    before = len(visitor.last_reply.locator(".markdown").inner_text())
    page.wait_for_timeout(1500)
    assert len(visitor.last_reply.locator(".markdown").inner_text()) > before
    page.keyboard.press("Escape")
    expect(visitor.last_reply.locator(".actions")).to_be_visible()

    # Rename, archive, search, delete.
    page.click(".conversation-head .menu-holder > button")
    page.get_by_role("button", name="이름 바꾸기" if korean else "Rename").click()
    page.fill("#dialog-line", "우리만의 이름")
    page.keyboard.press("Enter")
    expect(page.locator(".conversation-head h1")).to_have_text("우리만의 이름")
    page.click(".conversation-head .menu-holder > button")
    page.get_by_role("button", name="보관하기" if korean else "Archive", exact=True).click()
    page.goto("archive.html")
    expect(page.locator(".result")).to_have_count(5)
    page.click("[data-tab=archived]")
    expect(page.locator(".result strong")).to_have_text(["우리만의 이름"])
    page.fill("#q", "없는 말")
    expect(page.locator(".empty-state")).to_be_visible()
    page.fill("#q", "첫 질문")
    expect(page.locator(".result")).to_have_count(1)
    page.click(".result .menu-holder > button")
    page.get_by_role("button", name="삭제하기" if korean else "Delete").click()
    page.locator("dialog button.danger").click()
    expect(page.locator(".empty-state")).to_be_visible()

    # Out, and in again to where one wanted to go.
    visitor.log_out()
    page.goto("me.html")
    expect(page).to_have_url(re.compile(r"login\.html\?next=me\.html"))


def test_a_log_in_leads_back_and_is_not_shown_to_members(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    email = visitor.sign_up()
    page = visitor.page
    page.goto("login.html?next=attractions.html")
    expect(page).to_have_url(re.compile("attractions.html"))
    visitor.log_out()
    page.goto("archive.html?tab=pinned")
    page.fill("[name=email]", email)
    page.fill("[name=password]", "not the password")
    page.click("form#form button.main")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name=email]")).to_have_value(email)
    page.fill("[name=password]", PASSWORD)
    page.click("form#form button.main")
    expect(page).to_have_url(re.compile(r"archive\.html\?tab=pinned"))


@pytest.mark.parametrize(
    "next",
    [
        *("https://evil.example/", "//evil.example", "\\\\evil.example", "javascript:alert(1)"),
        *("/.//evil.example/", "x/..//evil.example/"),  # a path of ours that begins with "//"
    ],
)
def test_next_never_leads_to_another_site(minji: Visitor, next: str) -> None:
    answer = {"body": "<!doctype html><title>elsewhere</title>", "content_type": "text/html"}
    minji.context.route(re.compile(r"^https?://evil\.example/"), lambda route: route.fulfill(**answer))
    minji.page.goto(f"login.html?next={next}")
    minji.page.wait_for_url(lambda url: "/login.html" not in url)
    expect(minji.page).to_have_url(re.compile(re.escape(minji.url) + "/"))


def test_the_form_of_a_plan_is_edited_and_asked_again(minji: Visitor) -> None:
    page = minji.page
    minji.begin("date-course")
    minji.fill_example()
    page.click(".new-form button.main")
    expect(minji.last_reply.locator(".actions")).to_be_visible()
    first = page.url
    page.click(".question button")
    expect(page.locator("#form-place")).to_have_value("서울시 종로구")
    page.fill("#form-place", "부산")
    page.click(".new-form button.main")
    expect(page.locator(".question .bubble")).to_contain_text("부산")
    assert page.url != first


def test_errors_of_a_form_stand_at_their_fields_and_nothing_is_lost(minji: Visitor) -> None:
    page = minji.page
    minji.begin("singapore-trip")
    page.click(".new-form button.main")
    expect(page.locator("[data-field=group] .problem")).not_to_be_empty()
    minji.fill_example()
    page.fill("#form-return_date", page.input_value("#form-departure_date"))
    page.fill("#form-departure_date", "2099-01-02")
    page.click(".new-form button.main")
    expect(page.locator("[data-field=return_date] .problem")).not_to_be_empty()
    expect(page.locator("#form-request")).not_to_have_value("")
    expect(page.locator("#form-return_date")).to_be_focused()
    page.reload()
    expect(page.locator("#form-departure_date")).to_have_value("2099-01-02")
    page.goto("archive.html")
    expect(page.locator(".empty-state")).to_be_visible()


def test_a_newcomer_is_four_clicks_from_a_plan(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("./")
    page.get_by_role("link", name="이 어시스턴트와 시작하기").click()
    answers = {"email": f"n{time.time_ns()}@example.com", "nickname": "새싹"}
    for name in ("email", "nickname", "password", "password_confirm"):
        page.fill(f"[name={name}]", answers.get(name, PASSWORD))
    page.get_by_role("button", name="가입하고 시작하기").click()
    page.get_by_role("button", name="예시로 채우기").click()
    page.get_by_role("button", name="답변 받기").click()
    expect(visitor.last_reply.locator(".actions")).to_be_visible()
    expect(page.locator(".conversation-head h1")).to_contain_text("싱가포르")
