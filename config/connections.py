"""A thread's database connection between one thing and the next, and what it says when it is lost."""

import logging
import select
import time
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection

# A connection is asked at most this often whether it is still there: asked before each request, that was one in fifteen
# of a question's statements. One that is lost without a word in between costs a single request, and is then replaced.
TRUSTED_SECONDS = 1
READ_ONLY = "25006"  # SQLSTATE read_only_sql_transaction


def is_away(error: BaseException | None) -> bool:
    """Whether an error says that the database cannot be reached or is busy, not that a statement is wrong.

    For some connections that the server closes psycopg2 raises `DatabaseError` itself, otherwise only a base class. A
    server that only reads for now (its disk is full, another is the writer) refuses with a code of its own.
    """
    is_lost = isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError
    return is_lost or getattr(error and error.__cause__, "pgcode", None) == READ_ONLY


def log_failure(logger: logging.Logger, what: str, error: Exception) -> None:
    """One line for a database that is away, since it is tried again and again for as long; all else says where."""
    if is_away(error):
        logger.error("%s, the database is away: %s", what, str(error).partition("\n")[0])
    else:
        logger.error("%s.", what, exc_info=error)


def look_after() -> None:
    """Closes a connection that is of no use any more, as Django does around a request."""
    close_old_connections()
    trust_a_moment()


def trust_a_moment() -> None:
    """Spares the question whether the connection is there, if it was asked a moment ago and is silent since."""
    mine: Any = connection  # of this thread; the stubs know none of this
    now = time.monotonic()
    if now - getattr(mine, "asked_at", -TRUSTED_SECONDS) >= TRUSTED_SECONDS:
        mine.asked_at = now
    elif mine.connection is None or mine.vendor == "sqlite" or is_silent(mine.connection):
        mine.health_check_done = True


def is_silent(driver: Any) -> bool:
    """Whether nothing waits to be read; between two statements a server speaks only to say farewell."""
    if driver.closed:
        return False
    waiting = select.poll()  # select() knows no more than 1,024 files
    waiting.register(driver.fileno(), select.POLLIN)
    return not waiting.poll(0)
