"""Access tokens: which open something, which never do, and what ends them."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from django.conf import settings as live_settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts import tokens
from accounts.authentication import SessionTokenAuthentication
from accounts.models import Session
from config.problems import Problem

NO_ALGORITHM = b'{"alg": "NONE", "typ": "JWT"}'


def opens(nobody: httpx.Client, header: str | bytes) -> httpx.Response:
    raw = header if isinstance(header, bytes) else header.encode()
    return nobody.get("accounts/me/", headers={b"Authorization": raw})


def claims_of(session: Session, **changes: Any) -> dict[str, Any]:
    access = tokens.token_pair(session)["access"]
    return jwt.decode(access, options={"verify_signature": False}) | changes


def segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


FORGERIES = (
    "other key,other algorithm,no algorithm,no algorithm in capitals,stripped signature,changed log-in,expired,"
    "without an end,without a log-in,a log-in that is no id,a log-in that is a list,refresh token,another kind,garbage,"
    "dots,deeply nested,very long,percent"
).split(",")


def forged(kind: str, session: Session) -> str:
    """A token that is not ours, or not an access token, or no longer."""
    claims, pair = claims_of(session), tokens.token_pair(session)
    body = segment(json.dumps(claims | {"sid": str(uuid4())}).encode())
    past = int((timezone.now() - timedelta(seconds=1)).timestamp())
    key = live_settings.SECRET_KEY
    made: dict[str, Callable[[], str]] = {
        "other key": lambda: jwt.encode(claims, "k" * 64, "HS256"),
        "other algorithm": lambda: jwt.encode(claims, key, "HS512"),
        "no algorithm": lambda: jwt.encode(claims, "", "none"),
        "no algorithm in capitals": lambda: ".".join([segment(NO_ALGORITHM), body, ""]),
        "stripped signature": lambda: pair["access"].rpartition(".")[0] + ".",
        "changed log-in": lambda: ".".join([*pair["access"].split(".")[:1], body, pair["access"].split(".")[2]]),
        "expired": lambda: jwt.encode(claims | {"exp": past}, key, "HS256"),
        "without an end": lambda: jwt.encode({k: v for k, v in claims.items() if k != "exp"}, key, "HS256"),
        "without a log-in": lambda: jwt.encode({k: v for k, v in claims.items() if k != "sid"}, key, "HS256"),
        "a log-in that is no id": lambda: jwt.encode(claims | {"sid": "1 OR 1=1"}, key, "HS256"),
        "a log-in that is a list": lambda: jwt.encode(claims | {"sid": [claims["sid"]]}, key, "HS256"),
        "refresh token": lambda: pair["refresh"],
        "another kind": lambda: jwt.encode(claims | {"token_type": "sliding"}, key, "HS256"),
        "garbage": lambda: "garbage",
        "dots": lambda: "..",
        "deeply nested": lambda: f"{segment(b'[' * 5000)}.{body}.x",
        "very long": lambda: "x" * 30_000,
        "percent": lambda: "%00%ff",
    }
    return made[kind]()


def test_what_is_not_our_living_access_token_opens_nothing(alice: Any, nobody: httpx.Client) -> None:
    for kind in FORGERIES:
        response = opens(nobody, f"Bearer {forged(kind, alice.session)}")
        assert (response.status_code, response.json()["code"]) == (401, "token_invalid"), kind
        assert response.headers["WWW-Authenticate"].startswith("Bearer"), kind


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "bearer x", "Bearer \u00e9", "Bearer a.b.c d"])
def test_a_bearer_header_without_one_token_is_refused(nobody: httpx.Client, header: str) -> None:
    response = opens(nobody, header.encode("latin-1"))
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_bearer_with_a_good_token_and_another_word_is_refused(alice: Any, nobody: httpx.Client) -> None:
    access = tokens.token_pair(alice.session)["access"]
    assert opens(nobody, f"Bearer {access} {access}").json()["code"] == "token_invalid"


@pytest.mark.parametrize("header", ["", "Basic YWxpY2U6eA==", "Token abc", "Bearerx"])
def test_without_a_bearer_token_one_is_asked_to_log_in(nobody: httpx.Client, header: str) -> None:
    response = opens(nobody, header)
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_an_access_token_opens_whatever_the_schemes_case(alice: Any, nobody: httpx.Client, scheme: str) -> None:
    response = opens(nobody, f"{scheme} {tokens.token_pair(alice.session)['access']}")
    assert response.json()["id"] == str(alice.user.id)


def test_a_token_in_the_query_or_a_cookie_opens_nothing(alice: Any, nobody: httpx.Client) -> None:
    access = tokens.token_pair(alice.session)["access"]
    sent = {"params": {"token": access, "access_token": access}, "headers": {"Cookie": f"access={access}"}}
    assert nobody.request("GET", "accounts/me/", **sent).json()["code"] == "not_authenticated"  # type: ignore[arg-type]


def test_tokens_live_as_long_as_the_settings_say(alice: Any) -> None:
    pair = tokens.token_pair(alice.session)
    access, refresh = AccessToken(pair["access"]), RefreshToken(pair["refresh"])  # type: ignore[arg-type]
    assert access["exp"] - access["iat"] == live_settings.ACCESS_TOKEN_MINUTES * 60
    assert refresh["exp"] == int(alice.session.expires_at.timestamp())
    expected = timedelta(days=live_settings.REFRESH_TOKEN_DAYS)
    assert alice.session.expires_at - alice.session.created_at - expected < timedelta(seconds=5)


def test_a_token_holds_ids_and_no_words(alice: Any) -> None:
    for token in tokens.token_pair(alice.session).values():
        claims = jwt.decode(token, options={"verify_signature": False})
        assert set(claims) == {"token_type", "exp", "iat", "jti", "sid", "sub"}


def test_a_ban_reaches_tokens_that_were_given_out(alice: Any) -> None:
    refresh = tokens.token_pair(alice.session)["refresh"]
    type(alice.user).objects.update(is_active=False)
    for response in (alice.get("accounts/me/"), alice.post("accounts/token/refresh/", json={"refresh": refresh})):
        assert (response.status_code, response.json()["code"]) == (403, "banned")


def test_what_was_unbanned_opens_again(alice: Any) -> None:
    type(alice.user).objects.update(is_active=False)
    alice.get("accounts/me/")
    type(alice.user).objects.update(is_active=True)
    assert alice.get("accounts/me/").status_code == 200


def test_a_log_in_that_has_run_out_ends_its_tokens(alice: Any) -> None:
    Session.objects.update(expires_at=timezone.now())
    response = alice.get("accounts/me/")
    assert (response.status_code, response.json()["code"]) == (401, "session_ended")


def test_tokens_of_a_deleted_member_are_refused(alice: Any) -> None:
    refresh = tokens.token_pair(alice.session)["refresh"]
    alice.user.delete()
    for response in (
        alice.get("accounts/me/"),
        alice.post("accounts/token/refresh/", json={"refresh": refresh}),
        alice.post("accounts/token/verify/", json={"token": refresh}),
        alice.post("accounts/logout/", json={"refresh": refresh}),
        alice.post("accounts/logout/"),
    ):
        assert (response.status_code, response.json()["code"]) == (401, "session_ended")


def test_a_changed_hash_ends_no_log_in(alice: Any) -> None:
    alice.user.set_password("another long one")
    alice.user.save()
    assert alice.get("accounts/me/").status_code == 200


def test_one_query_finds_the_member_and_the_log_in(alice: Any, django_assert_num_queries: Any) -> None:
    header = {"Authorization": f"Bearer {tokens.token_pair(alice.session)['access']}"}
    request = Request(APIRequestFactory().get("/", headers=header))
    with django_assert_num_queries(1):
        found = SessionTokenAuthentication().authenticate(request)
        assert found is not None
        assert (found[0].email, found[1].id, found[1].user) == ("alice@example.com", alice.session.id, found[0])


def test_a_forged_token_costs_no_query(alice: Any, django_assert_num_queries: Any) -> None:
    request = Request(APIRequestFactory().get("/", headers={"Authorization": "Bearer a.b.c"}))
    with django_assert_num_queries(0), pytest.raises(Problem):
        SessionTokenAuthentication().authenticate(request)


class TestVerify:
    """`token/verify/`: whether a token still opens something, so that a page can show its log-out button."""

    @pytest.mark.parametrize("kind", ["access", "refresh"])
    def test_both_kinds_are_good_while_the_log_in_lives(self, alice: Any, nobody: httpx.Client, kind: str) -> None:
        token = tokens.token_pair(alice.session)[kind]
        response = nobody.post("accounts/token/verify/", json={"token": token})
        assert (response.status_code, response.json()) == (200, {})
        Session.objects.end()
        response = nobody.post("accounts/token/verify/", json={"token": token})
        assert (response.status_code, response.json()["code"]) == (401, "session_ended")

    def test_what_is_not_ours_is_not_verified(self, alice: Any, nobody: httpx.Client) -> None:
        for kind in FORGERIES:
            token = forged(kind, alice.session)
            if kind != "refresh token" and len(token) <= 2048:
                response = nobody.post("accounts/token/verify/", json={"token": token})
                assert (response.status_code, response.json()["code"]) == (401, "token_invalid"), kind

    def test_a_malformed_question_is_400(self, nobody: httpx.Client) -> None:
        for body in ({}, {"token": ""}, {"token": 5}, {"token": "x" * 2049}, {"token": "x", "kind": "access"}):
            response = nobody.post("accounts/token/verify/", json=body)
            assert (response.status_code, response.json()["code"]) == (400, "invalid"), body

    def test_a_ban_is_said(self, alice: Any, nobody: httpx.Client) -> None:
        type(alice.user).objects.update(is_active=False)
        response = nobody.post("accounts/token/verify/", json={"token": tokens.token_pair(alice.session)["access"]})
        assert (response.status_code, response.json()["code"]) == (403, "banned")


def test_a_token_that_opened_a_moment_ago_does_not_open_after_its_time(alice: Any, monkeypatch: Any) -> None:
    access = tokens.token_pair(alice.session)["access"]
    assert tokens.read(AccessToken, access)["sub"] == str(alice.user.pk)
    later = timezone.now() + timedelta(minutes=live_settings.ACCESS_TOKEN_MINUTES) + timedelta(seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    with pytest.raises(Problem) as ended:
        tokens.read(AccessToken, access)
    assert ended.value.code == "token_invalid"


def test_a_refresh_token_opens_nothing_once_it_was_read_as_one(alice: Any) -> None:
    refresh = tokens.token_pair(alice.session)["refresh"]
    assert tokens.read(RefreshToken, refresh)
    with pytest.raises(Problem):
        tokens.read(AccessToken, refresh)
