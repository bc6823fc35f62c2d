"""`manage.py nightly`: the nightly work now, whether or not it was done today."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from chat import nightly


class Command(BaseCommand):
    help = "Removes what has had its time. Any worker does this by itself once a local day, after four in the morning."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="count what would be done, in a transaction that is undone"
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        do = nightly.rehearse if dry_run else nightly.work
        for what, count in do(timezone.now()).items():
            self.stdout.write(f"{count:>8}  {what}")
