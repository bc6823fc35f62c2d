"""Refreshing: tokens rotate, a lost answer is forgiven once, a replay ends the log-in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from django.conf import settings as live_settings
from django.utils import timezone

from accounts import tokens
from accounts.models import Session


def refresh(nobody: httpx.Client, token: Any) -> httpx.Response:
    return nobody.post("accounts/token/refresh/", json={"refresh": token})


def id_of(response: httpx.Response) -> str:
    """What tells one refresh token from the next."""
    return str(jwt.decode(response.json()["refresh"], options={"verify_signature": False})["jti"])


def access_status(nobody: httpx.Client, access: str) -> int:
    return nobody.get("accounts/me/", headers={"Authorization": f"Bearer {access}"}).status_code


@pytest.fixture
def first(alice: Any) -> str:
    """Alice's first refresh token."""
    return tokens.token_pair(alice.session)["refresh"]


def rotated_seconds_ago(seconds: float) -> None:
    Session.objects.update(rotated_at=timezone.now() - timedelta(seconds=seconds))


def test_a_refresh_token_gives_a_new_pair_that_opens(nobody: httpx.Client, first: str) -> None:
    response = refresh(nobody, first)
    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh"}
    assert response.json()["refresh"] != first
    assert access_status(nobody, response.json()["access"]) == 200
    assert refresh(nobody, response.json()["refresh"]).status_code == 200


def test_the_log_in_is_not_lengthened_by_refreshing(nobody: httpx.Client, first: str, alice: Any) -> None:
    token = refresh(nobody, first).json()["refresh"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] == int(alice.session.expires_at.timestamp())


def test_a_refresh_is_a_sign_of_life(nobody: httpx.Client, first: str) -> None:
    Session.objects.update(last_seen_at=timezone.now() - timedelta(days=3))
    refresh(nobody, first)
    assert timezone.now() - Session.objects.get().last_seen_at < timedelta(minutes=1)


def test_a_phone_that_lost_the_answer_gets_the_same_successor_once_more(nobody: httpx.Client, first: str) -> None:
    lost = refresh(nobody, first)
    rotated_seconds_ago(live_settings.REFRESH_GRACE_SECONDS - 5)
    again = refresh(nobody, first)
    assert again.status_code == 200
    assert id_of(again) == id_of(lost)
    assert access_status(nobody, again.json()["access"]) == 200
    assert refresh(nobody, again.json()["refresh"]).status_code == 200


def ends_everything(nobody: httpx.Client, response: httpx.Response, living: httpx.Response) -> bool:
    """Whether an answer ended the log-in: it, the newest access token and the newest refresh token are refused."""
    assert (response.status_code, response.json()["code"]) == (401, "session_ended")
    assert access_status(nobody, living.json()["access"]) == 401
    assert refresh(nobody, living.json()["refresh"]).json()["code"] == "session_ended"
    return not Session.objects.alive().exists()


def test_a_third_time_ends_the_log_in(nobody: httpx.Client, first: str) -> None:
    living = refresh(nobody, first)
    refresh(nobody, first)
    assert ends_everything(nobody, refresh(nobody, first), living)


def test_the_token_before_is_refused_after_30_seconds_and_ends_the_log_in(nobody: httpx.Client, first: str) -> None:
    assert live_settings.REFRESH_GRACE_SECONDS == 30
    living = refresh(nobody, first)
    rotated_seconds_ago(30.5)
    assert ends_everything(nobody, refresh(nobody, first), living)


def test_an_older_token_ends_the_log_in_at_once(nobody: httpx.Client, first: str) -> None:
    living = refresh(nobody, refresh(nobody, first).json()["refresh"])
    assert ends_everything(nobody, refresh(nobody, first), living)


def test_a_replay_ends_that_log_in_and_no_other(alice: Any, nobody: httpx.Client, first: str) -> None:
    other = Session.begin(alice.user, device="other")
    for _ in range(3):
        refresh(nobody, first)
    assert access_status(nobody, tokens.token_pair(other)["access"]) == 200
    assert refresh(nobody, tokens.token_pair(other)["refresh"]).status_code == 200


def test_twenty_tabs_at_once_never_get_two_different_successors(nobody: httpx.Client, first: str) -> None:
    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(lambda _: refresh(nobody, first), range(20)))
    taken = [response for response in responses if response.status_code == 200]
    assert len({id_of(response) for response in taken}) == 1
    assert len(taken) <= 2
    assert {response.status_code for response in responses} == {200, 401}
    assert not Session.objects.alive().exists()


def test_two_tabs_at_once_both_stay_logged_in(nobody: httpx.Client, first: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: refresh(nobody, first), range(2))
    assert (one.status_code, other.status_code) == (200, 200)
    assert id_of(one) == id_of(other)
    assert refresh(nobody, one.json()["refresh"]).status_code == 200


def test_an_access_token_refreshes_nothing(alice: Any, nobody: httpx.Client) -> None:
    response = refresh(nobody, tokens.token_pair(alice.session)["access"])
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert Session.objects.alive().exists()


def test_an_expired_refresh_token_is_refused(alice: Any, nobody: httpx.Client) -> None:
    alice.session.expires_at = timezone.now() - timedelta(seconds=1)
    alice.session.save()
    response = refresh(nobody, tokens.token_pair(alice.session)["refresh"])
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")


def test_a_refresh_token_of_another_key_ends_nothing(first: str, nobody: httpx.Client) -> None:
    claims = jwt.decode(first, options={"verify_signature": False})
    response = refresh(nobody, jwt.encode(claims, "k" * 64, "HS256"))
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert Session.objects.alive().exists()


def test_garbage_is_an_invalid_token(nobody: httpx.Client) -> None:
    for token in ("garbage", "a.b.c", "é", "😀", "..", "x" * 2048):
        response = refresh(nobody, token)
        assert (response.status_code, response.json()["code"]) == (401, "token_invalid"), token


def test_what_cannot_be_a_token_is_named_at_its_field(nobody: httpx.Client) -> None:
    tokens_that_are_none: list[Any] = ["", None, 5, [], "x" * 2049]
    for token in tokens_that_are_none:
        response = refresh(nobody, token)
        assert (response.status_code, set(response.json()["errors"])) == (400, {"refresh"}), token
