"""Lists of more than a page: pressed twice, searched anew meanwhile, or without a line, they tell each row once."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from frontend.tests.browser.conftest import Visitor


class Shelf:
    """Two pages of conversations for every search; second pages wait until they are let go, if they are to.

    None of them is pinned, unless `pins`: then there are as many more that are.
    """

    def __init__(self, page: Page) -> None:
        self.waiting: list[Route] = []
        self.asked = 0
        self.waits = self.fails = self.pins = False
        page.route(re.compile(r"/chat/conversations/\?"), self.answer)

    def answer(self, route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        if "cursor" not in query:
            return self.send(route)
        self.asked += 1
        if self.fails:
            return route.abort()
        return self.waiting.append(route) if self.waits else self.send(route)

    def send(self, route: Route) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(route.request.url).query).items()}
        pinned = query.get("pinned", "false")
        part, q = query.get("cursor", "1"), query.get("q", "pin" if pinned == "true" else "all")
        rows = [row(f"{q} {part}.{number}") for number in range(3)] if pinned == "false" or self.pins else []
        more = f"http://elsewhere.example/api/v1/chat/conversations/?cursor=2&q={q}&pinned={pinned}"
        route.fulfill(json={"next": more if part == "1" and rows else None, "previous": None, "results": rows})


def row(title: str) -> dict[str, str | bool | None]:
    moment = "2026-03-01T10:00:00+09:00"
    about = {"id": title.replace(" ", "-"), "assistant": "free-chat", "title": title}
    return {
        **about,
        "pinned": False,
        "archived": False,
        "writing": None,
        "created_at": moment,
        "last_message_at": moment,
    }


@pytest.fixture
def shelf(minji: Visitor) -> Iterator[Shelf]:
    yield Shelf(minji.page)
    minji.page.unroute_all(behavior="ignoreErrors")


LISTS = [
    ("archive.html", "#more button", ".result strong"),
    ("chat.html", "#room-list button", "#room-list .room span"),
]


@pytest.mark.parametrize(("address", "more", "rows"), LISTS, ids=["archive", "rooms"])
def test_more_pressed_twice_is_more_once(minji: Visitor, shelf: Shelf, address: str, more: str, rows: str) -> None:
    page = minji.page
    page.goto("about.html")  # the chat is open already, with its list
    page.goto(address)
    shelf.waits = True
    page.locator(more).dblclick()
    expect(page.locator(more)).to_have_attribute("aria-busy", "true")
    assert shelf.asked == 1
    shelf.send(shelf.waiting.pop())
    expect(page.locator(rows)).to_have_text([f"all {part}.{number}" for part in (1, 2) for number in range(3)])
    expect(page.locator(more)).to_have_count(0)


@pytest.mark.parametrize(("address", "more", "rows"), LISTS, ids=["archive", "rooms"])
def test_more_without_a_line_says_so(minji: Visitor, shelf: Shelf, address: str, more: str, rows: str) -> None:
    page = minji.page
    page.goto("about.html")  # the chat is open already, with its list
    page.goto(address)
    shelf.fails = True
    page.locator(more).click()
    expect(page.locator(".toasts > div")).to_have_count(1)
    expect(page.locator(rows)).to_have_count(3)
    shelf.fails = False
    page.locator(more).click()
    expect(page.locator(rows)).to_have_count(6)


@pytest.mark.parametrize(("address", "more", "rows"), LISTS, ids=["archive", "rooms"])
def test_what_more_has_opened_stays_when_the_list_is_asked_for_anew(
    minji: Visitor, shelf: Shelf, address: str, more: str, rows: str
) -> None:
    page = minji.page
    page.goto("about.html")  # the chat is open already, with its list
    page.goto(address)
    page.locator(more).focus()
    page.keyboard.press("Enter")
    expect(page.locator(rows)).to_have_count(6)
    assert page.evaluate("document.activeElement.textContent").startswith("all 2.0")
    with page.expect_response(re.compile("cursor=2")):
        page.evaluate("new BroadcastChannel('haru.tabs').postMessage({ what: 'conversations' })")
    page.wait_for_timeout(200)
    expect(page.locator(rows)).to_have_text([f"all {part}.{number}" for part in (1, 2) for number in range(3)])


def test_pinned_rooms_of_more_than_a_page_have_a_more_of_their_own(minji: Visitor, shelf: Shelf) -> None:
    page = minji.page
    shelf.pins = True
    page.goto("chat.html")
    page.locator("#room-list section").first.locator("button").click()
    parts = [("pin", 1), ("pin", 2), ("all", 1)]
    expect(page.locator("#room-list .room span")).to_have_text(
        [f"{q} {part}.{n}" for q, part in parts for n in range(3)]
    )


def test_more_of_an_earlier_search_is_dropped(minji: Visitor, shelf: Shelf) -> None:
    page = minji.page
    page.goto("archive.html")
    shelf.waits = True
    with page.expect_request(re.compile("cursor=2")):
        page.click("#more button")
    page.fill("#q", "sea")
    expect(page.locator(".result strong")).to_have_text(["sea 1.0", "sea 1.1", "sea 1.2"])
    expect(page.locator("#count")).to_contain_text("3")
    shelf.waits = False
    shelf.send(shelf.waiting.pop())
    page.wait_for_timeout(200)
    page.click("#more button")
    expect(page.locator(".result strong")).to_have_text([f"sea {part}.{n}" for part in (1, 2) for n in range(3)])
    expect(page.locator("#count")).to_contain_text("6")


def test_rooms_that_were_asked_for_earlier_do_not_replace_newer_ones(minji: Visitor, shelf: Shelf) -> None:
    page = minji.page
    early: list[Route] = []
    page.route(re.compile(r"/chat/conversations/\?"), lambda route: early.append(route), times=2)
    page.goto("chat.html")
    expect(page.locator("#room-list .skeleton")).to_have_count(3)
    page.evaluate("new BroadcastChannel('haru.tabs').postMessage({ what: 'conversations' })")
    rooms = page.locator("#room-list .room span")
    expect(rooms).to_have_text([f"all 1.{number}" for number in range(3)])
    for route in early:
        route.fulfill(json={"next": None, "previous": None, "results": [row("old")]})
    page.wait_for_timeout(200)
    expect(rooms).to_have_text([f"all 1.{number}" for number in range(3)])
