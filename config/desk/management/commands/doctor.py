"""`manage.py doctor`: what is wrong with this installation, one line and its remedy each."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.desk import checkup


class Command(BaseCommand):
    help = (
        "Looks at database, model (one short call), mail, origins and secrets; with --url also whether a proxy lets "
        "streams through unbuffered. Changes nothing. Ends with an error if something is wrong."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="", help="where people reach the service, such as https://haru.example")
        parser.add_argument("--skip", nargs="*", default=[], choices=list(checkup.CHECKS), help="what not to look at")

    def handle(self, *args: Any, url: str, skip: list[str], **options: Any) -> None:
        wrong = 0
        for name, look in checkup.CHECKS.items():
            for finding in look() if name not in skip else ():
                wrong += self.tell(finding)
        for finding in checkup.proxy(url.rstrip("/")) if url else ():
            wrong += self.tell(finding)
        if wrong:
            raise CommandError(f"{wrong} wrong.")

    def tell(self, finding: checkup.Finding) -> bool:
        style = {"ok": self.style.SUCCESS, "note": self.style.WARNING, "wrong": self.style.ERROR}[finding.level]
        remedy = f" → {finding.remedy}" if finding.remedy else ""
        self.stdout.write(f"{style(f'{finding.level:<5}')} {finding.what}{remedy}")
        return finding.level == "wrong"
