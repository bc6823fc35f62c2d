"""Caps on what a member keeps, makes, says and takes away, each through every way there is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

from chat.models import Conversation, DailyUsage, Message
from chat.tests.asking import SSE, ask, new_conversation
from config.limits.models import Counter


def begin(person: Any) -> httpx.Response:
    response: httpx.Response = person.post("chat/conversations/", json={"assistant": "free-chat"})
    return response


@pytest.fixture
def narrow(settings: Any) -> Callable[..., None]:
    """Sets rules to so many an hour."""

    def to(most: int, *rules: str) -> None:
        settings.LIMITS = settings.LIMITS | dict.fromkeys(rules, (most, 3600))

    return to


def assert_held(response: httpx.Response) -> None:
    assert (response.status_code, response.json()["code"]) == (429, "too_many_requests"), response.text
    assert 3590 <= int(response.headers["Retry-After"]) <= 3600


# ---------------------------------------------------------------- Conversations
def test_a_member_begins_so_many_conversations_an_hour(alice: Any, bob: Any, narrow: Callable[..., None]) -> None:
    narrow(3, "conversation")
    assert [begin(alice).status_code for _ in range(4)] == [201, 201, 201, 429]
    assert_held(begin(alice))
    assert begin(bob).status_code == 201
    assert alice.get("chat/conversations/").status_code == 200
    for conversation in Conversation.objects.filter(owner=alice.user):
        alice.delete(f"chat/conversations/{conversation.id}/")
    assert_held(begin(alice))  # deleting gives nothing back


def test_what_was_mistyped_is_not_counted(alice: Any, narrow: Callable[..., None]) -> None:
    narrow(1, "conversation")
    for body in ({}, {"assistant": "nobody"}, {"assistant": "free-chat", "title": "x" * 101}):
        assert alice.post("chat/conversations/", json=body).status_code == 400
    assert begin(alice).status_code == 201


def test_of_thirty_begun_at_once_as_many_as_the_hour_has_are_made(alice: Any, narrow: Callable[..., None]) -> None:
    narrow(10, "conversation")
    with ThreadPoolExecutor(30) as pool:
        codes = sorted(pool.map(lambda _: begin(alice).status_code, range(30)))
    assert codes == [201] * 10 + [429] * 20
    assert Conversation.objects.count() == 10


def test_who_keeps_too_many_conversations_must_delete_one_first(alice: Any, bob: Any, settings: Any) -> None:
    settings.CONVERSATIONS_MAX = 2
    kept = [new_conversation(alice) for _ in range(2)]
    alice.patch(f"chat/conversations/{kept[0]}/", json={"archived": True})  # archived is kept too
    refused = begin(alice)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.json()["detail"] == "You keep 2 conversations. Please delete some to begin another."
    assert "Retry-After" not in refused.headers  # no waiting helps
    assert begin(bob).status_code == 201
    alice.delete(f"chat/conversations/{kept[0]}/")
    assert begin(alice).status_code == 201


def test_beginning_costs_one_statement_more(alice: Any, client: Any, django_assert_num_queries: Any) -> None:
    headers = {"Authorization": alice.headers["Authorization"]}
    asked = partial(client.post, "/api/v1/chat/conversations/", {"assistant": "free-chat"}, "application/json")
    assert asked(headers=headers).status_code == 201  # what is read or prepared once, is
    with django_assert_num_queries(4) as captured:  # the log-in, the assistant, the limit, the conversation
        assert asked(headers=headers).status_code == 201
    assert sum("limits_counter" in query["sql"] for query in captured.captured_queries) == 1


# ---------------------------------------------------------------- Messages
@pytest.fixture
def full(alice: Any, settings: Any) -> str:
    """A conversation that has had all the messages it may."""
    settings.CONVERSATION_MESSAGES_MAX = 4
    conversation = new_conversation(alice)
    assert [ask(alice, conversation).status_code for _ in range(2)] == [201, 201]
    return conversation


@pytest.mark.parametrize("headers", [{}, SSE, {"Prefer": "respond-async"}, {"Idempotency-Key": "k"}])
def test_a_full_conversation_takes_no_question_and_counts_none(alice: Any, full: str, headers: dict[str, str]) -> None:
    route = f"chat/conversations/{full}/messages/"
    refused = alice.post(route, json={"content": "[[over=0]] hi"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.json()["detail"] == "This conversation is full. Please begin a new one."
    assert refused.headers["RateLimit"].startswith('"daily";r=3;')
    assert Message.objects.count() == 4
    assert DailyUsage.objects.get().attempts == 2
    assert ask(alice, new_conversation(alice)).status_code == 201


def test_nor_another_try(alice: Any, full: str) -> None:
    last = Message.objects.latest("position")
    assert alice.post(f"chat/messages/{last.id}/retry/", json={}).json()["code"] == "too_many_requests"
    assert Message.objects.count() == 4


def test_a_repeat_of_its_last_question_is_answered_as_before(alice: Any, settings: Any) -> None:
    settings.CONVERSATION_MESSAGES_MAX = 2
    conversation = new_conversation(alice)
    first = ask(alice, conversation, Idempotency_Key="k1")
    assert ask(alice, conversation, Idempotency_Key="k1").json() == first.json()


# ---------------------------------------------------------------- Exports and feedback
def test_exports_of_a_member_are_limited_together(alice: Any, bob: Any, narrow: Callable[..., None]) -> None:
    narrow(3, "export")
    one, two = new_conversation(alice), new_conversation(alice)
    routes = [
        f"chat/conversations/{one}/export/",
        f"chat/conversations/{two}/export/?format=json",
        "accounts/me/export/",
    ]
    routes.append(routes[0])
    assert [alice.get(route).status_code for route in routes] == [200, 200, 200, 429]
    assert_held(alice.get(routes[0]))
    assert bob.get(f"chat/conversations/{new_conversation(bob)}/export/").status_code == 200


def test_feedback_of_a_member_is_limited(alice: Any, bob: Any, narrow: Callable[..., None]) -> None:
    narrow(2, "feedback")
    route = f"chat/messages/{ask(alice, new_conversation(alice)).json()['reply']['id']}/feedback/"
    assert alice.put(route, json={"rating": "up"}).status_code == 200
    assert alice.delete(route).status_code == 204
    assert_held(alice.put(route, json={"rating": "down", "report": True}))
    assert_held(alice.delete(route))
    assert bob.delete(route).status_code == 404


def test_a_member_is_one_wherever_they_are(alice: Any, narrow: Callable[..., None]) -> None:
    narrow(1, "export")
    route = f"chat/conversations/{new_conversation(alice)}/export/"
    assert alice.get(route, headers={"X-Forwarded-For": "203.0.113.1"}).status_code == 200
    assert_held(alice.get(route, headers={"X-Forwarded-For": "203.0.113.2"}))


def test_who_is_nobody_is_asked_to_log_in_and_not_counted(nobody: httpx.Client, alice: Any) -> None:
    route = f"chat/conversations/{new_conversation(alice)}/export/"
    Counter.objects.all().delete()
    assert nobody.get(route).status_code == 401
    assert not Counter.objects.exists()
