"""Access and refresh tokens: how they name a log-in, how they rotate, when they end."""

from datetime import timedelta
from functools import lru_cache
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts.models import Session
from config.problems import Problem
from config.statements import Prepared

SESSION_CLAIM = "sid"
# A page sends one token with all that it asks: its signature is looked at once, its time and its log-in always.
GENUINE_MAX = 2048  # of 2 kB each
NAMED = Prepared(lambda login, now: Session.objects.alive(now).filter(id=login).select_related("user"))


def token_pair(session: Session) -> dict[str, str]:
    """`{access, refresh}` of a log-in as it stands; the refresh token ends with the log-in's own time."""
    access, refresh = AccessToken(), RefreshToken()
    for token in (access, refresh):
        token[SESSION_CLAIM] = str(session.id)
        token["sub"] = str(session.user_id)
    refresh["jti"] = str(session.refresh_id)
    refresh.set_exp(from_time=session.expires_at, lifetime=timedelta())
    return {"access": str(access), "refresh": str(refresh)}


def read(kind: type[Token], encoded: str | bytes) -> Token:
    """The token if it is ours, of this kind and unexpired; else Problem `token_invalid`."""
    try:
        token = genuine(kind, encoded)  # type: ignore[arg-type]  # classes are hashable
        token.check_exp(current_time=timezone.now() + token.get_token_backend().get_leeway())  # to the second
    except (TokenError, KeyError, ValueError, TypeError, AttributeError):
        raise Problem("token_invalid") from None
    return token


@lru_cache(GENUINE_MAX)
def genuine(kind: type[Token], encoded: str | bytes) -> Token:
    """A token of ours, whose time may be over since; raises what the library does, and keeps nothing, for others."""
    token = kind(encoded)  # type: ignore[arg-type]  # the library's own callers pass text
    UUID(token[SESSION_CLAIM])
    UUID(token["jti"])
    return token


def session_of(token: Token) -> Session:
    """The living log-in of a token, its member with it in one query; else `session_ended`, `banned`."""
    session = NAMED.first(login=UUID(token[SESSION_CLAIM]), now=timezone.now())
    if session is None:
        raise Problem("session_ended")
    if not session.user.is_active:
        raise Problem("banned")
    return session


def either_kind(encoded: str) -> Token:
    """An access or a refresh token; else `token_invalid`."""
    try:
        return read(AccessToken, encoded)
    except Problem:
        return read(RefreshToken, encoded)


def login_named(encoded: str) -> str:
    """The id of the log-in that a token of ours names, whether or not it lives; empty for any other text."""
    try:
        return str(either_kind(encoded)[SESSION_CLAIM])
    except Problem:
        return ""


def rotate(encoded: str) -> dict[str, str]:
    """A new pair for a refresh token.

    The token before is taken once more within `REFRESH_GRACE_SECONDS`, and gets the same successor, so that two
    tabs or a lost answer cannot fork the log-in; later it was stolen or replayed, and the log-in ends.
    """
    token = read(RefreshToken, encoded)
    session = session_of(token)
    presented, now = UUID(token["jti"]), timezone.now()
    mine = Session.objects.alive().filter(id=session.id)
    successor = uuid4()
    rotated = mine.filter(refresh_id=presented).update(
        refresh_id=successor, previous_refresh_id=presented, rotated_at=Now(), last_seen_at=now
    )
    if rotated:
        session.refresh_id = successor
        return token_pair(session)
    recently = Now() - timedelta(seconds=settings.REFRESH_GRACE_SECONDS)  # by one clock, whichever host was asked
    if mine.filter(previous_refresh_id=presented, rotated_at__gte=recently).update(previous_refresh_id=None):
        session.refresh_from_db(fields=["refresh_id"])
        return token_pair(session)
    mine.end()
    raise Problem("session_ended")
