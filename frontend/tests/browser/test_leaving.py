"""Moving on while something is on its way: the view that is shown stays whole, and no word is lost."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, Route, expect

from frontend.tests.browser.conftest import Visitor

CONVERSATIONS = re.compile(r"/chat/conversations/$")
MESSAGES = re.compile(r"/chat/conversations/[^/]+/messages/$")
NEWEST = re.compile(r"/messages/\?order=newest$")


def hold(page: Page, address: re.Pattern[str], method: str = "POST") -> list[Route]:
    """Requests that wait for `let_go`."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route) if route.request.method == method else route.fallback())
    return held


def wait_for(page: Page, held: list[Route]) -> None:
    for _ in range(100):
        if held:
            return
        page.wait_for_timeout(50)
    raise AssertionError("Nothing was asked for.")


def let_go(page: Page, held: list[Route]) -> None:
    for route in held:
        with suppress(Error):  # it was aborted by the page
            route.continue_()
    page.unroute_all()
    page.wait_for_timeout(1000)


@pytest.mark.parametrize("address", [CONVERSATIONS, MESSAGES], ids=["before it is begun", "before it is accepted"])
def test_who_opens_a_room_while_a_first_question_is_on_its_way_stays_there(
    minji: Visitor, address: re.Pattern[str]
) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("가게 이름 [[words=3]]")
    room = page.url
    minji.begin()
    held = hold(page, address)
    minji.ask("여행 가방 [[words=3]]")
    wait_for(page, held)
    page.locator(".room", has_text="가게 이름").click()
    expect(page.locator(".question .bubble")).to_contain_text("가게 이름")
    let_go(page, held)
    assert page.url == room
    expect(page.locator(".question .bubble")).to_contain_text("가게 이름")
    expect(page.locator("#dock #message")).to_be_visible()
    minji.ask_and_wait("여기서 계속 [[words=3]]")
    minji.begin()
    expect(page.locator("#message")).to_have_value("여행 가방 [[words=3]]")
    if address is CONVERSATIONS:
        page.reload()
        expect(page.locator("#room-list .room")).to_have_count(1)


def test_a_first_question_outlives_a_reload_before_it_is_begun(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    held = hold(page, CONVERSATIONS)
    minji.ask("아직 아무 데도 없는 말")
    wait_for(page, held)
    page.reload()
    page.unroute_all()
    expect(page.locator("#message")).to_have_value("아직 아무 데도 없는 말")
    minji.ask_and_wait("아직 아무 데도 없는 말 [[words=3]]")
    minji.begin()
    expect(page.locator("#message")).to_have_value("")


def test_a_first_question_that_is_refused_can_be_sent_again(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    refusal = '{"status": 503, "code": "busy", "detail": "지금은 바빠요."}'
    page.route(MESSAGES, lambda route: route.fulfill(status=503, content_type="application/problem+json", body=refusal))
    minji.ask("다시 보낼 말 [[words=3]]")
    expect(page.get_by_role("alert")).to_contain_text("지금은 바빠요.")
    expect(page.locator("#message")).to_have_value("다시 보낼 말 [[words=3]]")
    page.unroute_all()
    page.press("#message", "Enter")
    expect(page.locator(".reply .actions")).to_have_count(1)
    expect(page.locator(".question")).to_have_count(1)


def test_a_room_that_comes_late_opens_no_stream(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask("길게 [[words=400]] [[over=20]]")
    expect(minji.last_reply).to_have_class(re.compile("writing"))
    expect(page).to_have_url(re.compile("#/conversation/"))
    room = page.url
    page.goto("chat.html#/")
    streams: list[str] = []
    page.on("request", lambda request: streams.append(request.url) if request.url.endswith("/stream/") else None)
    held = hold(page, NEWEST, "GET")
    page.goto(room)
    wait_for(page, held)
    minji.begin()
    expect(page.locator(".opening")).to_be_visible()
    let_go(page, held)
    assert streams == []


def test_a_question_of_one_conversation_does_not_replace_that_of_another(minji: Visitor) -> None:
    page = minji.page
    for name in ("첫째 방", "둘째 방"):
        minji.begin()
        minji.ask_and_wait(f"{name} [[words=3]]")
    page.route(MESSAGES, lambda route: route.abort() if route.request.method == "POST" else route.fallback())

    def open_room(name: str) -> None:
        page.locator(".room", has_text=name).click()
        expect(page.locator(".conversation-head h1")).to_contain_text(name)
        expect(page.locator(".question:not(.sketch)")).to_have_count(1)

    for name in ("첫째 방", "둘째 방"):
        open_room(name)
        minji.ask(f"{name}의 터널 [[words=3]]")
        expect(page.locator(".line")).to_be_visible()
    page.unroute_all()
    for name in ("첫째 방", "둘째 방"):
        page.locator(".room", has_text=name).first.click()
        expect(page.locator(".reply .actions")).to_have_count(2, timeout=20_000)
        expect(page.locator(".question .bubble").last).to_contain_text(f"{name}의 터널")


PENDING = "Object.keys(sessionStorage).filter((key) => key.startsWith('haru.pending'))"
AGE = f"""() => {{ for (const key of {PENDING}) {{
  const kept = JSON.parse(sessionStorage[key]);
  sessionStorage[key] = JSON.stringify({{...kept, at: kept.at - 25 * 3_600_000}});
}} }}"""


def test_a_question_of_yesterday_is_given_back_and_not_asked(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]]")
    page.route(MESSAGES, lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    minji.ask("어제의 말")
    expect(page.locator(".line")).to_be_visible()
    page.goto("about.html")
    page.unroute_all()
    page.evaluate(AGE)
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    page.go_back()
    expect(page.locator("#message")).to_have_value("어제의 말")
    page.wait_for_timeout(500)
    assert [address for address in posted if MESSAGES.search(address)] == []
    assert page.evaluate(PENDING) == []


def test_what_is_being_answered_is_on_its_way_no_more(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]]")
    minji.ask("길게 [[words=300]] [[over=20]]")
    expect(minji.last_reply).to_have_class(re.compile("writing"))
    conversation = page.url.rpartition("/")[2]
    path, body = f"chat/conversations/{conversation}/messages/", {"content": "길게 [[words=300]] [[over=20]]"}
    question = {"path": path, "key": "lost", "conversation": conversation, "body": body}
    page.goto("about.html")
    page.evaluate(
        """([id, question]) => sessionStorage.setItem(`haru.pending.${id}`, JSON.stringify({...question, at: Date.now()}))""",
        [conversation, question],
    )
    page.go_back()
    expect(minji.last_reply).to_have_class(re.compile("writing"))
    page.wait_for_timeout(300)
    assert page.evaluate(PENDING) == []
    expect(page.locator("#message")).to_have_value("")
    page.keyboard.press("Escape")
    expect(minji.last_reply.locator(".actions")).to_be_visible()
    expect(page.locator(".question")).to_have_count(2)
