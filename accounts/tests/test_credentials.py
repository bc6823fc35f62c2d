"""Every credential in every state on every route of the URL map: what opens, what does not, and with which word."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from django.conf import settings as live_settings
from django.utils import timezone

from accounts import tokens
from accounts.models import Session, User
from chat.tests.test_ownership import METHODS, OPEN, routes
from conftest import PASSWORD

State = Callable[[Any, httpx.Client], str]


def access(person: Any) -> str:
    return tokens.token_pair(person.session)["access"]


def signed(person: Any, key: str, algorithm: str, **changes: Any) -> str:
    claims = jwt.decode(access(person), options={"verify_signature": False})
    return jwt.encode(claims | changes, key, algorithm)


# ---------------------------------------------------------------- Each state makes the token that is tried
def fresh(person: Any, client: httpx.Client) -> str:
    return access(person)


def refreshed(person: Any, client: httpx.Client) -> str:
    body = {"refresh": tokens.token_pair(person.session)["refresh"]}
    return str(client.post("accounts/token/refresh/", json=body).json()["access"])


def before_a_refresh(person: Any, client: httpx.Client) -> str:
    kept = access(person)
    refreshed(person, client)
    return kept


def logged_out(person: Any, client: httpx.Client) -> str:
    kept = access(person)
    person.post("accounts/logout/", json={})
    return kept


def reused_refresh(person: Any, client: httpx.Client) -> str:
    """Its refresh token was taken twice, long apart: somebody has stolen it."""
    old = {"refresh": tokens.token_pair(person.session)["refresh"]}
    kept = refreshed(person, client)
    Session.objects.filter(id=person.session.id).update(rotated_at=timezone.now() - timedelta(minutes=5))
    assert client.post("accounts/token/refresh/", json=old).status_code == 401
    return kept


def changed_password(person: Any, client: httpx.Client) -> str:
    """On another device of the same member."""
    elsewhere = {"Authorization": f"Bearer {tokens.token_pair(Session.begin(person.user, device='phone'))['access']}"}
    body = {"password": "a-better-word-7", "password_confirm": "a-better-word-7", "current": PASSWORD}
    assert client.post("accounts/password/change/", json=body, headers=elsewhere).status_code == 204
    return access(person)


def expired_login(person: Any, client: httpx.Client) -> str:
    Session.objects.filter(id=person.session.id).update(expires_at=timezone.now())
    return access(person)


def banned(person: Any, client: httpx.Client) -> str:
    User.objects.filter(pk=person.user.pk).update(is_active=False)
    return access(person)


def deleted(person: Any, client: httpx.Client) -> str:
    kept = access(person)
    User.objects.get(pk=person.user.pk).delete()
    return kept


def expired(person: Any, client: httpx.Client) -> str:
    return signed(person, live_settings.SECRET_KEY, "HS256", exp=int(timezone.now().timestamp()) - 1)


def other_key(person: Any, client: httpx.Client) -> str:
    return signed(person, "k" * 64, "HS256")


def no_algorithm(person: Any, client: httpx.Client) -> str:
    return signed(person, "", "none")


def another_login(person: Any, client: httpx.Client) -> str:
    return signed(person, live_settings.SECRET_KEY, "HS256", sid=str(uuid4()))


def forged(person: Any, client: httpx.Client) -> str:
    head, body, signature = access(person).split(".")
    return f"{head}.{body}.{signature[::-1]}"


def wrong_kind(person: Any, client: httpx.Client) -> str:
    return tokens.token_pair(person.session)["refresh"]


OPENING: list[State] = [fresh, refreshed, before_a_refresh]
REFUSED: list[tuple[State, int, str]] = [
    (logged_out, 401, "session_ended"),
    (reused_refresh, 401, "session_ended"),
    (changed_password, 401, "session_ended"),
    (expired_login, 401, "session_ended"),
    (deleted, 401, "session_ended"),
    (another_login, 401, "session_ended"),
    (banned, 403, "banned"),
    (expired, 401, "token_invalid"),
    (other_key, 401, "token_invalid"),
    (no_algorithm, 401, "token_invalid"),
    (forged, 401, "token_invalid"),
    (wrong_kind, 401, "token_invalid"),
]


def every_route(*, is_open: bool) -> list[tuple[str, str]]:
    """(method, path) of every route, ids filled with one that nobody has."""
    return [
        (method, re.sub("<uuid:[a-z_]+>", str(uuid4()), re.sub("<slug:[a-z_]+>", "kakao", path)))
        for name, path, view in routes()
        if (name in OPEN) == is_open and path.startswith("api/v1/")
        for method in METHODS
        if hasattr(view, method.lower())
    ]


def sent(client: httpx.Client, token: str, method: str, path: str) -> httpx.Response:
    body: dict[str, str] | None = {} if method in ("POST", "PUT", "PATCH") else None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.request(method, path.removeprefix("api/v1/"), json=body, headers=headers)


@pytest.mark.parametrize("state", OPENING)
def test_what_lives_opens_every_route(member: Any, nobody: httpx.Client, state: State) -> None:
    alice = member("Alice")
    token = state(alice, nobody)
    for method, path in every_route(is_open=False):
        assert sent(nobody, token, method, path).status_code not in (401, 403, 500), (method, path)


@pytest.mark.parametrize(("state", "status", "code"), REFUSED)
def test_what_does_not_live_opens_none_and_says_why(
    alice: Any, nobody: httpx.Client, state: State, status: int, code: str
) -> None:
    token = state(alice, nobody)
    for method, path in every_route(is_open=False):
        response = sent(nobody, token, method, path)
        assert (response.status_code, response.json()["code"]) == (status, code), (method, path)


@pytest.mark.parametrize("state", [state for state, _, _ in REFUSED])
def test_open_routes_do_not_care_what_is_sent_along(alice: Any, nobody: httpx.Client, state: State) -> None:
    token = state(alice, nobody)
    looking = {"api/v1/accounts/logout/", "api/v1/accounts/social/token/"}  # these read a token on purpose
    for method, path in every_route(is_open=True):
        if path not in looking:
            with_token, without = sent(nobody, token, method, path), sent(nobody, "", method, path)
            assert with_token.status_code == without.status_code, (method, path)
