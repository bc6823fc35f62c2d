"""`manage.py prepare`: migrates and loads the assistants, one process at a time; `make run` does it first."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from chat.assistants import catalogue

# A migration that waits for a table makes everybody wait behind it: after so long it gives up, and can be run again.
LOCK_SECONDS = 5
# Any number that nobody else takes in this database.
LOCK = 0x48617275
# Between two looks: a statement that waited for the lock would itself hold up an index that is built concurrently.
WAIT_SECONDS = 0.5


class Command(BaseCommand):
    help = "Migrates the database and loads the assistants of this release."

    def handle(self, *args: Any, **options: Any) -> None:
        with alone():
            be_patient_but_not_in_the_way()
            call_command("migrate", verbosity=0)
            catalogue.load()


@contextmanager
def alone() -> Iterator[None]:
    """Waits for the hosts that prepare this database too: Django itself lets two create the same table."""
    if connection.vendor == "sqlite":
        with open(f"{connection.settings_dict['NAME']}.prepare", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # gone with the process, whatever becomes of it
            yield
        return
    while not asked("SELECT pg_try_advisory_lock(%s)"):
        time.sleep(WAIT_SECONDS)
    try:
        yield
    finally:
        asked("SELECT pg_advisory_unlock(%s)")


def asked(statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [LOCK])
        return bool(cursor.fetchone()[0])


def be_patient_but_not_in_the_way() -> None:
    """This connection may work on a table as long as it must, but waits for one only `LOCK_SECONDS`."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for unbounded in ("statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute("SELECT set_config(%s, '0', false)", [unbounded])
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_SECONDS}s"])
