"""Logging in: one answer and one hash for whoever may not, and what a log-in keeps."""

from collections.abc import Callable
from typing import Any, ClassVar

import httpx
import pytest
from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.models import Session, User

PASSWORD = "a quiet harbour"


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is hashed."""

    hashed: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str) -> str:
        self.hashed.append(password)
        return str(super().encode(password, salt))


@pytest.fixture
def hashed(settings: Any) -> list[str]:
    """The passwords that were hashed since the test began."""
    settings.PASSWORD_HASHERS = ["accounts.tests.test_login.CountingHasher"]
    CountingHasher.hashed.clear()
    return CountingHasher.hashed


def log_in(nobody: httpx.Client, email: Any = "alice@example.com", password: Any = PASSWORD) -> httpx.Response:
    return nobody.post("accounts/login/", json={"email": email, "password": password}, headers={"User-Agent": "Phone"})


def test_the_right_password_gives_the_member_and_two_tokens(alice: Any, nobody: httpx.Client) -> None:
    response = log_in(nobody)
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"user", "access", "refresh"}
    assert body["user"] == alice.get("accounts/me/").json()
    assert nobody.get("accounts/me/", headers={"Authorization": f"Bearer {body['access']}"}).status_code == 200


def test_each_log_in_is_one_of_its_own_and_knows_its_device(alice: Any, nobody: httpx.Client) -> None:
    log_in(nobody)
    nobody.post(
        "accounts/login/",
        json={"email": "alice@example.com", "password": PASSWORD},
        headers={"User-Agent": "x" * 5000},
    )
    devices = [session.device for session in Session.objects.order_by("created_at")]
    assert devices == ["test", "Phone", "x" * 200]


@pytest.mark.parametrize("spelling", ["ALICE@EXAMPLE.COM", "Alice@Example.com", " alice@example.com "])
def test_the_address_is_known_whatever_its_case(alice: Any, nobody: httpx.Client, spelling: str) -> None:
    assert log_in(nobody, spelling).json()["user"]["id"] == str(alice.user.id)


def test_an_unknown_address_and_a_wrong_password_cannot_be_told_apart(
    alice: Any, nobody: httpx.Client, hashed: list[str]
) -> None:
    answers = []
    for email in ("alice@example.com", "unknown@example.com", "no address at all"):
        hashed.clear()
        response = log_in(nobody, email, "not my password")
        assert hashed == ["not my password"]
        body = response.json()
        body.pop("request_id")
        headers = {name for name in response.headers if name not in ("date", "x-request-id")}
        answers.append((response.status_code, body, headers))
    assert answers[0][0] == 401
    assert answers[0][1]["code"] == "wrong_credentials"
    assert answers[0] == answers[1] == answers[2]
    assert Session.objects.count() == 1


def test_a_member_without_a_password_cannot_be_told_from_an_unknown_one(
    alice: Any, nobody: httpx.Client, hashed: list[str]
) -> None:
    alice.user.set_unusable_password()
    alice.user.save()
    hashed.clear()
    assert log_in(nobody, password="!").json()["code"] == "wrong_credentials"
    assert len(hashed) == 1


def test_who_is_banned_learns_it_with_the_right_password_only(member: Callable[..., Any], nobody: httpx.Client) -> None:
    member("Mallory", is_active=False)
    response = log_in(nobody, "mallory@example.com")
    assert (response.status_code, response.json()["code"]) == (403, "banned")
    assert log_in(nobody, "mallory@example.com", "wrong").json()["code"] == "wrong_credentials"
    assert Session.objects.count() == 1


MALFORMED: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"email", "password"}),
    ({"email": "alice@example.com"}, {"password"}),
    *[({"email": "alice@example.com", "password": value}, {"password"}) for value in ("", 12345678, "x" * 129)],
    *[({"email": value, "password": PASSWORD}, {"email"}) for value in (None, ["a"], "", "\u3000", "x" * 255)],
    ({"email": "alice@example.com", "password": PASSWORD, "remember": True}, {"remember"}),
]


def test_a_malformed_log_in_is_named_at_its_field_and_hashes_nothing(
    alice: Any, nobody: httpx.Client, hashed: list[str]
) -> None:
    for nickname in ("No address", "No address either"):
        User.objects.create(nickname=nickname, password="")
    for body, fields in MALFORMED:
        response = nobody.post("accounts/login/", json=body)
        assert (response.status_code, response.json()["code"]) == (400, "invalid"), body
        assert set(response.json()["errors"]) == fields
    assert not hashed


def test_a_password_is_never_trimmed(alice: Any, nobody: httpx.Client) -> None:
    assert log_in(nobody, password=f"{PASSWORD} ").status_code == 401


def test_there_is_no_logging_in_by_address_bar(nobody: httpx.Client) -> None:
    response = nobody.get("accounts/login/", params={"email": "alice@example.com", "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
