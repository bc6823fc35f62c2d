"""Who follows a reply: five streams a member, each no longer than its log-in; leaving or not reading harms nobody."""

import gc
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from django.contrib.auth import get_user_model

from accounts import tokens
from accounts.models import Session
from chat import worker
from chat.followers import Followers, followers
from chat.models import Message, Reservation
from chat.tests.asking import SSE, ask, events, new_conversation
from config import handler
from config.problems import Problem

SLOW = "[[words=100]] [[over=10]]"
CUT_SECONDS = 8  # above what a busy machine takes, below what is left of the reply


@pytest.fixture
def reply(alice: Any) -> str:
    """A reply of Alice's that is being written for ten seconds."""
    return str(ask(alice, new_conversation(alice), SLOW, Prefer="respond-async").json()["reply"]["id"])


@contextmanager
def following(person: httpx.Client, reply: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of an open stream."""
    with person.stream("GET", f"chat/messages/{reply}/stream/") as response:
        assert response.status_code == 200, response.read()
        yield events(response.iter_lines())


def until_cut(found: Iterator[dict[str, Any]]) -> tuple[list[str], float]:
    """The names of the events that still come, and how long they took."""
    began = time.monotonic()
    try:
        names = [event["event"] for event in found]
    except httpx.RemoteProtocolError:  # a stream may also end in the middle of its encoding
        names = []
    return names, time.monotonic() - began


def test_the_sixth_stream_of_a_member_is_refused_until_one_leaves(
    alice: Any, bob: Any, reply: str, eventually: Callable[..., None]
) -> None:
    with ExitStack() as open_streams:
        held = [open_streams.enter_context(following(alice, reply)) for _ in range(5)]
        assert {next(found)["event"] for found in held} == {"start"}
        refused = alice.get(f"chat/messages/{reply}/stream/")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert refused.headers["Retry-After"]
        conversation = new_conversation(alice)
        asked = alice.post(f"chat/conversations/{conversation}/messages/", json={"content": "hi"}, headers=SSE)
        assert (asked.status_code, asked.json()["code"]) == (429, "too_many_requests")
        assert alice.get("chat/quota/").json()["used"] == 1
        assert Message.objects.filter(conversation_id=conversation).count() == 0
        assert ask(bob, new_conversation(bob)).status_code == 201
    eventually(lambda: bool(alice.get(f"chat/messages/{reply}/stream/").status_code == 200))  # leaving takes a moment


def test_a_refused_question_leaves_no_follower_behind(alice: Any, settings: Any) -> None:
    settings.SERVICE_DAILY_LIMIT = 0
    conversation = new_conversation(alice)
    url = f"chat/conversations/{conversation}/messages/"
    gc.disable()  # or it tidies up in between, as it does on a worker with more to do
    try:
        codes = {alice.post(url, json={"content": "hi"}, headers=SSE).json()["code"] for _ in range(7)}
    finally:
        gc.enable()
    assert codes == {"service_limit_reached"}


def test_an_ended_login_closes_its_own_streams_and_no_others(alice: Any, reply: str) -> None:
    elsewhere = Session.begin(alice.user, device="phone")
    headers = {"Authorization": f"Bearer {tokens.token_pair(elsewhere)['access']}"}
    with (
        httpx.Client(base_url=alice.base_url, headers=headers, timeout=30) as phone,
        following(alice, reply) as here,
        following(phone, reply) as there,
    ):
        assert next(here)["event"] == next(there)["event"] == "start"
        assert phone.post("accounts/logout/", json={}).status_code == 204
        names, seconds = until_cut(there)
        assert seconds < CUT_SECONDS
        assert set(names) <= {"delta"}
        assert phone.get(f"chat/messages/{reply}/stream/").status_code == 401
        assert [event["event"] for event in here][-1] == "done"
    assert Message.objects.get(id=reply).status == "complete"


def test_a_ban_stops_the_reply_and_closes_the_streams(
    alice: Any, reply: str, monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., None]
) -> None:
    monkeypatch.setattr(worker, "KEEP_SECONDS", 60)  # who is banned does not wait for the usual look at readers
    with following(alice, reply) as found:
        for event in found:
            if event["event"] == "delta":
                break
        get_user_model().objects.filter(id=alice.user.id).update(is_active=False)
        names, seconds = until_cut(found)
    assert seconds < CUT_SECONDS
    assert set(names) <= {"delta"}
    eventually(lambda: Message.objects.get(id=reply).status == "stopped")
    assert Message.objects.get(id=reply).content
    assert Reservation.objects.get().state == "charged"
    back = alice.get(f"chat/messages/{reply}/stream/")
    assert (back.status_code, back.json()["code"]) == (403, "banned")


def test_a_deleted_account_ends_its_streams_and_calls(
    alice: Any, server: Any, reply: str, eventually: Callable[..., None]
) -> None:
    with following(alice, reply) as found:
        assert next(found)["event"] == "start"
        get_user_model().objects.get(id=alice.user.id).delete()
        names, seconds = until_cut(found)
    assert seconds < CUT_SECONDS
    assert set(names) <= {"delta"}
    eventually(lambda: server.model.get("/calls").json()["aborted"] == 1)
    assert alice.get(f"chat/messages/{reply}/stream/").status_code == 401


def test_a_deleted_conversation_ends_its_streams_without_a_last_event(alice: Any, reply: str) -> None:
    with following(alice, reply) as found:
        assert next(found)["event"] == "start"
        conversation = Message.objects.get(id=reply).conversation_id
        assert alice.delete(f"chat/conversations/{conversation}/").status_code == 204
        names, seconds = until_cut(found)
    assert seconds < CUT_SECONDS
    assert set(names) <= {"delta"}
    assert alice.get(f"chat/messages/{reply}/stream/").status_code == 404


def test_a_reader_who_does_not_read_is_let_go_and_the_reply_goes_on(
    alice: Any, server: Any, monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., None]
) -> None:
    monkeypatch.setattr(handler, "READER_PATIENCE_SECONDS", 0.5)
    conversation = new_conversation(alice)
    long = "[[words=20000]] [[over=3]]"
    reply = ask(alice, conversation, long, Prefer="respond-async").json()["reply"]["id"]
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        url = urlsplit(server.url)
        deaf.connect((url.hostname, url.port))
        path = f"/api/v1/chat/messages/{reply}/stream/"
        token = alice.headers["Authorization"]
        deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n".encode())
        eventually(lambda: len(followers.here()) == 1)
        eventually(lambda: not followers.here(), 90)
    eventually(lambda: Message.objects.get(id=reply).status == "complete", 90)


def test_five_are_admitted_also_when_all_come_at_once_and_never_begin() -> None:
    mine, member = Followers(), uuid4()
    admitted = [mine.admit(member=member, login=uuid4()) for _ in range(5)]
    with pytest.raises(Problem):
        mine.admit(member=member, login=uuid4())
    assert mine.admit(member=uuid4(), login=uuid4()).member != member
    admitted.pop()  # its stream never began: nobody holds it any more
    gc.collect()
    assert mine.admit(member=member, login=uuid4()).member == member


def test_who_follows_nothing_any_more_takes_no_room() -> None:
    mine = Followers()
    for _ in range(3):
        mine.admit(member=uuid4(), login=uuid4())
    gc.collect()
    assert (mine.here(), len(mine.known)) == ([], 0)
