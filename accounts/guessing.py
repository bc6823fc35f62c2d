"""How often a password may be guessed, whichever door it is tried at: the API's log-in and the admin's go through here.

Wrong tries count against the pair of account and address, so that nobody can lock a member out from elsewhere. Wrong
tries from everywhere together make the account one under attack: then each address has a few tries only, but has them.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.backends import AllowAllUsersModelBackend
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import normalised_email
from config.limits import addresses, hits

Found = TypeVar("Found")


def guarded(account: str | None, address: str, check: Callable[[], Found | None]) -> Found | None:
    """What `check` finds by a password, None where it was wrong; the try is counted before, not to race.

    Raises Problem `too_many_requests` without having checked, so nothing is hashed and nothing told of the account. A
    first try that is right leaves its hit for the next right one to clear: so an ordinary log-in costs one statement.
    """
    now, name = timezone.now(), normalised_email(account)
    pair = ("login-guess", f"{name} {address}")
    _logins, tries = hits.take(("login", address), pair, now=now)
    if tries > settings.TRIES_UNDER_ATTACK and hits.is_full(("login-account", name), now=now):
        raise hits.refusal(pair, now=now)
    found = check()
    if found is None:
        hits.count(("login-account", name), now=now)
    elif tries > 1:
        hits.clear(pair)
    return found


class GuardedBackend(AllowAllUsersModelBackend):
    """Django's own check of e-mail and password, guarded; banned members are found too, and told so by who asked."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        *,
        address: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """`address` is for who has no request at hand."""
        place = address if request is None else addresses.client(request)
        check = super().authenticate
        return guarded(username, place or "", lambda: check(request, username=username, password=password, **kwargs))
