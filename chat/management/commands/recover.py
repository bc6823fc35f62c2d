"""`manage.py recover`: settles what dead workers left, when no living one is there to do it."""

import time
from argparse import ArgumentParser
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand

from chat import leases
from chat.models import Message, Worker

LOOKS = 10  # one a second: a worker that lives renews its lease within them


class Command(BaseCommand):
    help = (
        "Settles replies that a process was writing when it died: text kept, marked as interrupted, request given "
        "back. Workers do this for each other; this is for when none runs. Waits ten seconds, in case one lives."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what is being written by whom, change nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        self.stdout.write(f"Replies in writing: {Message.objects.writing().count()}.")
        overdue = set(Worker.objects.filter(leases.ran_out()).values_list("id", "beat_at"))
        self.stdout.write(f"Workers: {Worker.objects.count()}, with a lease that ran out: {len(overdue)}.")
        if dry_run:
            return
        if overdue:
            self.wait()
        still = set(Worker.objects.filter(leases.ran_out()).values_list("id", "beat_at"))
        # An outage of the database stops every lease: who has renewed by now was alive all the time.
        settled = leases.recover(uuid4(), judges_leases=overdue == still)
        self.stdout.write(f"Settled: {settled}.")

    def wait(self) -> None:
        for look in range(LOOKS):
            self.stderr.write(f"\rWaiting for workers that live: {LOOKS - look:2} s", ending="")
            time.sleep(1)
        self.stderr.write("")
