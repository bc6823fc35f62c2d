"""The database's connections: as many as threads, none for a stream; and what each of them promises."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from chat import worker
from chat.models import Message
from chat.tests.asking import SSE, new_conversation, stream
from chat.tests.processes import host, model

WORKERS, THREADS, STREAMS = 2, 2, 24


@pytest.mark.skipif(settings.USES_SQLITE, reason="PostgreSQL counts its connections")
def test_streams_and_lists_take_no_more_connections_than_there_are_threads(member: Any) -> None:
    people = [member(f"Member{number}") for number in range(STREAMS)]
    conversations = [new_conversation(person) for person in people]
    names = {"WEB_CONCURRENCY": str(WORKERS), "WORKER_THREADS": str(THREADS), "PGAPPNAME": "counted"}
    with model() as address, host(OPENAI_BASE_URL=address, **names) as running, ThreadPoolExecutor(STREAMS) as pool:

        def follow(number: int) -> int:
            with httpx.Client(base_url=f"{running.url}/api/v1/", headers=people[number].headers, timeout=60) as one:
                body, path = (
                    {"content": "[[words=30]] [[over=3]]"},
                    f"chat/conversations/{conversations[number]}/messages/",
                )
                with one.stream("POST", path, json=body, headers=SSE) as response:
                    assert one.get("chat/conversations/").status_code == 200
                    return response.read().count(b"event: done")

        following = [pool.submit(follow, number) for number in range(STREAMS)]
        most = 0
        while not all(one.done() for one in following):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'counted'"
                )
                most = max(most, cursor.fetchone()[0])
        assert [one.result() for one in following] == [1] * STREAMS
    assert 0 < most <= WORKERS * (THREADS + 1)


@pytest.mark.parametrize("lost", [OperationalError, InterfaceError, DatabaseError])
def test_a_reply_whose_settling_loses_the_connection_is_settled_whole(
    alice: Any, monkeypatch: pytest.MonkeyPatch, lost: type[Exception]
) -> None:
    settle, tries = worker.settle_and_tell, []

    def settle_and_tell(*args: Any) -> Any:
        tries.append(args)
        if len(tries) == 1:
            raise lost("server closed the connection unexpectedly")
        return settle(*args)

    monkeypatch.setattr(worker, "settle_and_tell", settle_and_tell)
    events = stream(alice, new_conversation(alice), "안녕 [[words=3]] [[over=0]]")
    assert events[-1]["event"] == "done"
    reply = Message.objects.get(role="assistant")
    assert (reply.status, len(tries)) == ("complete", 2)
    assert (bool(reply.tokens_output), reply.finish_reason) == (True, "stop")


def test_a_connection_waits_for_nothing_for_ever(transactional_db: None) -> None:
    def said(statement: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]

    if settings.USES_SQLITE:
        assert said("PRAGMA journal_mode") == "wal"
        assert said("PRAGMA busy_timeout") == 20_000
        assert connection.transaction_mode == "IMMEDIATE"  # type: ignore[attr-defined]
    else:
        assert said("SHOW statement_timeout") == "15s"
        assert said("SHOW idle_in_transaction_session_timeout") == "10s"
        assert connection.settings_dict["OPTIONS"]["connect_timeout"] == 3
