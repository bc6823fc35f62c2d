"""How much is sent, in how many requests, and that nothing moves while a reply is written."""

from collections.abc import Callable

from playwright.sync_api import expect

from frontend.tests.browser.conftest import Visitor

REQUESTS_MOST = 75
SHIFT_MOST = 0.02
SHIFTS = """new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) globalThis.shift = (globalThis.shift ?? 0) + entry.value;
}).observe({type: "layout-shift", buffered: true})"""


def test_a_chat_is_few_requests_in_one_wave(minji: Visitor) -> None:
    page = minji.page
    page.goto("about.html")
    page.goto("chat.html")
    expect(page.locator(".assistant-card")).to_have_count(6)
    entries = page.evaluate(
        "performance.getEntriesByType('resource').map(({name, initiatorType, startTime}) => [name, initiatorType, startTime])"
    )
    own = [entry for entry in entries if "/api/" not in entry[0]]
    assert len(own) <= REQUESTS_MOST
    late = [name for name, kind, _ in own if kind not in ("script", "link", "other", "css")]
    assert late == []


def test_nothing_moves_while_a_reply_is_written(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=5]]")
    page.evaluate(f"() => {{ globalThis.shift = 0; {SHIFTS} }}")
    page.wait_for_timeout(300)
    page.evaluate("globalThis.shift = 0")
    minji.ask("길게 [[words=250]] [[over=5]]")
    expect(page.locator(".reply .actions")).to_have_count(2, timeout=20_000)
    assert page.evaluate("globalThis.shift") <= SHIFT_MOST


def test_the_first_page_does_not_jump(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    page.goto("signup.html")
    page.evaluate(f"() => {{ {SHIFTS} }}")
    page.wait_for_timeout(800)
    assert page.evaluate("globalThis.shift ?? 0") <= 0.1
