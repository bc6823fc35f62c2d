"""What a reply, a title, a nickname or an error says stays text; nothing is fetched from elsewhere."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from frontend.tests.browser.conftest import Visitor

PAYLOADS = [
    "<script>globalThis.hit = 1</script>",
    "<img src=x onerror='globalThis.hit = 1'>",
    "<svg onload=globalThis.hit=1><a xlink:href=javascript:globalThis.hit=1>x</a></svg>",
    "<iframe srcdoc='<script>parent.hit = 1</script>'></iframe>",
    "[link](javascript:globalThis.hit=1) [data](data:text/html,<script>hit=1</script>) <a href='jAvAsCrIpT:hit=1'>x</a>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=globalThis.hit=1>'>",
    "<form action=https://evil.example><button formaction=javascript:globalThis.hit=1>x</button><input autofocus onfocus=globalThis.hit=1></form>",
    "![pixel](https://evil.example/pixel.png) <img src='https://evil.example/pixel.png'><video poster=https://evil.example/p>",
    "<style>@import url(https://evil.example/x.css)</style><link rel=stylesheet href=https://evil.example/x.css><base href=https://evil.example/>",
    "<div style='position:fixed;inset:0;background:url(https://evil.example/x)' id=account class=top name=body>over</div>",
    "```html\n<script>globalThis.hit = 1</script>\n```\n`<img src=x onerror=globalThis.hit=1>`",
    "[x]: javascript:globalThis.hit=1\n\n[x] <https://evil.example/?q=1>",
]
RENDER = """async (text) => {
  const {blocks, rendered} = await import("/js/markdown.js");
  const place = document.createElement("div");
  for (const {token} of blocks(text)) place.append(rendered(token));
  document.body.append(place);
  const all = [...place.querySelectorAll("*")];
  return {
    tags: [...new Set(all.map((one) => one.localName))],
    attributes: [...new Set(all.flatMap((one) => one.closest("button") ? [] : one.getAttributeNames()))],
    links: all.filter((one) => one.href).map((one) => [one.protocol, one.rel, one.target]),
  };
}"""
FORBIDDEN_TAGS = set("script img iframe form input style link base math video object embed".split())
ALLOWED_ATTRIBUTES = {"href", "title", "start", "align", "rel", "target", "class", "tabindex", "role", "aria-label"}


def elsewhere(visitor: Visitor) -> list[str]:
    """Collects every request that leaves for another host."""
    left: list[str] = []
    visitor.context.on(
        "request",
        lambda request: None if request.url.startswith((visitor.url, "blob:", "data:")) else left.append(request.url),
    )
    return left


def is_unharmed(page: Page) -> bool:
    page.wait_for_timeout(200)
    return bool(page.evaluate("globalThis.hit === undefined"))


def test_payloads_in_markdown_stay_inert(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    left = elsewhere(visitor)
    visitor.page.goto("about.html")
    for payload in PAYLOADS:
        made = visitor.page.evaluate(RENDER, payload)
        assert not FORBIDDEN_TAGS & set(made["tags"]), payload
        assert set(made["attributes"]) <= ALLOWED_ATTRIBUTES, payload
        for protocol, rel, target in made["links"]:
            assert (protocol in ("https:", "http:", "mailto:"), rel, target) == (
                True,
                "noopener noreferrer nofollow",
                "_blank",
            )
    assert is_unharmed(visitor.page)
    assert left == []
    visitor.complaints.clear()  # the browser says what its policy kept from the sanitiser's own inert document


def test_payloads_in_a_streamed_reply_stay_inert(minji: Visitor) -> None:
    left = elsewhere(minji)
    minji.begin()
    for payload in (
        "<img src=x onerror=globalThis.hit=1>",
        "<svg onload=globalThis.hit=1>",
        "![p](https://evil.example/p.png)",
    ):
        minji.ask_and_wait(f"[[echo]] {payload}")
    assert is_unharmed(minji.page)
    assert left == []


@pytest.mark.parametrize(
    "payload", ["<img src=x onerror=globalThis.hit=1>", "</title><script>globalThis.hit=1</script>"]
)
def test_payloads_in_titles_and_nicknames_stay_inert(visit: Callable[..., Visitor], payload: str) -> None:
    visitor = visit()
    page = visitor.page
    visitor.join(payload[:30])
    visitor.begin()
    visitor.ask_and_wait("안녕 [[words=3]]")
    page.click(".conversation-head .menu-holder > button")
    page.get_by_role("button", name="이름 바꾸기").click()
    page.fill("#dialog-line", payload)
    page.keyboard.press("Enter")
    expect(page.locator(".conversation-head h1")).to_have_text(payload)
    for name in ("archive.html", "me.html"):
        page.goto(name)
        expect(page.locator(".result, .card").first).to_be_visible()
        assert is_unharmed(page)


def test_payloads_in_errors_and_announcements_stay_inert(minji: Visitor) -> None:
    page, payload = minji.page, "<img src=x onerror=globalThis.hit=1>"

    def answer(body: Any, status: int) -> Callable[[Route], None]:
        return lambda route: route.fulfill(
            status=status, content_type="application/problem+json", body=json.dumps(body)
        )

    said = {"id": "1", "text": {"ko": payload, "en": payload}, "level": "warning", "until": None}
    page.route("**/announcements/", answer([said], 200))
    page.route("**/chat/conversations/?*", answer({"status": 500, "code": "server_error", "detail": payload}, 500))
    page.goto("archive.html")
    expect(page.get_by_role("alert")).to_contain_text(payload)
    expect(page.locator(".announcement p")).to_have_text(payload)
    page.click(".announcement button")
    expect(page.locator(".announcement")).to_have_count(0)
    assert is_unharmed(page)


def with_inline_scripts(route: Route) -> None:
    answer = route.fetch()
    said = "<script>globalThis.hit = 1</script><img src=x onerror='globalThis.hit = 1'></main>"
    route.fulfill(response=answer, body=answer.text().replace("</main>", said))


@pytest.mark.parametrize("name", ["about.html", "chat.html", "login.html", "404.html"])
def test_the_policy_stops_inline_scripts_that_stand_in_a_page(visit: Callable[..., Visitor], name: str) -> None:
    visitor = visit()
    visitor.page.route(f"**/{name}", with_inline_scripts)
    visitor.page.goto(name)
    assert is_unharmed(visitor.page)
    visitor.complaints.clear()


def test_the_policy_stops_inline_scripts_and_markup_from_text(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("about.html")
    stopped = page.evaluate(
        """() => { try { document.body["inner" + "HTML"] = "<b>x</b>"; return false; } catch (error) { return error.name; } }"""
    )
    assert stopped == "TypeError"
    assert page.locator("b").count() == 0
    assert "TrustedHTML" in visitor.complaints.pop()


def test_tokens_are_kept_in_their_two_places_and_stand_in_no_address(minji: Visitor) -> None:
    page = minji.page
    addresses: list[str] = []
    minji.context.on("request", lambda request: addresses.append(request.url))
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]]")
    page.reload()
    expect(page.locator(".reply")).to_have_count(1)
    stored = page.evaluate("[localStorage, sessionStorage].map(Object.entries)")
    tokens = [[name for name, value in kept if "eyJ" in value] for kept in stored]
    assert tokens == [["haru.refresh"], ["haru.access"]]
    assert not [address for address in addresses if "eyJ" in address]
    minji.log_out()
    assert "eyJ" not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")


def test_a_growing_text_ends_as_the_whole_text(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.page.goto("about.html")
    text = (
        "# Day 1\n\n- **오전** [1] 공원\n- 오후\n  - 안쪽\n\n  문단\n\n1. 하나\n2. 둘\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n"
        "제목\n===\n\n> 인용\n이어서\n\n```js\nconst a = 1;\n\nlet b;\n```\n\n<details><summary>s</summary>\n\n글\n\n</details>\n\n끝 👩‍👩‍👧 [x]\n\n[x]: https://a.example"
    )
    same = visitor.page.evaluate(
        """async (text) => {
          const {GrowingMarkdown} = await import("/js/growing.js");
          const [grown, whole] = [document.createElement("div"), document.createElement("div")];
          const growing = new GrowingMarkdown(grown);
          for (let end = 1; end <= text.length; end += 1) growing.show(text.slice(0, end));
          growing.end(text);
          new GrowingMarkdown(whole).end(text);
          return grown.isEqualNode(whole) || [grown.textContent, whole.textContent];
        }""",
        text,
    )
    assert same is True


def test_numbers_of_attractions_lead_to_cards_and_unknown_ones_are_marked(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.page.goto("about.html")
    marked = visitor.page.evaluate(
        """async () => {
          const {placeMarker} = await import("/js/places.js");
          const place = document.createElement("div");
          place.append("[1] 공원, [999] 없는 곳, [2](x)");
          placeMarker([{number: 1, name: {ko: "공원", en: "Park"}}])(place);
          return [...place.querySelectorAll(".place")].map((one) => [one.localName, one.className, one.getAttribute("href")]);
        }"""
    )
    assert marked == [["a", "place", "attractions.html#1"], ["span", "place unknown", None]]
