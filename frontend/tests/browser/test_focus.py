"""Who uses the keyboard alone: the focus is never lost to the page's start, and nothing is taken away under it."""

import re

import pytest
from playwright.sync_api import Page, expect

from frontend.tests.browser.conftest import Visitor


def choose(page: Page, words: str) -> None:
    """Opens the first menu of a conversation by the keyboard, and takes an entry."""
    page.locator(".menu-holder > button").first.press("Enter")
    page.get_by_role("button", name=words).press("Enter")


def test_the_skip_link_leaves_the_conversation_open(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]] [[over=0]]")
    address = page.url
    page.locator(".skip").press("Enter")
    expect(page.locator("#main")).to_be_focused()
    expect(page.locator(".reply")).to_have_count(1)
    assert page.url == address


def test_a_conversation_that_is_renamed_or_pinned_keeps_the_focus(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]] [[over=0]]")
    menu = page.locator(".conversation-head .menu-holder > button")
    choose(page, "이름 바꾸기")
    expect(page.locator("#dialog-line")).to_be_focused()
    page.keyboard.type("새 이름")  # in the place of the old one, which is selected
    page.keyboard.press("Enter")
    expect(page.locator(".conversation-head h1")).to_have_text("새 이름")
    expect(menu).to_be_focused()
    choose(page, "고정하기")
    expect(page.locator(".toasts")).to_have_text("고정했어요")
    expect(menu).to_be_focused()


def test_the_end_of_a_reply_takes_away_no_menu_and_no_focus(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]] [[over=0]]")
    for place in (".conversation-head .menu button >> nth=0", ".room >> nth=0"):
        minji.ask("길게 [[words=20]] [[over=2]]")
        expect(minji.last_reply).to_have_class(re.compile("writing"))
        if "menu" in place:
            page.locator(".conversation-head .menu-holder > button").press("Enter")
        page.locator(place).focus()
        with page.expect_response(re.compile("pinned=false")):
            expect(minji.last_reply.locator(".actions")).to_be_visible()
        page.wait_for_timeout(500)
        expect(page.locator(place)).to_be_focused()


def test_another_try_is_begun_with_the_focus_in_the_composer(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]] [[over=0]]")
    minji.last_reply.get_by_role("button", name="다시 답변받기").press("Enter")
    expect(page.locator("#message")).to_be_focused()


def test_a_row_of_the_archive_that_goes_leaves_the_focus_at_the_next(minji: Visitor) -> None:
    page = minji.page
    for _ in range(2):
        minji.begin()
        page.reload()
        minji.ask_and_wait("안녕 [[words=3]] [[over=0]]")
    page.goto("archive.html")
    expect(page.locator(".result")).to_have_count(2)
    choose(page, "보관하기")
    expect(page.locator(".result")).to_have_count(1)
    expect(page.locator(".result .menu-holder > button")).to_be_focused()


def test_what_is_left_is_said_once_and_not_every_minute(minji: Visitor) -> None:
    page = minji.page
    none = {"limit": 5, "used": 5, "remaining": 0, "resets_at": "2099-01-01T00:00:00+09:00"}
    page.route("**/chat/quota/", lambda route: route.fulfill(json=none))
    page.clock.install()
    minji.begin()
    page.reload()
    expect(page.locator(".none-left")).to_be_visible()
    page.evaluate(
        """() => {
          window.said = 0;
          for (const live of document.querySelectorAll("[role=status]"))
            new MutationObserver(() => { window.said += 1; }).observe(live, {childList: true, subtree: true, characterData: true});
        }"""
    )
    before = page.locator(".none-left p").inner_text()
    page.clock.run_for(120_000)
    expect(page.locator(".none-left p")).not_to_have_text(before)
    assert page.evaluate("window.said") == 0


@pytest.mark.parametrize("size", [(320, 256), (740, 200)])
def test_words_can_be_read_at_400_percent(minji: Visitor, size: tuple[int, int]) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=30]] [[over=0]]")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.locator(".send").scroll_into_view_if_needed()
    expect(page.locator(".send")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.querySelector('#scroller').clientHeight") >= 150
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_phone_on_its_side_shows_words(minji: Visitor) -> None:
    minji.begin()
    minji.ask_and_wait("안녕 [[words=30]] [[over=0]]")
    minji.page.set_viewport_size({"width": 740, "height": 360})
    expect(minji.page.locator(".send")).to_be_in_viewport(ratio=1)
    assert minji.page.evaluate("document.querySelector('#scroller').clientHeight") >= 150


def test_what_is_chosen_is_seen_where_colours_are_forced(minji: Visitor) -> None:
    page = minji.page
    page.goto("archive.html")
    chosen, other = (page.locator(f"#tabs [aria-pressed={state}]").first for state in ("true", "false"))
    lines = "element => getComputedStyle(element).textDecorationLine"
    page.emulate_media(forced_colors="active")
    assert (chosen.evaluate(lines), other.evaluate(lines)) == ("underline", "none")
    page.emulate_media(forced_colors="none")
