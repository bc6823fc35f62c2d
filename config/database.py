"""`DATABASE_URL` as Django's dictionary, and what every connection promises."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

SQLITE = "django.db.backends.sqlite3"
FORM = "DATABASE_URL must be like postgresql://user:password@host:5432/name."
# A thread keeps its connection for life; its health is looked at once a request.
KEPT = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
SQLITE_OLDEST = (3, 35)  # RETURNING; RHEL 9 has an older one beside a Python that is new enough
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",  # a writer waits at BEGIN instead of failing at its first write
    "timeout": 20,  # seconds a writer waits for the one before it
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
POSTGRESQL_OPTIONS = {
    # 3 s to connect, 15 s a statement: longer means that something is wrong, and a thread is held.
    "connect_timeout": 3,
    # A host that vanished between two statements of a transaction lets its rows go after 10 s; among them may be the
    # service's day, for which every question waits.
    "options": "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=10000",
    # A server that vanished without a word is given up after 20 s: when what was sent stays unacknowledged, and when an
    # answer is waited for and nobody is there to give it. TCP's own are a quarter of an hour, and two hours.
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    # After a failover a name may lead to the server that only reads by now, and a kept connection would stay there.
    "target_session_attrs": "read-write",
}


def from_url(url: str, folder: Path, *, parse: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """PostgreSQL or SQLite by its URL, an SQLite file in the folder without one; ImproperlyConfigured for others."""
    found: dict[str, Any] = parsed(url, parse) if url else {"ENGINE": SQLITE, "NAME": str(folder / "db.sqlite3")}
    if found["ENGINE"] != SQLITE:
        options: dict[str, Any] = found.get("OPTIONS", {})
        return found | KEPT | {"OPTIONS": options | POSTGRESQL_OPTIONS}
    if sqlite3.sqlite_version_info < SQLITE_OLDEST:
        raise ImproperlyConfigured(f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or later, or set DATABASE_URL.")
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)  # members' words are for nobody else on this machine
    except OSError as error:
        raise ImproperlyConfigured(f"VAR_DIR cannot be used: {folder}: {error.strerror}.") from None
    tested = {"NAME": str(folder / "test.sqlite3")}  # a file: threads and processes share it
    return found | KEPT | {"OPTIONS": SQLITE_OPTIONS, "TEST": tested}


def parsed(url: str, parse: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """What the URL says; the library's own complaint would print it, password and all."""
    if url.partition(":")[0] not in ("postgresql", "postgres", "sqlite"):
        raise ImproperlyConfigured(FORM)
    try:
        return parse(url)
    except ValueError:
        raise ImproperlyConfigured(FORM) from None
