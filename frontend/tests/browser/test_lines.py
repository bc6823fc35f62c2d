"""Lines that break: offline, a killed server, an expired token; no word is lost and nothing counts twice."""

import json
import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from frontend.tests.browser.conftest import Service, Visitor

NEWEST = re.compile(r"/messages/\?order=newest$")


def test_offline_says_so_and_goes_on(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.context.set_offline(True)
    expect(page.locator(".line")).to_contain_text("오프라인")
    minji.context.set_offline(False)
    expect(page.locator(".line")).to_be_hidden()
    minji.ask_and_wait("안녕 [[words=3]]")
    minji.context.set_offline(True)
    expect(page.locator(".line")).to_contain_text("오프라인")
    minji.ask("터널에서 보낸 말 [[words=3]]")
    page.wait_for_timeout(1000)
    expect(page.locator(".question .bubble").last).to_contain_text("터널에서 보낸 말")
    minji.context.set_offline(False)
    expect(page.locator(".reply .actions")).to_have_count(2, timeout=20_000)
    expect(page.locator(".line")).to_be_hidden()
    expect(page.locator(".question")).to_have_count(2)


def test_a_question_that_did_not_get_through_is_asked_once(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]]")
    keys: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.headers["idempotency-key"])
        if route.request.method == "POST" and len(keys) <= 2:
            route.fetch()  # the server has it, the answer is lost
            route.abort()
        else:
            route.fallback()

    page.route("**/messages/", lose)
    minji.ask("한 번만 [[words=3]]")
    expect(page.locator(".reply .actions")).to_have_count(2, timeout=20_000)
    assert (len(keys), len(set(keys))) == (3, 1)
    expect(page.locator(".quota:visible strong")).to_have_text("오늘 38/40 남음")
    expect(page.locator(".question")).to_have_count(2)


def test_a_conversation_whose_answer_was_lost_is_made_once(minji: Visitor) -> None:
    page = minji.page
    made: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            made.append(route.fetch().status)
        route.abort() if made == [201] else route.fallback()

    minji.begin()
    page.route("**/chat/conversations/", lose)
    minji.ask("첫 질문 [[words=3]]")
    expect(page.get_by_role("alert")).to_be_visible()
    page.press("#message", "Enter")
    expect(page.locator(".reply .actions")).to_have_count(1)
    expect(page.locator("#room-list .room")).to_have_count(1)
    page.reload()
    expect(page.locator("#room-list .room")).to_have_count(1)


def test_a_killed_server_costs_nothing_but_the_rest(
    make_service: Callable[..., Service], visit: Callable[..., Visitor]
) -> None:
    service = make_service()
    visitor = visit(url=service.url)
    visitor.join()
    page = visitor.page
    visitor.begin()
    visitor.ask("긴 답변 [[words=400]] [[over=40]]")
    expect(visitor.last_reply.locator(".markdown")).to_contain_text("연습용")
    page.wait_for_timeout(2000)
    service.kill()
    expect(page.locator(".line")).to_be_visible()
    service.start()
    expect(visitor.last_reply.locator(".note.problem")).to_contain_text("끊겼어요", timeout=60_000)
    expect(visitor.last_reply.locator(".markdown")).to_contain_text("연습용")
    expect(page.locator(".quota:visible strong")).to_have_text("오늘 5/5 남음")


def test_an_expired_token_is_renewed_without_losing_a_word(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]]")
    spoilt = {"left": 1, "renewals": 0}

    def spoil(route: Route) -> None:
        headers = route.request.headers
        if route.request.method == "POST" and spoilt["left"]:
            spoilt["left"] -= 1
            headers = headers | {"authorization": "Bearer expired"}
        route.continue_(headers=headers)

    page.route("**/messages/", spoil)
    page.on("request", lambda request: spoilt.update(renewals=spoilt["renewals"] + ("token/refresh" in request.url)))
    minji.ask("만료된 뒤의 질문 [[words=3]]")
    expect(page.locator(".reply .actions")).to_have_count(2)
    expect(page.locator(".question .bubble").last).to_contain_text("만료된 뒤의 질문")
    assert spoilt == {"left": 0, "renewals": 1}


@pytest.mark.parametrize(("has_token", "spent"), [(True, []), (False, [200])], ids=["in a visit", "at its beginning"])
def test_pages_that_are_left_before_they_are_there_log_nobody_out(
    minji: Visitor, has_token: bool, spent: list[int]
) -> None:
    page = minji.page
    minji.begin()
    page.fill("#message", "아직 보내지 않은 말")
    renewals: list[int] = []

    def hold_back(route: Route) -> None:
        renewals.append(route.fetch().status)  # the server has done it, and nobody hears of it

    page.route("**/token/refresh/", hold_back)
    if not has_token:
        page.evaluate("sessionStorage.clear()")
    for address in ("archive.html", "chat.html", "archive.html"):
        page.goto(address)
        page.wait_for_timeout(300)
    page.unroute_all(behavior="ignoreErrors")
    page.goto("about.html")
    expect(page.locator("#account .who")).to_have_text("환영합니다 민지 님")
    minji.begin()
    expect(page.locator("#message")).to_have_value("아직 보내지 않은 말")
    assert renewals == spent


def test_a_try_again_that_left_nothing_gives_the_old_answer_back(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=12]]")
    words = minji.last_reply.locator(".markdown").inner_text()
    with page.expect_response(NEWEST) as answer:
        page.reload()
    reply, question = answer.value.json()["results"]
    again = reply | {"id": str(uuid.uuid4()), "content": "", "status": "writing", "finished_at": None}
    start = f"event: start\nid: 0\ndata: {json.dumps({'message': question, 'reply': again})}\n\n"
    page.route("**/retry/", lambda route: route.fulfill(content_type="text/event-stream", body=start))
    minji.last_reply.get_by_role("button", name="다시 답변받기").click()
    expect(page.locator(".toasts")).to_contain_text("답변을 받지 못했어요.")
    expect(page.locator(".reply")).to_have_count(1)
    assert minji.last_reply.locator(".markdown").inner_text() == words
    expect(minji.last_reply.get_by_role("button", name="다시 답변받기")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_drafts_survive_a_reload_and_end_with_the_log_out(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]]")
    page.fill("#message", "아직 보내지 않은 말")
    page.reload()
    expect(page.locator("#message")).to_have_value("아직 보내지 않은 말")
    minji.log_out()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('haru.draft'))") == []
