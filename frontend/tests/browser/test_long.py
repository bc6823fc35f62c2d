"""A member of two hundred conversations with two hundred messages each: list and open stay light, the rest comes by scrolling."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from frontend.tests.browser.conftest import Service, Visitor

SCRIPT_MOST_SECONDS = 0.1
FILL = """
from accounts.models import User
from chat.models import AssistantVersion, Conversation, Message
member = User.objects.get(email="{email}")
version = AssistantVersion.objects.get(assistant__slug="free-chat")
made = Conversation.objects.bulk_create(
    [Conversation(owner=member, version=version, title="대화 %d" % n, last_position=200) for n in range(200)]
)
for conversation in made:
    questions = [Message(conversation=conversation, role="user", position=2 * n + 1, content="질문 %d" % n) for n in range(100)]
    Message.objects.bulk_create(questions)
    Message.objects.bulk_create(
        [
            Message(conversation=conversation, role="assistant", position=2 * n + 2, question=question, status="complete",
                    content="## 답변 %d\\n\\n- 하나 **둘**\\n- 셋\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |\\n" % n)
            for n, question in enumerate(questions)
        ]
    )
"""


@pytest.fixture(scope="module")
def full(make_service: Callable[..., Service]) -> Service:
    return make_service()


def script_seconds(page: Page, act: Callable[[], None]) -> float:
    """How long the page's scripts ran while something was done."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def ran() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration"))

    before = ran()
    act()
    return ran() - before


def test_two_hundred_conversations_are_light(full: Service, visit: Callable[..., Visitor]) -> None:
    visitor = visit(url=full.url)
    email = visitor.join()
    full.run("manage.py", "shell", text=FILL.replace("{email}", email))
    page = visitor.page
    page.goto("about.html")
    page.goto("chat.html")
    expect(page.locator("#room-list .room")).to_have_count(20)

    def open_one() -> None:
        page.locator("#room-list .room").nth(3).click()
        expect(page.locator(".reply")).to_have_count(10)

    assert script_seconds(page, open_one) < SCRIPT_MOST_SECONDS

    def list_more() -> None:
        page.locator("#room-list button").click()
        expect(page.locator("#room-list .room")).to_have_count(40)

    assert script_seconds(page, list_more) < SCRIPT_MOST_SECONDS

    # Older messages come above without moving what is read.
    expect(page.locator(".reply h2").last).to_have_text("답변 99")
    page.mouse.move(700, 300)
    for _ in range(40):
        if page.locator(".reply").count() >= 100:
            break
        page.mouse.wheel(0, -3000)
        page.wait_for_timeout(150)
    expect(page.locator(".reply")).to_have_count(100)
    words = page.locator(".reply h2").all_inner_texts()
    assert words == [f"답변 {number}" for number in range(100)]
