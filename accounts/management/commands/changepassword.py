"""`manage.py changepassword`: Django's, and with the old password end the log-ins that it opened."""

from typing import Any

from django.contrib.auth.management.commands import changepassword

from accounts import passwords
from accounts.models import User


class Command(changepassword.Command):
    help = "Asks for a new password for a member, by e-mail, and ends all of their log-ins."

    def handle(self, *args: Any, **options: Any) -> str:
        said = super().handle(*args, **options)
        passwords.end_what_it_opened(User.objects.get_by_natural_key(options["username"]))
        return str(said)
