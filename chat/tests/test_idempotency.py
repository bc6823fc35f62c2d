"""`Idempotency-Key`: the same request twice is one request."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat import asking
from chat.models import IdempotencyKey, Message
from chat.tests.asking import SSE, ask, events, new_conversation


def test_a_repeat_is_the_same_reply_and_counted_once(alice: Any, server: Any) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation, Idempotency_Key="k1")
    again = ask(alice, conversation, Idempotency_Key="k1")
    assert again.status_code == 201
    assert again.json() == first.json()
    assert server.model.get("/calls").json()["started"] == 1


def test_a_repeat_while_it_is_written_joins_the_stream(alice: Any, eventually: Callable[..., None]) -> None:
    conversation = new_conversation(alice)
    body = "[[words=30]] [[over=3]]"
    first = ask(alice, conversation, body, Idempotency_Key="k1", Prefer="respond-async").json()
    eventually(lambda: bool(Message.objects.get(id=first["reply"]["id"]).content))
    with alice.stream(
        "POST",
        f"chat/conversations/{conversation}/messages/",
        json={"content": body},
        headers={**SSE, "Idempotency-Key": "k1"},
    ) as response:
        found = list(events(response.iter_lines()))
    assert found[0]["event"] == "start"
    assert found[0]["data"]["reply"]["content"] == ""  # its text is what the deltas bring
    assert found[-1]["data"]["reply"]["id"] == first["reply"]["id"]
    assert "".join(event["data"].get("text", "") for event in found) == found[-1]["data"]["reply"]["content"]


@pytest.mark.parametrize("path", ["conversations/{conversation}/messages/", "messages/{reply}/retry/"])
def test_a_repeat_that_looked_a_moment_too_early_joins_too(
    alice: Any, server: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Its twin was accepted between the look for the key and the reading of the conversation."""
    conversation = new_conversation(alice)
    reply = ask(alice, conversation).json()["reply"]["id"]
    path = path.format(conversation=conversation, reply=reply)
    body = {"content": "[[words=20]] [[over=2]]"} if "conversations" in path else {}
    headers = {"Idempotency-Key": "k1", "Prefer": "respond-async"}
    server.model.post("/reset")
    first = alice.post(f"chat/{path}", json=body, headers=headers).json()
    early, replay = [None], asking.replay
    monkeypatch.setattr(asking, "replay", lambda *of: early.pop() if early else replay(*of))
    again = alice.post(f"chat/{path}", json=body, headers=headers)
    assert again.json()["reply"]["id"] == first["reply"]["id"]
    assert server.model.get("/calls").json()["started"] == 1


def test_a_failed_reply_is_answered_again_as_it_failed(alice: Any) -> None:
    conversation = new_conversation(alice)
    for _ in range(2):
        response = ask(alice, conversation, "[[fail=400]]", Idempotency_Key="k1")
        assert (response.status_code, response.json()["code"]) == (503, "assistant_unavailable")
    assert Message.objects.count() == 2


def test_another_body_under_the_same_key_is_a_conflict(alice: Any) -> None:
    conversation = new_conversation(alice)
    ask(alice, conversation, Idempotency_Key="k1")
    response = ask(alice, conversation, "other", Idempotency_Key="k1")
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_reused")


def test_a_key_is_of_one_member_and_one_path(alice: Any, bob: Any) -> None:
    one, two = new_conversation(alice), new_conversation(alice)
    replies = [
        ask(person, conversation, Idempotency_Key="k1").json()["reply"]["id"]
        for person, conversation in ((alice, one), (alice, two), (bob, new_conversation(bob)))
    ]
    assert len(set(replies)) == 3


def test_a_key_is_forgotten_after_a_day(alice: Any) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation, Idempotency_Key="k1").json()
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert ask(alice, conversation, Idempotency_Key="k1").json()["reply"]["id"] != first["reply"]["id"]


def test_a_refused_request_keeps_no_key(alice: Any) -> None:
    conversation = new_conversation(alice)
    assert ask(alice, conversation, "", Idempotency_Key="k1").status_code == 400
    assert ask(alice, conversation, "hello [[over=0]]", Idempotency_Key="k1").status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "a" * 256])
def test_a_key_that_is_not_visible_ascii_is_refused(alice: Any, key: str) -> None:
    response = ask(alice, new_conversation(alice), Idempotency_Key=key)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")


def test_ten_at_once_are_one_call_one_charge_one_reply(alice: Any, server: Any) -> None:
    conversation = new_conversation(alice)
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda _: ask(alice, conversation, "[[words=3]] [[over=0.3]]", Idempotency_Key="k1"), range(10))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["reply"]["id"] for answer in answers}) == 1
    assert server.model.get("/calls").json()["started"] == 1
    assert alice.get("chat/quota/").json()["used"] == 1


def test_a_conversation_is_begun_once_under_a_key(alice: Any, bob: Any) -> None:
    def begin(person: Any, **body: str) -> Any:
        sent = {"assistant": "free-chat", **body}
        return person.post("chat/conversations/", json=sent, headers={"Idempotency-Key": "k1"})

    first = begin(alice)
    again = begin(alice)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(alice.get("chat/conversations/").json()["results"]) == 1
    other = begin(alice, title="another")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert begin(bob).json()["id"] != first.json()["id"]
    alice.delete(f"chat/conversations/{first.json()['id']}/")
    assert begin(alice).status_code == 404


def test_ten_at_once_begin_one_conversation(alice: Any) -> None:
    body, headers = {"assistant": "free-chat"}, {"Idempotency-Key": "k1"}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: alice.post("chat/conversations/", json=body, headers=headers), range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(alice.get("chat/conversations/").json()["results"]) == 1
