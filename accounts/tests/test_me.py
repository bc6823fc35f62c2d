"""One's own profile: what it shows, the one thing that can be changed, and what it never shows."""

import unicodedata
from datetime import datetime
from typing import Any

import httpx
import pytest

from accounts.models import User
from accounts.serializers import UserSerializer


def test_it_shows_exactly_this(alice: Any) -> None:
    body = alice.get("accounts/me/").json()
    assert body == {
        "id": str(alice.user.id),
        "email": "alice@example.com",
        "email_verified": False,
        "nickname": "Alice",
        "date_joined": body["date_joined"],
        "has_password": True,
        "providers": [],
    }
    joined = datetime.fromisoformat(body["date_joined"])
    assert joined == alice.user.date_joined
    assert joined.utcoffset() is not None


def test_a_member_without_address_and_password_is_shown_so(alice: Any) -> None:
    alice.user.email = None
    alice.user.set_unusable_password()
    alice.user.save()
    body = alice.get("accounts/me/").json()
    assert (body["email"], body["has_password"]) == (None, False)


def test_a_verified_address_is_shown_so(alice: Any) -> None:
    User.objects.update(email_verified_at=alice.user.date_joined)
    assert alice.get("accounts/me/").json()["email_verified"] is True


def test_nobody_has_no_profile(nobody: httpx.Client) -> None:
    for method in ("GET", "PATCH"):
        assert nobody.request(method, "accounts/me/").json()["code"] == "not_authenticated"


@pytest.mark.parametrize("nickname", ["앨리스", unicodedata.normalize("NFD", "각" * 30), "  Al  ", "😀" * 30])
def test_the_nickname_can_be_changed(alice: Any, bob: Any, nickname: str) -> None:
    response = alice.patch("accounts/me/", json={"nickname": nickname})
    kept = unicodedata.normalize("NFC", nickname).strip()
    assert response.status_code == 200
    assert response.json() == alice.get("accounts/me/").json()
    assert response.json()["nickname"] == kept
    assert bob.get("accounts/me/").json()["nickname"] == "Bob"


WRONG: list[tuple[dict[str, Any], str]] = [
    *[({"nickname": value}, "nickname") for value in ("", "  ", "가" * 31, 5, None, True, ["Al"], "\u0958" * 16)],
    ({"email": "new@example.com"}, "email"),
    ({"nickname": "Al", "email": "new@example.com"}, "email"),
    *[({name: True}, name) for name in ("id", "is_staff", "is_active", "daily_limit", "password", "has_password")],
]


def test_nothing_else_can_be_changed(alice: Any) -> None:
    before = alice.get("accounts/me/").json()
    for body, field in WRONG:
        response = alice.patch("accounts/me/", json=body)
        assert (response.status_code, response.json()["code"]) == (400, "invalid"), body
        assert set(response.json()["errors"]) == {field}
    assert alice.get("accounts/me/").json() == before


def test_an_empty_change_changes_nothing(alice: Any) -> None:
    before = alice.get("accounts/me/").json()
    response = alice.patch("accounts/me/", json={})
    assert (response.status_code, response.json()) == (200, before)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_refused(alice: Any, method: str) -> None:
    response = alice.request(method, "accounts/me/", json={})
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, PATCH, HEAD, OPTIONS"


def test_no_answer_holds_the_password_or_its_hash(alice: Any, nobody: httpx.Client) -> None:
    stored = User.objects.get().password
    answers = [
        alice.get("accounts/me/"),
        alice.patch("accounts/me/", json={"nickname": "Al"}),
        nobody.post("accounts/login/", json={"email": "alice@example.com", "password": "a quiet harbour"}),
        nobody.post("accounts/login/", json={"email": "alice@example.com", "password": "a quiet harbor!"}),
    ]
    for answer in answers:
        assert stored not in answer.text
        assert stored.rpartition("$")[2] not in answer.text
        assert "a quiet harbo" not in answer.text


def test_who_was_deleted_meanwhile_is_told_so(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    valid = UserSerializer.is_valid

    def deleted_after(serializer: UserSerializer, **options: Any) -> bool:
        is_valid = valid(serializer, **options)
        User.objects.all().delete()
        return is_valid

    monkeypatch.setattr(UserSerializer, "is_valid", deleted_after)
    answer = alice.patch("accounts/me/", json={"nickname": "Alicia"})
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
