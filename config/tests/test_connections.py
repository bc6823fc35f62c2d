"""A thread's connection: asked whether it is there after a pause, trusted for a moment, replaced when it broke."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError
from django.db import connections as of_this_thread

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


def test_one_that_breaks_within_the_moment_costs_one_step(connection: Any) -> None:
    assert step(connection) == 7
    connection.connection.close()
    with pytest.raises((InterfaceError, OperationalError)):
        step(connection)
    assert step(connection) == 7
