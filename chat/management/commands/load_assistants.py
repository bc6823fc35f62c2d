"""`manage.py load_assistants`: brings the assistants up to the files of this release."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from chat.assistants import catalogue


class Command(BaseCommand):
    help = "Loads the assistants' files as new versions; what a moderator edited stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say which would get a new version, change nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        loaded = catalogue.waiting() if dry_run else catalogue.load()
        said = "Would get a new version" if dry_run else "New versions"
        self.stdout.write(f"{said}: {', '.join(loaded) or 'none'}.")
