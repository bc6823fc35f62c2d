"""A thread's connection: asked whether it is there after a pause, trusted for a moment, replaced when it broke."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, InterfaceError, OperationalError
from django.db import connections as of_this_thread
from django.test.utils import CaptureQueriesContext

from config import connections

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.USES_SQLITE, reason="SQLite has no server to lose"),
]


@pytest.fixture
def connection() -> Iterator[Any]:
    """As a thread of the pool has it, after a pause."""
    connection: Any = of_this_thread[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    connection.health_check_enabled = True
    rest(connection)
    yield connection
    connection.health_check_enabled = False


def rest(connection: Any) -> None:
    """Lets the moment in which it is trusted pass."""
    connection.asked_at = float("-inf")


def step(connection: Any) -> int:
    """One step of work in this thread."""
    connections.look_after()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 7")
        return int(cursor.fetchone()[0])


def test_a_connection_that_broke_in_a_pause_is_replaced(connection: Any) -> None:
    assert step(connection) == 7
    connection.connection.close()
    rest(connection)
    assert step(connection) == 7


def test_one_that_the_server_closed_a_moment_ago_is_replaced(connection: Any) -> None:
    assert step(connection) == 7
    of_before = connection.connection
    with ThreadPoolExecutor(1) as another:
        another.submit(terminate, of_before.info.backend_pid).result()
    deadline = time.monotonic() + 10
    while connections.is_silent(of_before) and time.monotonic() < deadline:
        time.sleep(0.01)
    connection.asked_at = time.monotonic()  # however long that took
    assert step(connection) == 7
    assert connection.connection is not of_before


def terminate(backend: int) -> None:
    """As an administrator does it, over another thread's connection."""
    try:
        with of_this_thread[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    finally:
        of_this_thread.close_all()


def test_one_that_is_lost_without_a_word_costs_one_step(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert step(connection) == 7
    monkeypatch.setattr(connections, "is_silent", lambda driver: True)
    connection.connection.close()
    with pytest.raises((InterfaceError, OperationalError)):
        step(connection)
    assert step(connection) == 7


def test_one_to_a_server_that_only_reads_for_now_is_as_one_that_is_away(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        with pytest.raises(Error) as caught:
            cursor.execute("DELETE FROM accounts_user")
    connection.close()
    assert connections.is_away(caught.value)
    assert not connections.is_away(Error("a statement that is wrong"))


def test_an_answer_that_never_comes_is_given_up_after_twenty_seconds() -> None:
    options = settings.DATABASES["default"]["OPTIONS"]
    assert options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"] <= 20


def test_one_that_is_silent_is_not_asked(connection: Any) -> None:
    step(connection)
    with CaptureQueriesContext(connection) as asked:
        step(connection)
    assert len(asked) == 1
    connections.look_after()
    assert connection.health_check_done
    rest(connection)
    connections.look_after()
    assert not connection.health_check_done
