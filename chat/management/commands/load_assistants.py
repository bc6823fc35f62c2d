"""`manage.py load_assistants`: brings the assistants up to the files of this release."""

from typing import Any

from django.core.management.base import BaseCommand

from chat.assistants import catalogue


class Command(BaseCommand):
    help = "Loads the assistants' files as new versions; what a moderator edited stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = catalogue.load()
        self.stdout.write(f"New versions: {', '.join(loaded) or 'none'}.")
