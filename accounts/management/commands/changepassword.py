"""`manage.py changepassword`: like Django's, and with the old password end the log-ins that it opened."""

from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.core.management.base import CommandError

from accounts import passwords
from accounts.models import User, normalised_email
from config.problems import Problem

TRIES = 3
PROMPTS = ("Password: ", "Password (again): ")


class Command(changepassword.Command):
    """Django's own writes all of the member as they were before somebody typed, and undoes a ban of meanwhile."""

    help = "Asks for a new password for a member, by e-mail, and ends all of their log-ins."

    def handle(self, *args: Any, **options: Any) -> str:
        user = User.objects.filter(email=normalised_email(options["username"]) or "").first()
        if user is None:
            raise CommandError("There is no member with this address.")
        self.stdout.write(f"Changing the password of {user.email}.")
        user.set_password(self.asked_for(user))
        passwords.put(user)
        return f"Password changed successfully for {user.email}."

    def asked_for(self, user: User) -> str:
        """A password that keeps the rules, typed twice alike."""
        for _try in range(TRIES):
            password, again = (self._get_pass(prompt) for prompt in PROMPTS)  # type: ignore[attr-defined]  # of Django's
            if password != again:
                self.stderr.write("Passwords do not match. Please try again.")
                continue
            try:
                passwords.check_rules(password, user)
            except Problem as broken:
                self.stderr.write("\n".join((broken.errors or {})["password"]))
            else:
                return str(password)
        raise CommandError(f"Nothing was changed after {TRIES} attempts.")
