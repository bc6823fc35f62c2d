"""Pictures of every page in every state, to be looked at one by one: `make screenshots` puts them into var/screenshots."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from frontend.tests.browser.conftest import ROOT, Service, Visitor

FOLDER = ROOT / "var" / "screenshots"
OPEN = "index signup login reset verify attractions about privacy terms 404".split()
PLAN = """## Day 1 (12월 21일)

**오전** [1] 멀라이언 파크에서 시작해요. 강바람이 좋아요.

**오후** [6] 아트사이언스 뮤지엄과 [999] 없는 곳

- 이동은 MRT로 충분해요
- 비가 오면 실내에서 쉬어요

| 항목 | 1인 예상 비용 | 메모 |
|---|---:|---|
| 항공 | 450,000원 | 왕복 |
| 숙박 | 380,000원 | 3박 |
| 식비 | 210,000원 | 호커 센터 위주 |

```python
for day in range(1, 5):
    print(f"Day {day}")
```

> 가격은 어림이며 바뀔 수 있어요.

즐거운 여행 되세요! 바꾸고 싶은 점을 더 물어봐 주세요."""

pytestmark = pytest.mark.screenshots


def shot(page: Page, name: str, *, full: bool = False) -> None:
    page.wait_for_timeout(500)
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png", full_page=full)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page(
    make_service: Callable[..., Service], visit: Callable[..., Visitor], size: str, language: str, scheme: str
) -> None:
    service = make_service()
    visitor = visit(url=service.url, size=size, language=language, scheme=scheme)
    page, tag = visitor.page, f"{size}-{language}-{scheme}"
    for name in OPEN:
        page.goto(f"{name}.html")
        page.wait_for_load_state("networkidle")
        shot(page, f"{tag}-{name}", full=name not in ("attractions",))
    page.goto("signup.html")
    page.fill("[name=password]", "1")
    page.fill("[name=email]", "a")
    page.fill("[name=nickname]", "a")
    page.fill("[name=password_confirm]", "1")
    page.click("form#form button.main")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    shot(page, f"{tag}-signup-errors", full=True)

    visitor.join("하늘")
    shot(page, f"{tag}-chat-chooser")
    page.goto("archive.html")
    expect(page.locator(".empty-state")).to_be_visible()
    shot(page, f"{tag}-archive-empty")
    visitor.begin("singapore-trip")
    page.click(".new-form button.main")
    shot(page, f"{tag}-form-errors")
    visitor.fill_example()
    page.evaluate("document.querySelector('.new-form').scrollIntoView({block: 'end'})")
    shot(page, f"{tag}-form-filled")
    page.click(".new-form button.main")
    expect(page.locator(".reply.writing .markdown > div").nth(1)).to_be_visible()
    shot(page, f"{tag}-chat-writing")
    expect(visitor.last_reply.locator(".actions")).to_be_visible()
    page.route(
        "**/messages/?order=newest",
        lambda route: route.fulfill(response=(got := route.fetch()), body=planned(got.text())),
    )
    page.reload()
    expect(visitor.last_reply.locator("table")).to_be_visible()
    page.evaluate("document.querySelector('#scroller').scrollTop = 0")
    shot(page, f"{tag}-chat-plan")
    page.unroute("**/messages/?order=newest")
    visitor.ask_and_wait("[[fail=500]]")
    shot(page, f"{tag}-chat-failed")
    visitor.begin("cover-letter")
    visitor.fill_example()
    page.click(".new-form button.main")
    expect(visitor.last_reply.locator(".actions")).to_be_visible()
    shot(page, f"{tag}-chat-letter")
    visitor.begin("english-coach")
    visitor.fill_example()
    page.click("[data-field=feedback] label:has([value=end])")
    shot(page, f"{tag}-form-coach")
    page.click(".new-form button.main")
    expect(visitor.last_reply.locator(".actions")).to_be_visible()
    shot(page, f"{tag}-chat-coach")
    visitor.last_reply.get_by_role("button", name="신고하기" if language == "ko" else "Report").click()
    shot(page, f"{tag}-report")
    page.keyboard.press("Escape")
    for _ in range(2):
        visitor.ask_and_wait("Hello [[words=12]]")
    expect(page.locator(".none-left")).to_be_visible()
    shot(page, f"{tag}-chat-none-left")
    if size == "phone":
        page.click("[popovertarget=rooms]")
        shot(page, f"{tag}-rooms")
        page.keyboard.press("Escape")
    page.click(".conversation-head .menu-holder > button")
    shot(page, f"{tag}-menu")
    visitor.context.set_offline(True)
    shot(page, f"{tag}-chat-offline")
    visitor.context.set_offline(False)
    page.goto("chat.html#/conversation/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("alert")).to_be_visible()
    shot(page, f"{tag}-chat-gone")
    page.goto("chat.html#/assistant/free-chat")
    shot(page, f"{tag}-chat-free")
    page.goto("archive.html")
    expect(page.locator(".result").first).to_be_visible()
    shot(page, f"{tag}-archive")
    page.route("**/chat/conversations/?*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_be_visible()
    shot(page, f"{tag}-archive-error")
    page.goto("me.html")
    expect(page.locator(".card").first).to_be_visible()
    shot(page, f"{tag}-me", full=True)
    visitor.complaints.clear()


def planned(messages: str) -> str:
    """The list of messages with a plan for its reply, as a real model would write it."""
    page = json.loads(messages)
    for message in page["results"]:
        if message["role"] == "assistant":
            message["content"] = PLAN
    return json.dumps(page)
