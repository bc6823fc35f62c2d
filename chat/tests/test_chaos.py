"""The short form of `make chaos`, and the one fault that deserves a test of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings

from chat.tests.asking import SSE, events
from chat.tests.chaos.world import Database, manage
from chat.tests.processes import ROOT, Host, host

AWAY_SECONDS = 10
NOTICED_SECONDS = 90  # by workers that must first be started, on a machine that is busy
needs_postgresql = pytest.mark.skipif(settings.USES_SQLITE, reason="SQLite's file cannot go away")


def test_no_reply_is_lost_and_none_is_charged_wrongly_whatever_dies() -> None:
    database = "sqlite" if settings.USES_SQLITE else "postgresql"
    command = [sys.executable, "-m", "chat.tests.chaos", "--database", database, "--replies", "25", "--seed", "7"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[Database]:
    """A PostgreSQL that may be killed, since no other test uses it."""
    database = Database("postgresql", tmp_path)
    yield database
    database.remove()


def signed_up(url: str) -> httpx.Client:
    """A member, made by the API alone."""
    person = httpx.Client(base_url=f"{url}/api/v1/", timeout=60)
    password = "a quiet harbour"
    body = {"email": "dora@example.com", "nickname": "Dora", "password": password, "password_confirm": password}
    person.headers["Authorization"] = "Bearer " + person.post("accounts/signup/", json=body).json()["access"]
    return person


@needs_postgresql
def test_workers_that_die_while_the_database_is_away_are_replaced(
    own_database: Database, eventually: Callable[..., None]
) -> None:
    manage("prepare", DATABASE_URL=own_database.url, ENV_FILE=os.devnull)
    with host(DATABASE_URL=own_database.url) as running:
        own_database.kill()
        for worker in running.workers():
            os.kill(worker, signal.SIGKILL)
        eventually(lambda: running.answers("/readyz") == 503, NOTICED_SECONDS)
        assert running.answers("/healthz") == 200
        own_database.start()
        eventually(lambda: running.answers("/readyz") == 200, NOTICED_SECONDS)
        with closing(signed_up(running.url)) as dora:
            conversation = dora.post("chat/conversations/", json={"assistant": "free-chat"}).json()["id"]
            answer = dora.post(f"chat/conversations/{conversation}/messages/", json={"content": "Hello"})
            assert answer.json()["reply"]["status"] == "complete"


@needs_postgresql
def test_a_database_away_for_ten_seconds_loses_no_reply(own_database: Database) -> None:
    manage("prepare", DATABASE_URL=own_database.url, ENV_FILE=os.devnull)
    with host(DATABASE_URL=own_database.url) as running, closing(signed_up(running.url)) as dora:
        conversation = dora.post("chat/conversations/", json={"assistant": "free-chat"}).json()["id"]
        path = f"chat/conversations/{conversation}/messages/"
        found: list[dict[str, Any]] = []
        with dora.stream("POST", path, json={"content": "[[words=40]] [[over=4]]"}, headers=SSE) as response:
            stream = events(response.iter_lines())
            found += [next(stream), next(stream)]
            own_database.kill()
            away_from = time.monotonic()
            assert dora.get("chat/quota/").json()["code"] == "not_ready"
            time.sleep(max(0, away_from + AWAY_SECONDS - time.monotonic()))
            own_database.start()
            found += list(stream)
        assert found[-1]["event"] == "done"
        assert "".join(event["data"].get("text", "") for event in found) == found[-1]["data"]["reply"]["content"]
        assert dora.get("chat/quota/").json()["used"] == 1
    manage("check_book", DATABASE_URL=own_database.url, ENV_FILE=os.devnull)


@needs_postgresql
def test_a_database_that_only_reads_for_a_while_loses_no_reply(
    own_database: Database, eventually: Callable[..., None]
) -> None:
    manage("prepare", DATABASE_URL=own_database.url, ENV_FILE=os.devnull)
    with host(DATABASE_URL=own_database.url) as running, closing(signed_up(running.url)) as dora:
        conversation = dora.post("chat/conversations/", json={"assistant": "free-chat"}).json()["id"]
        path = f"chat/conversations/{conversation}/messages/"
        with dora.stream("POST", path, json={"content": "[[words=40]] [[over=2]]"}, headers=SSE) as response:
            stream = events(response.iter_lines())
            next(stream)
            own_database.only_reads(now=True)
            eventually(lambda: running.answers("/readyz") == 503, NOTICED_SECONDS)
            time.sleep(3)  # the reply has ended meanwhile
            own_database.only_reads(now=False)
            last = list(stream)[-1]
        assert (last["event"], last["data"]["reply"]["status"]) == ("done", "complete")
        assert len(last["data"]["reply"]["content"].split()) >= 40


@needs_postgresql
def test_a_host_that_ends_while_the_database_is_away_ends_in_order(own_database: Database, tmp_path: Path) -> None:
    manage("prepare", DATABASE_URL=own_database.url, ENV_FILE=os.devnull)
    with (tmp_path / "log").open("ab") as log:
        running = Host({"DATABASE_URL": own_database.url}, log).wait_until_ready()
        own_database.kill()
        running.process.terminate()
        assert running.process.wait(60) == 0
    assert "'lifespan' protocol" not in (tmp_path / "log").read_text()
