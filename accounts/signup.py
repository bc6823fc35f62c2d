"""Signing up and logging in with a password; the other way to begin a log-in is in social.py."""

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts import emails
from accounts.models import Session, User, normalised_email
from config.limits import hits
from config.problems import Problem


def check_code(code: str, *, field: str) -> None:
    """Where the operator closed sign-up, only who knows `SIGNUP_CODE` may; else Problem `invalid` at the field."""
    if settings.SIGNUP_CODE and not constant_time_compare(code, settings.SIGNUP_CODE):
        raise Problem("invalid", errors={field: [_("This sign-up code is not right.")]})


def admit(code: str, *, field: str, address: str) -> None:
    """One more sign-up from an address, by whichever way; wrong codes count too, lest they be guessed.

    Raises Problem `too_many_requests`, and `invalid` as `check_code` does.
    """
    hits.take(("signup", address), now=timezone.now())
    check_code(code, field=field)


def sign_up(*, email: str, nickname: str, password: str, code: str, device: str, address: str) -> Session:
    """A new member and their first log-in.

    Problems: those of `admit`, and `email_taken`, also in a race.
    """
    admit(code, field="code", address=address)
    if User.objects.filter(email=normalised_email(email)).exists():
        raise Problem("email_taken")  # before the hash, which is work
    user = User(email=email, nickname=nickname)
    user.set_password(password)  # outside the transaction: on SQLite every writer would wait for the hash
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            emails.ask_to_confirm(user)
            return Session.begin(user, device=device)
    except IntegrityError:
        raise Problem("email_taken") from None


def log_in(*, email: str, password: str, device: str, address: str) -> Session:
    """A new log-in.

    Problems: `wrong_credentials` (after one hash, whether or not the e-mail is known), `banned`, and
    `too_many_requests` (before any) of who guesses.
    """
    user = authenticate(username=email, password=password, address=address)
    if not isinstance(user, User):
        raise Problem("wrong_credentials")
    if not user.is_active:
        raise Problem("banned")
    with transaction.atomic():
        # A change of the password ends every log-in; one that was under way meanwhile must not slip in behind it.
        if not User.objects.select_for_update().filter(pk=user.pk, password=user.password):
            raise Problem("wrong_credentials")
        return Session.begin(user, device=device)
