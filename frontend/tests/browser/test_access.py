"""axe finds no violation on any page, in light and dark, on a desktop and a phone; nothing is wider than 320 px."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from frontend.tests.browser.conftest import Visitor

AXE = (Path(__file__).parents[1] / "vendor" / "axe.js").read_text(encoding="utf-8")
OPEN = "index signup login reset verify attractions about privacy terms 404".split()

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
FADE_MS = 400


def violations(page: Page) -> list[str]:
    """What axe says in light and in dark, as `scheme, rule: element`.

    It runs in a world of its own, which the page's policy does not bind.
    """
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})["executionContextId"]
    session.send("Runtime.evaluate", {"expression": AXE, "contextId": world})
    expression = "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations)"
    said = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(FADE_MS)
        answer: dict[str, Any] = session.send(
            "Runtime.evaluate",
            {"expression": expression, "contextId": world, "awaitPromise": True, "returnByValue": True},
        )
        for one in answer["result"]["value"]:
            said += [f"{scheme}, {one['id']}: {n['html'][:150]} {n['failureSummary'][:300]}" for n in one["nodes"]]
    return said


def settled(page: Page) -> None:
    """Waits for what is fetched and for what fades in."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(FADE_MS)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_violation_on_the_open_pages(visit: Callable[..., Visitor], size: str) -> None:
    visitor = visit(size=size)
    found = {}
    for name in OPEN:
        if name == "404":
            continue  # served by hosts that have such a page
        visitor.page.goto(f"{name}.html")
        settled(visitor.page)
        found[name] = violations(visitor.page)
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_violation_on_the_members_pages(visit: Callable[..., Visitor], size: str) -> None:
    visitor = visit(size=size)
    page, found = visitor.page, {}

    def look(name: str) -> None:
        settled(page)
        found[name] = violations(page)

    page.goto("signup.html")
    page.click("form#form button.main")
    look("sign-up with errors")
    visitor.join()
    look("chooser")
    for slug in ("singapore-trip", "english-coach"):
        visitor.begin(slug)
        page.click(".new-form button.main")
        look(f"{slug} with errors")
    visitor.fill_example()
    page.click(".new-form button.main")
    expect(visitor.last_reply.locator(".actions")).to_be_visible()
    look("conversation")
    page.click(".conversation-head .menu-holder > button")
    look("menu")
    page.keyboard.press("Escape")
    visitor.last_reply.get_by_role("button", name="신고하기").click()
    look("report")
    page.keyboard.press("Escape")
    visitor.ask("길게 [[words=90]] [[over=6]]")
    expect(visitor.last_reply.locator(".markdown")).to_contain_text("practice")
    found["writing"] = violations(page)
    expect(visitor.last_reply.locator(".actions")).to_be_visible()
    for name in ("archive", "me"):
        page.goto(f"{name}.html")
        expect(page.locator(".result, .card").first).to_be_visible()
        look(name)
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_nothing_is_wider_than_a_small_phone(visit: Callable[..., Visitor], language: str) -> None:
    visitor = visit(size="phone", language=language)
    page = visitor.page
    page.set_viewport_size({"width": 320, "height": 640})
    too_wide = []

    def look(name: str) -> None:
        settled(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(name)

    for name in OPEN[:-1]:
        page.goto(f"{name}.html")
        look(name)
    visitor.join()
    look("chooser")
    visitor.begin("singapore-trip")
    visitor.fill_example()
    look("form")
    page.click(".new-form button.main")
    expect(visitor.last_reply.locator(".actions")).to_be_visible()
    look("conversation")
    for name in ("archive", "me"):
        page.goto(f"{name}.html")
        look(name)
    assert too_wide == []


def test_touch_targets_are_large_enough(visit: Callable[..., Visitor]) -> None:
    visitor = visit(size="phone", has_touch=True)
    visitor.join()
    visitor.begin("free-chat")
    visitor.ask_and_wait("안녕 [[words=3]]")
    small = visitor.page.evaluate(
        """[...document.querySelectorAll("button, .top a, .dock a")].filter((one) => one.checkVisibility()).map((one) => {
          const {width, height} = one.getBoundingClientRect();
          return width < 40 || height < 40 ? `${one.className} ${one.textContent} ${width}x${height}` : null;
        }).filter(Boolean)"""
    )
    assert small == []
