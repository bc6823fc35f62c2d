"""Signing up and logging in: the two ways to begin a log-in."""

from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction

from accounts.models import Session, User, normalised_email
from config.problems import Problem


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
