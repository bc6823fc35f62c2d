"""`manage.py check_book`: says what does not agree in the quota's book; changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from chat import book

ONE_MOMENT = """
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0
"""


class Command(BaseCommand):
    help = "Checks requests, daily sums and replies against each other, also while the service runs. Changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            if connection.vendor == "postgresql":  # SQLite's transactions see one moment anyway
                with connection.cursor() as cursor:
                    cursor.execute(ONE_MOMENT)
            found = 0
            for name, differences in book.PARTS.items():
                self.stderr.write(f"Checking {name} …")
                for difference in differences():
                    self.stdout.write(difference)
                    found += 1
        if found:
            raise CommandError(f"{found} differences.")
        self.stdout.write("The book agrees.")
