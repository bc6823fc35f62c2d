"""`manage.py prepare`: migrates and loads the assistants, in one process; what `make run` does before it serves."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from chat.assistants import catalogue


class Command(BaseCommand):
    help = "Migrates the database and loads the assistants of this release."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        catalogue.load()
