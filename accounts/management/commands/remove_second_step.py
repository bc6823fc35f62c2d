"""`manage.py remove_second_step`: for a member whose phone and recovery codes are lost."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import two_step
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Turns a member's two-step log-in in the admin off: the app's codes and the recovery codes stop working, and "
        "the password alone logs in until the member enrols anew. Be sure that it is the member who asks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the member's e-mail address")
        parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")

    def handle(self, *args: Any, email: str, yes: bool, **options: Any) -> None:
        try:
            member = User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError("There is no member with this address.") from None
        if not yes and not self.is_confirmed(member):
            raise CommandError("Nothing was changed.")
        if not two_step.remove(member):
            raise CommandError("This member's two-step log-in is not on.")
        self.stdout.write("Two-step log-in is off.")

    def is_confirmed(self, member: User) -> bool:
        """Asks at the terminal; no terminal is a no."""
        try:
            return input(f"Turn two-step log-in off for {member.email}? [y/N] ").strip().lower() == "y"
        except EOFError:
            return False
