"""Signing up and logging in with a password; the other way to begin a log-in is in social.py."""

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.models import Session, User, normalised_email
from config.problems import Problem


def check_code(code: str, *, field: str) -> None:
    """Where the operator closed sign-up, only who knows `SIGNUP_CODE` may; else Problem `invalid` at the field."""
    if settings.SIGNUP_CODE and not constant_time_compare(code, settings.SIGNUP_CODE):
        raise Problem("invalid", errors={field: [_("This sign-up code is not right.")]})


def sign_up(*, email: str, nickname: str, password: str, device: str) -> Session:
    """A new member and their first log-in; a taken address is Problem `email_taken`, also in a race."""
    if User.objects.filter(email=normalised_email(email)).exists():
        raise Problem("email_taken")  # before the hash, which is work
    user = User(email=email, nickname=nickname)
    user.set_password(password)  # outside the transaction: on SQLite every writer would wait for the hash
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            return Session.begin(user, device=device)
    except IntegrityError:
        raise Problem("email_taken") from None


def log_in(*, email: str, password: str, device: str) -> Session:
    """A new log-in, or Problem `wrong_credentials` (after one hash, whether or not the address is known)."""
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise Problem("wrong_credentials")
    if not user.is_active:
        raise Problem("banned")
    return Session.begin(user, device=device)
