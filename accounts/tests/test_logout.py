"""Logging out: it really ends the access and the refresh token, and that log-in alone."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from accounts import tokens
from accounts.models import Session


def is_over(nobody: httpx.Client, pair: dict[str, str]) -> bool:
    """Whether both tokens are refused everywhere."""
    header = {"Authorization": f"Bearer {pair['access']}"}
    answers = [
        nobody.get("accounts/me/", headers=header),
        nobody.get("chat/quota/", headers=header),
        nobody.post("accounts/token/refresh/", json={"refresh": pair["refresh"]}),
        nobody.post("accounts/token/verify/", json={"token": pair["access"]}),
        nobody.post("accounts/token/verify/", json={"token": pair["refresh"]}),
    ]
    ended = [(answer.status_code, answer.json().get("code")) == (401, "session_ended") for answer in answers]
    assert all(ended) or not any(ended)
    return all(ended)


@pytest.fixture
def pair(alice: Any) -> dict[str, str]:
    return tokens.token_pair(alice.session)


def expired(access: str) -> str:
    """The same access token, ten minutes later."""
    token = AccessToken(access)  # type: ignore[arg-type]
    token.set_exp(from_time=timezone.now() - timedelta(hours=1))
    return str(token)


def test_the_access_token_alone_ends_the_log_in(alice: Any, nobody: httpx.Client, pair: dict[str, str]) -> None:
    response = alice.post("accounts/logout/")
    assert (response.status_code, response.content) == (204, b"")
    assert is_over(nobody, pair)


def test_an_empty_object_is_as_good_as_no_body(alice: Any, nobody: httpx.Client, pair: dict[str, str]) -> None:
    assert alice.post("accounts/logout/", json={}).status_code == 204
    assert is_over(nobody, pair)


def test_the_refresh_token_alone_ends_the_log_in(nobody: httpx.Client, pair: dict[str, str]) -> None:
    assert nobody.post("accounts/logout/", json={"refresh": pair["refresh"]}).status_code == 204
    assert is_over(nobody, pair)


@pytest.mark.parametrize("header", ["expired", "Bearer garbage", "Bearer", "Basic abc"])
def test_with_the_refresh_token_the_header_may_hold_anything(
    nobody: httpx.Client, pair: dict[str, str], header: str
) -> None:
    header = f"Bearer {expired(pair['access'])}" if header == "expired" else header
    response = nobody.post("accounts/logout/", json={"refresh": pair["refresh"]}, headers={"Authorization": header})
    assert response.status_code == 204
    assert is_over(nobody, pair)


def test_an_expired_access_token_alone_ends_nothing(nobody: httpx.Client, pair: dict[str, str]) -> None:
    header = {"Authorization": f"Bearer {expired(pair['access'])}"}
    response = nobody.post("accounts/logout/", headers=header)
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert not is_over(nobody, pair)


def test_nobody_has_nothing_to_end(nobody: httpx.Client, pair: dict[str, str]) -> None:
    response = nobody.post("accounts/logout/")
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert Session.objects.alive().count() == 1


def test_another_log_in_of_the_same_member_lives_on(alice: Any, nobody: httpx.Client) -> None:
    phone = tokens.token_pair(Session.begin(alice.user, device="Phone"))
    alice.post("accounts/logout/")
    assert not is_over(nobody, phone) or pytest.fail("the phone was logged out too")


def test_the_refresh_token_in_the_body_decides_which_log_in_ends(alice: Any, bob: Any, nobody: httpx.Client) -> None:
    bobs = tokens.token_pair(bob.session)
    alice.post("accounts/logout/", json={"refresh": bobs["refresh"]})
    assert is_over(nobody, bobs)
    assert alice.get("accounts/me/").status_code == 200


def test_logging_out_twice_says_that_the_log_in_has_ended(alice: Any, pair: dict[str, str]) -> None:
    alice.post("accounts/logout/")
    for body in ({}, {"refresh": pair["refresh"]}):
        response = alice.post("accounts/logout/", json=body)
        assert (response.status_code, response.json()["code"]) == (401, "session_ended")


@pytest.mark.parametrize("refresh", ["garbage", "access"])
def test_a_wrong_refresh_token_is_refused_beside_a_good_access_token(
    alice: Any, nobody: httpx.Client, pair: dict[str, str], refresh: str
) -> None:
    response = alice.post("accounts/logout/", json={"refresh": pair.get(refresh, refresh)})
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert alice.get("accounts/me/").status_code == 200


def test_a_malformed_body_ends_nothing(alice: Any) -> None:
    for body in ({"refresh": ""}, {"refresh": None}, {"refresh": 5}, {"all": True}, {"access": "x"}):
        response = alice.post("accounts/logout/", json=body)
        assert (response.status_code, response.json()["code"]) == (400, "invalid"), body
    assert alice.get("accounts/me/").status_code == 200
