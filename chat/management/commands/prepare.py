"""`manage.py prepare`: migrates and loads the assistants, in one process; what `make run` does before it serves."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from chat.assistants import catalogue

# A migration that waits for a table makes everybody wait behind it: after so long it gives up, and can be run again.
LOCK_SECONDS = 5


class Command(BaseCommand):
    help = "Migrates the database and loads the assistants of this release."

    def handle(self, *args: Any, **options: Any) -> None:
        be_patient_but_not_in_the_way()
        call_command("migrate", verbosity=0)
        catalogue.load()


def be_patient_but_not_in_the_way() -> None:
    """This connection may work on a table as long as it must, but waits for one only `LOCK_SECONDS`."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', '0', false)")
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_SECONDS}s"])
