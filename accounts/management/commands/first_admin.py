"""`manage.py first_admin`: the first superuser, with a password that is shown once."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.models import User, normalised_email


class Command(BaseCommand):
    help = (
        "Makes the first superuser of the admin and prints a password for them, once; they change it after their first "
        "log-in. Does nothing where there is a superuser already (createsuperuser makes more)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address to log in with")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, change nothing")

    def handle(self, *args: Any, email: str, dry_run: bool, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError("This is no e-mail address.") from None
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            raise CommandError("There is a superuser already. To make another: manage.py createsuperuser")
        if User.objects.filter(email=normalised_email(email)).exists():
            raise CommandError("There is a member with this address: choose another, or raise them in the shell.")
        if dry_run:
            self.stdout.write(f"Would make the superuser {normalised_email(email)}.")
            return
        password = secrets.token_urlsafe(15)
        User.objects.create_superuser(email, password)
        self.stdout.write(
            f"Superuser: {normalised_email(email)}\nPassword (shown this once): {password}\nPage: /admin/"
        )
