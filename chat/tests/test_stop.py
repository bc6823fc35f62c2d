"""Stop means stop: the call of the model ends, what was written stays, and counts only if there is any of it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from chat import replies, stopping
from chat.models import Message, Reservation
from chat.replies import Ending
from chat.tests.asking import ask, new_conversation, stream

LONG = "[[words=200]] [[over=20]]"


@pytest.fixture
def writing(alice: Any, eventually: Callable[..., None]) -> dict[str, Any]:
    """A reply of Alice's that has some words and would go on for long."""
    accepted = ask(alice, new_conversation(alice), LONG, Prefer="respond-async").json()
    eventually(lambda: bool(Message.objects.get(id=accepted["reply"]["id"]).content))
    reply: dict[str, Any] = accepted["reply"]
    return reply


def test_a_stop_ends_the_call_within_a_second_and_keeps_the_words(
    alice: Any, server: Any, writing: dict[str, Any], eventually: Callable[..., None]
) -> None:
    began = time.monotonic()
    response = alice.post(f"chat/messages/{writing['id']}/stop/")
    assert time.monotonic() - began < 4  # who waits in vain for the writer takes `STOP_WAIT_SECONDS`
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"reply", "quota"}
    assert body["reply"]["status"] == "stopped"
    assert body["reply"]["content"]
    assert body["quota"]["used"] == 1
    eventually(lambda: server.model.get("/calls").json()["aborted"] == 1)
    assert Reservation.objects.get().state == "charged"
    assert alice.get(f"chat/messages/{writing['id']}/").json() == body["reply"]


def test_a_stop_before_the_first_word_gives_it_back(alice: Any, server: Any, eventually: Callable[..., None]) -> None:
    reply = ask(alice, new_conversation(alice), "[[stall=30]]", Prefer="respond-async").json()["reply"]
    eventually(lambda: server.model.get("/calls").json()["started"] == 1)
    body = alice.post(f"chat/messages/{reply['id']}/stop/").json()
    assert (body["reply"]["status"], body["reply"]["content"]) == ("stopped", "")
    assert body["quota"]["used"] == 0
    assert Reservation.objects.get().state == "released"


def test_a_stop_at_once_is_heeded_too(alice: Any) -> None:
    reply = ask(alice, new_conversation(alice), LONG, Prefer="respond-async").json()["reply"]
    assert alice.post(f"chat/messages/{reply['id']}/stop/").json()["reply"]["status"] == "stopped"


def test_a_body_that_nobody_reads_does_not_break_the_answer(alice: Any, writing: dict[str, Any]) -> None:
    response = alice.post(f"chat/messages/{writing['id']}/stop/", content=b"x" * 300_000)
    assert (response.status_code, response.json()["reply"]["status"]) == (200, "stopped")


def test_what_another_worker_settled_is_told_as_it_did(alice: Any, eventually: Callable[..., None]) -> None:
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, alice, new_conversation(alice), LONG)
        eventually(lambda: Message.objects.writing().exclude(content="").exists())
        reply = Message.objects.writing().get()
        assert reply.worker_id
        assert replies.settle(reply, reply.worker_id, reply.content, Ending("failed", "interrupted"))
        told = asking.result()
    assert (told.status_code, told.json()["code"]) == (503, "interrupted")
    assert told.json()["reply"]["content"] == reply.content


def test_stopping_what_has_ended_tells_how_it_ended(alice: Any) -> None:
    conversation = new_conversation(alice)
    done = ask(alice, conversation).json()
    for _ in range(2):
        response = alice.post(f"chat/messages/{done['reply']['id']}/stop/")
        assert (response.status_code, response.json()["reply"]) == (200, done["reply"])
    failed = ask(alice, conversation, "[[fail=400]]").json()["reply"]
    assert alice.post(f"chat/messages/{failed['id']}/stop/").json()["reply"]["status"] == "failed"
    assert alice.get("chat/quota/").json()["used"] == 1


def test_readers_of_a_stopped_reply_see_done(alice: Any, eventually: Callable[..., None]) -> None:
    conversation = new_conversation(alice)
    with alice.stream(
        "POST",
        f"chat/conversations/{conversation}/messages/",
        json={"content": LONG},
        headers={"Accept": "text/event-stream"},
    ) as response:
        lines = response.iter_lines()
        for line in lines:
            if line == "event: delta":
                break
        reply = alice.get(f"chat/conversations/{conversation}/").json()["writing"]
        alice.post(f"chat/messages/{reply}/stop/")
        rest = list(lines)
    assert rest.count("event: done") == 1
    assert Message.objects.get(id=reply).status == "stopped"


def test_a_mark_in_the_row_is_heeded_whoever_set_it(writing: dict[str, Any], eventually: Callable[..., None]) -> None:
    Message.objects.filter(id=UUID(writing["id"])).update(stop_requested=True)
    eventually(lambda: Message.objects.get(id=writing["id"]).status == "stopped")


def test_a_question_cannot_be_stopped(alice: Any) -> None:
    question = ask(alice, new_conversation(alice)).json()["message"]
    assert alice.post(f"chat/messages/{question['id']}/stop/").status_code == 404


def test_after_a_stop_the_conversation_goes_on(alice: Any, writing: dict[str, Any]) -> None:
    alice.post(f"chat/messages/{writing['id']}/stop/")
    conversation = Message.objects.get(id=writing["id"]).conversation_id
    assert stream(alice, str(conversation))[-1]["event"] == "done"


def test_deleting_a_conversation_charges_words_that_were_not_kept_yet(alice: Any) -> None:
    conversation = new_conversation(alice)
    path = f"chat/conversations/{conversation}/messages/"
    with alice.stream("POST", path, json={"content": LONG}, headers={"Accept": "text/event-stream"}) as response:
        next(line for line in response.iter_lines() if line == "event: delta")
        assert alice.delete(f"chat/conversations/{conversation}/").status_code == 204
    assert Reservation.objects.get().state == "charged"
    assert not Message.objects.exists()


def test_deleting_what_is_being_written_does_not_keep_one_waiting(
    alice: Any, writing: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "WRITER_SECONDS", 15)  # what waiting in vain for the writer would take
    conversation = Message.objects.get(id=writing["id"]).conversation_id
    began = time.monotonic()
    assert alice.delete(f"chat/conversations/{conversation}/").status_code == 204
    assert time.monotonic() - began < 8
