"""What only several processes show: races over workers and hosts, and death in the middle of a reply."""

import math
import statistics
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db.models.functions import Now

from accounts import tokens
from accounts.models import Session, User
from chat import worker
from chat.assistants import catalogue
from chat.models import Conversation, DailyUsage, Message, Reservation, Worker
from chat.tests.asking import SSE, ask, events, new_conversation
from chat.tests.processes import host, model


@pytest.fixture(autouse=True)
def _only_hosts_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of other tests, in this process, does not recover what is to be recovered here."""
    monkeypatch.setattr(worker, "JUDGE_SECONDS", math.inf)


@pytest.fixture
def carol(transactional_db: None) -> Any:
    """Carol is a member of hosts that run in processes of their own."""
    catalogue.load()
    user = User.objects.create(nickname="Carol")
    return tokens.token_pair(Session.begin(user, device="test"))["access"]


def client(url: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    return httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=60)


def test_forty_at_once_over_two_workers_are_five_accepted_and_five_calls(carol: str) -> None:
    with model() as address, host(OPENAI_BASE_URL=address) as running:
        maker = client(running.url, carol)
        conversations = [new_conversation(maker) for _ in range(40)]

        def ask_alone(conversation: str) -> int:
            with client(running.url, carol) as one:  # a connection each, so that both workers get some
                return ask(one, conversation).status_code

        with ThreadPoolExecutor(40) as pool:
            codes = list(pool.map(ask_alone, conversations))
        calls = httpx.get(address.removesuffix("/v1") + "/calls").json()
    assert sorted(codes) == [201] * 5 + [429] * 35
    assert calls["started"] == 5
    assert DailyUsage.objects.get().used == 5
    assert Reservation.objects.filter(state="charged").count() == 5


def test_a_killed_hosts_reply_is_kept_marked_and_given_back_at_the_next_start(
    carol: str, eventually: Callable[..., None]
) -> None:
    with host() as running:
        person = client(running.url, carol)
        reply = ask(person, new_conversation(person), "[[words=200]] [[over=20]]", Prefer="respond-async").json()[
            "reply"
        ]
        eventually(lambda: bool(Message.objects.get(id=reply["id"]).content))
        running.kill()
    assert Message.objects.get(id=reply["id"]).status == "writing"
    with host():  # it is ready when it has looked
        assert Message.objects.get(id=reply["id"]).status == "failed"
    row = Message.objects.get(id=reply["id"])
    assert (row.error_code, bool(row.content)) == ("interrupted", True)
    assert Reservation.objects.get().state == "released"
    assert DailyUsage.objects.get().used == 0
    assert Conversation.objects.get().last_position == 2


def test_a_lease_that_ran_out_on_another_host_is_recovered(carol: str, eventually: Callable[..., None]) -> None:
    with host() as running:
        person = client(running.url, carol)
        ask(person, new_conversation(person), "[[words=3]] [[over=0]]")
        conversation = Conversation.objects.get()
        elsewhere = Worker.objects.create(host="another", pid=1, born="1")
        Message.objects.filter(role="assistant").update(status="writing", worker_id=elsewhere.id)
        Reservation.objects.update(state="held")
        time.sleep(0.1)
        assert Message.objects.get(role="assistant").status == "writing"
        Worker.objects.filter(id=elsewhere.id).update(beat_at=Now() - timedelta(seconds=31))
        eventually(lambda: not Worker.objects.filter(id=elsewhere.id).exists(), 60)  # forgotten when all is settled
    assert conversation.messages.get(role="assistant").status == "failed"
    assert Reservation.objects.get().state == "released"


def test_a_reply_is_followed_from_the_worker_that_does_not_write_it(carol: str) -> None:
    with host() as writing, host() as other:
        person, reader = client(writing.url, carol), client(other.url, carol)
        accepted = ask(person, new_conversation(person), "[[words=40]] [[over=6]]", Prefer="respond-async").json()
        with reader.stream("GET", f"chat/messages/{accepted['reply']['id']}/stream/") as response:
            found = list(events(response.iter_lines()))
    assert [found[0]["event"], found[-1]["event"]] == ["start", "done"]
    assert sum(event["event"] == "delta" for event in found) > 2
    whole = "".join(event["data"].get("text", "") for event in found)
    assert whole == found[-1]["data"]["reply"]["content"]


def comes_back(reader: httpx.Client, reply: str, last_seen: int) -> tuple[int, float]:
    """How many characters stood when a reader came back, and when the next one was here."""
    headers = {"Last-Event-ID": str(last_seen)}
    with reader.stream("GET", f"chat/messages/{reply}/stream/", headers=headers) as response:
        deltas = (event for event in events(response.iter_lines()) if event["event"] == "delta")
        stood = next(deltas)["id"]
        next(deltas)
        return stood, time.monotonic()


# From the same process a word comes at once, a word each 0.15 s; from another with its next beats, up to 1.5 s later.
@pytest.mark.parametrize(("hosts", "workers", "times", "limit"), [(1, "1", 9, 0.2), (2, "2", 3, 3)])
def test_who_comes_back_has_the_next_word_soon(carol: str, hosts: int, workers: str, times: int, limit: float) -> None:
    with ExitStack() as open_things:
        urls = [open_things.enter_context(host(WEB_CONCURRENCY=workers)).url for _ in range(hosts)]
        writer, reader = client(urls[0], carol), client(urls[-1], carol)
        conversation = new_conversation(writer)
        first: dict[int, float] = {}
        accepted: Future[str] = Future()

        def stay() -> None:
            """As who asks does, to whom each word goes at once."""
            asked = {"content": "[[words=80]] [[over=12]]"}
            path = f"chat/conversations/{conversation}/messages/"
            with writer.stream("POST", path, json=asked, headers=SSE) as response:
                for event in events(response.iter_lines()):
                    if event["event"] == "start":
                        accepted.set_result(event["data"]["reply"]["id"])
                    elif event["event"] == "delta":
                        first[event["id"]] = time.monotonic()

        following = open_things.enter_context(ThreadPoolExecutor(1)).submit(stay)
        found = [comes_back(reader, accepted.result(60), last_seen) for last_seen in [1] * times]
        following.result()
    lags = [at - next(when for chars, when in first.items() if chars > stood) for stood, at in found]
    assert statistics.median(lags) < limit, lags
