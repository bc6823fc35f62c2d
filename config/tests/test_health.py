"""Probes: whether the process lives and whether it can take requests, under any host name."""

from collections.abc import Iterator
from threading import Event
from typing import Any

import httpx
import pytest
from django.conf import settings as live_settings
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from chat.worker import this_process
from config import health
from config.asgi import application


def get(server: Any, path: str, **headers: str) -> httpx.Response:
    return httpx.get(server.url + path, headers=headers)


def test_a_living_process_says_its_version(server: Any) -> None:
    response = get(server, "/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "version": live_settings.VERSION})


def test_a_process_that_can_take_requests_is_ready(server: Any) -> None:
    response = get(server, "/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.7:8000", "a b"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_needs_no_host_name(server: Any, path: str, host: str) -> None:
    assert get(server, path, Host=host).status_code == 200


def not_ready(response: httpx.Response) -> bool:
    assert response.headers["Content-Type"] == "application/problem+json"
    return (response.status_code, response.json()["code"]) == (503, "not_ready")


def test_it_lives_while_every_thread_waits_for_the_database(server: Any) -> None:
    over = Event()
    waiting = [application.pool.submit(over.wait, 20) for _ in range(live_settings.WORKER_THREADS)]
    try:
        assert httpx.get(f"{server.url}/healthz", timeout=5).status_code == 200
        assert not any(one.done() for one in waiting)
    finally:
        over.set()


def test_a_draining_process_lives_and_is_not_ready(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(this_process, "is_draining", True)
    assert not_ready(get(server, "/readyz"))
    assert get(server, "/healthz").status_code == 200


@pytest.fixture
def one_migration_missing(server: Any) -> Iterator[tuple[str, str]]:
    newest = MigrationLoader(connection).graph.leaf_nodes("chat")[0]
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied(*newest)
    health.is_migrated.cache_clear()
    yield newest
    recorder.record_applied(*newest)
    health.is_migrated.cache_clear()


def test_before_every_migration_has_run_it_is_not_ready(server: Any, one_migration_missing: tuple[str, str]) -> None:
    assert not_ready(get(server, "/readyz"))
    MigrationRecorder(connection).record_applied(*one_migration_missing)
    assert get(server, "/readyz").status_code == 200  # asked anew: no restart is needed


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_without_its_database_it_lives_and_is_not_ready(
    server: Any, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def away(*args: object) -> None:
        raise error("the database is away at 10.0.0.5")

    monkeypatch.setattr(type(connection._connections["default"]), "cursor", away)  # type: ignore[attr-defined]
    response = get(server, "/readyz")
    living = get(server, "/healthz").status_code
    monkeypatch.undo()
    assert not_ready(response)
    assert "10.0.0.5" not in response.text
    assert living == 200


def test_a_probe_says_nothing_to_keep(server: Any) -> None:
    assert "Set-Cookie" not in get(server, "/readyz").headers
    assert get(server, "/healthz/").status_code == 404
