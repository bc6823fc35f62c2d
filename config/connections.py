"""A thread's database connection between one thing and the next."""

import time
from typing import Any

from django.db import close_old_connections, connection

# A connection is asked at most so often whether it is there: before each request that was one in fifteen of the
# statements of a question. One that breaks within it costs one request, and is known to be broken from then on.
TRUSTED_SECONDS = 1


def look_after() -> None:
    """Closes a connection that is of no use any more, as Django does around a request."""
    close_old_connections()
    trust_a_moment()


def trust_a_moment() -> None:
    """Spares the question whether the connection is there, if it was asked a moment ago."""
    mine: Any = connection  # of this thread; the stubs know neither of the two
    now = time.monotonic()
    if now - getattr(mine, "asked_at", -TRUSTED_SECONDS) < TRUSTED_SECONDS:
        mine.health_check_done = True
    else:
        mine.asked_at = now
