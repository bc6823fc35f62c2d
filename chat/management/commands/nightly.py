"""`manage.py nightly`: the nightly work now, whether or not it was done today."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from chat import nightly


class Command(BaseCommand):
    help = "Removes what has had its time. Any worker does this by itself once a local day, after four in the morning."

    def handle(self, *args: Any, **options: Any) -> None:
        for what, count in nightly.work(timezone.now()).items():
            self.stdout.write(f"{count:>8}  {what}")
