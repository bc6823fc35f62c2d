"""What is left today is always in sight; at none left the page is kind and counts down."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Route, expect

from frontend.tests.browser.conftest import Service, Visitor

SEOUL = ZoneInfo("Asia/Seoul")
USE = """
from chat.models import DailyUsage
DailyUsage.objects.filter(member__email="{email}").update(used={used}, attempts={attempts})
"""


@pytest.fixture(scope="module")
def five(make_service: Callable[..., Service]) -> Service:
    return make_service()


def test_five_a_day_are_counted_down_to_none(five: Service, visit: Callable[..., Visitor]) -> None:
    visitor = visit(url=five.url)
    visitor.join()
    page = visitor.page
    visitor.begin()
    expect(page.locator(".quota:visible strong")).to_have_text("오늘 5/5 남음")
    expect(page.locator(".send")).to_have_attribute("title", "오늘 남은 5번 가운데 1번을 써요")
    for left in (4, 3, 2, 1):
        visitor.ask_and_wait("짧게 [[words=3]]")
        expect(page.locator(".quota:visible strong")).to_have_text(f"오늘 {left}/5 남음")
        expect(page.locator(".quota:visible .suns .left")).to_have_count(left)
    visitor.ask_and_wait("마지막 [[words=3]]")
    expect(page.locator(".none-left")).to_contain_text("오늘의 질문을 모두 썼어요")
    expect(page.locator(".none-left")).to_contain_text("뒤에 채워져요")
    expect(visitor.last_reply.get_by_role("button", name="다시 답변받기")).to_be_hidden()
    visitor.ask("하나 더")
    expect(page.locator("#message")).to_have_value("하나 더")
    page.goto("chat.html#/assistant/date-course")
    expect(page.locator(".new-form button.main")).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_is_wrong_changes_nothing(visit: Callable[..., Visitor], hours: int) -> None:
    visitor = visit(timezone_id="Asia/Seoul")
    page, asked = visitor.page, []
    page.clock.install(time=datetime.now(UTC) + timedelta(hours=hours))
    visitor.join()
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/chat/quota/") else None)
    page.goto("chat.html#/assistant/date-course")
    page.reload()
    line = page.locator(".quota:visible")
    expect(line).to_have_text(re.compile("뒤"))
    now = datetime.now(SEOUL)
    left = ceil((datetime.combine(now + timedelta(days=1), time.min, SEOUL) - now).total_seconds() / 60) // 60
    expect(line).to_have_text(re.compile(rf", {left}시간" if left else r", \d+분"))
    page.clock.fast_forward(10_000)
    page.clock.fast_forward(10_000)
    page.wait_for_timeout(200)
    assert len(asked) == 1


def test_an_api_that_has_not_reset_is_asked_once_a_minute(minji: Visitor) -> None:
    page, asked = minji.page, []
    over = {"limit": 5, "used": 5, "remaining": 0, "resets_at": "2020-01-01T00:00:00+09:00"}
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/chat/quota/") else None)
    page.route("**/chat/quota/", lambda route: route.fulfill(json=over))
    page.clock.install()
    page.goto("chat.html#/assistant/free-chat")
    page.reload()
    expect(page.locator(".none-left")).to_be_visible()
    for _second in range(30):
        page.clock.run_for(1000)
    page.wait_for_timeout(200)
    assert len(asked) == 2
    page.clock.run_for(60_000)
    page.wait_for_timeout(200)
    assert len(asked) == 3


def test_what_another_device_has_used_is_said_when_a_question_is_refused(
    five: Service, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(url=five.url)
    email = visitor.join()
    page = visitor.page
    visitor.begin()
    visitor.ask_and_wait("짧게 [[words=3]]")
    five.run("manage.py", "shell", text=USE.format(email=email, used=2, attempts=20))
    visitor.ask("하나 더")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".quota:visible strong")).to_have_text("오늘 3/5 남음")
    five.run("manage.py", "shell", text=USE.format(email=email, used=5, attempts=5))
    page.press("#message", "Enter")
    expect(page.locator(".none-left")).to_contain_text("오늘의 질문을 모두 썼어요")
    expect(page.locator(".quota:visible strong")).to_have_text("오늘 0/5 남음")
    expect(page.locator("#message")).to_have_value("하나 더")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_first_question_says_what_another_device_has_used(five: Service, visit: Callable[..., Visitor]) -> None:
    visitor = visit(url=five.url)
    email = visitor.join()
    page = visitor.page
    visitor.begin()
    visitor.ask_and_wait("짧게 [[words=3]]")
    visitor.begin()
    expect(page.locator(".quota:visible strong")).to_have_text("오늘 4/5 남음")
    five.run("manage.py", "shell", text=USE.format(email=email, used=5, attempts=5))
    visitor.ask("처음부터 하나 더")
    expect(page.locator(".none-left")).to_contain_text("오늘의 질문을 모두 썼어요")
    expect(page.locator("#message")).to_have_value("처음부터 하나 더")


def test_a_failed_reply_is_not_counted_and_says_so(minji: Visitor) -> None:
    minji.begin()
    minji.ask_and_wait("[[fail=500]]")
    expect(minji.last_reply.locator(".note")).to_contain_text("횟수에 세지 않았어요")
    expect(minji.page.locator(".quota:visible strong")).to_have_text("오늘 40/40 남음")


def test_a_letter_that_failed_has_no_letters_to_count(minji: Visitor) -> None:
    minji.begin("cover-letter")
    minji.fill_example()
    minji.page.click(".new-form button.main")
    expect(minji.last_reply.locator(".actions")).to_be_visible()
    expect(minji.last_reply.locator(".letters")).to_be_visible()
    minji.ask_and_wait("[[fail=500]]")
    expect(minji.last_reply.locator(".letters")).to_be_hidden()


def test_a_refused_question_comes_back_into_the_box(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]]")
    refusal = '{"status": 503, "code": "busy", "detail": "지금은 바빠요."}'
    page.route(
        "**/messages/", lambda route: route.fulfill(status=503, content_type="application/problem+json", body=refusal)
    )
    minji.ask("잃어버리면 안 되는 말")
    expect(page.get_by_role("alert")).to_contain_text("지금은 바빠요.")
    expect(page.locator("#message")).to_have_value("잃어버리면 안 되는 말")


def test_a_refused_question_stands_before_what_was_typed_meanwhile(minji: Visitor) -> None:
    page = minji.page
    minji.begin()
    minji.ask_and_wait("안녕 [[words=3]]")
    held: list[Route] = []
    page.route("**/messages/", lambda route: held.append(route))
    minji.ask("먼저 보낸 말")
    expect(page.locator(".sketch")).to_be_visible()
    page.fill("#message", "그다음에 적은 말")
    refusal = '{"status": 503, "code": "busy", "detail": "지금은 바빠요."}'
    held[0].fulfill(status=503, content_type="application/problem+json", body=refusal)
    expect(page.locator("#message")).to_have_value("먼저 보낸 말\n\n그다음에 적은 말")
    page.reload()
    expect(page.locator("#message")).to_have_value("먼저 보낸 말\n\n그다음에 적은 말")
