"""The way back after a log-out: what the browser kept of a page is not shown, also where it kept the page as it was."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from frontend.tests.browser.conftest import CHROMIUM, Service, Visitor


@pytest.fixture
def keeping(playwright: Playwright) -> Iterator[Browser]:
    """A browser that keeps pages as they were for the way back, as people's do; playwright turns that off."""
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox"], ignore_default_args=["--disable-back-forward-cache"]
    )
    yield browser
    browser.close()


@pytest.fixture
def member(keeping: Browser, service: Service) -> Iterator[Visitor]:
    """Who has read a conversation and gone to another page."""
    visitor = Visitor(keeping, service.url, locale="ko-KR")
    visitor.join()
    visitor.begin()
    visitor.ask_and_wait("아무도 보면 안 되는 말 [[words=3]]")
    visitor.page.evaluate("globalThis.isKept = true")
    visitor.page.goto("me.html")
    expect(visitor.page.locator("#account .log-out")).to_be_visible()
    yield visitor
    visitor.close()


def back(visitor: Visitor, pages: int = 1) -> None:
    visitor.page.evaluate(f"history.go(-{pages})")


def test_the_page_is_as_it_was_for_its_member(member: Visitor) -> None:
    back(member)
    expect(member.page.locator(".question .bubble")).to_be_visible()
    assert member.page.evaluate("isKept") is True


def test_going_back_after_a_log_out_shows_nothing(member: Visitor) -> None:
    member.log_out()
    back(member, 2)
    expect(member.page).to_have_url(re.compile("login.html"))


def test_nor_where_nobody_told_the_page_of_it(member: Visitor) -> None:
    member.page.evaluate("localStorage.removeItem('haru.refresh')")
    back(member)
    expect(member.page).to_have_url(re.compile("login.html"))
