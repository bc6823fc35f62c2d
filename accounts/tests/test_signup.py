"""Signing up: what is taken, what is refused and at which field, and that an address has one account."""

import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection

from accounts import signup
from accounts.models import Session, User
from config.problems import Problem

PASSWORD = "a quiet harbour"
RACERS = 8
SignUp = Callable[..., httpx.Response]


@pytest.fixture
def sign_up(nobody: httpx.Client) -> SignUp:
    """Posts a good sign-up with some fields changed; None leaves one out."""

    def post(language: str = "en", **changes: Any) -> httpx.Response:
        fields = {"email": "carol@example.com", "nickname": "Carol", "password": PASSWORD} | changes
        fields.setdefault("password_confirm", fields["password"])
        body = {name: value for name, value in fields.items() if value is not None}
        return nobody.post("accounts/signup/", json=body, headers={"Accept-Language": language})

    return post


def errors(response: httpx.Response) -> dict[str, list[str]]:
    assert (response.status_code, response.json()["code"]) == (400, "invalid"), response.text
    assert not User.objects.exists()
    return dict(response.json()["errors"])


def test_whoever_signs_up_is_logged_in(sign_up: SignUp, nobody: httpx.Client) -> None:
    response = sign_up()
    assert response.status_code == 201
    body = response.json()
    assert set(body) == {"user", "access", "refresh"}
    me = nobody.get("accounts/me/", headers={"Authorization": f"Bearer {body['access']}"})
    assert me.json() == body["user"]
    assert nobody.post("accounts/token/refresh/", json={"refresh": body["refresh"]}).status_code == 200


def test_the_new_member_is_shown_as_they_are(sign_up: SignUp) -> None:
    user = sign_up(email=" Carol@Example.COM ", nickname="  캐럴 ").json()["user"]
    row = User.objects.get()
    assert user == {
        "id": str(row.id),
        "email": "carol@example.com",
        "email_verified": False,
        "nickname": "캐럴",
        "date_joined": user["date_joined"],
        "has_password": True,
        "providers": [],
    }
    assert row.check_password(PASSWORD)
    assert not row.is_staff
    assert not row.is_superuser


VALUES: dict[str, list[Any]] = {
    "email": [None, "", "carol", "carol@", "@example.com", "a b@example.com", 5, [], True],
    "nickname": [None, "", "   ", "가" * 31, 5, False, ["Carol"], {}],
    "password": [None, "", 12345678901, "x" * 129, "short 7", "password", "83017465920"],
    "password_confirm": [None, "", "a quiet harbor", f"{PASSWORD} ", 5],
    "code": [5, ["x"], {}, "x" * 101],
}
WRONG: list[tuple[str, Any]] = [
    *[(name, value) for name, values in VALUES.items() for value in values],
    ("email", f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.com"),
    ("email", f"a@{'.'.join(['İ' * 60] * 4)}.com"),  # 254 characters only while it is in upper case
    ("password", "carol@example"),  # too much like the address
    *[(name, True) for name in ("is_staff", "is_superuser", "daily_limit", "id", "email_verified", "providers")],
]


def test_what_is_wrong_is_named_at_its_field(sign_up: SignUp) -> None:
    for field, value in WRONG:
        given: dict[str, Any] = {"password_confirm": PASSWORD} | {field: value}
        if field == "password":
            given["password_confirm"] = value
        found = errors(sign_up(**given))
        assert found.get(field), (field, value)
        assert set(found) <= {field, "password_confirm"}, (field, value)


def test_every_wrong_field_is_named_at_once(sign_up: SignUp) -> None:
    found = errors(sign_up(email="carol", nickname="", password="short", extra=1))
    assert set(found) == {"extra"}  # an unknown key means a program's mistake, which comes first
    assert set(errors(sign_up(email="carol", nickname="", password="short"))) == {"email", "nickname", "password"}


@pytest.mark.parametrize("nickname", ["가" * 30, "😀" * 30, unicodedata.normalize("NFD", "각" * 30), "C", "<b>&\"'"])
def test_a_nickname_has_30_characters_however_they_are_composed(sign_up: SignUp, nickname: str) -> None:
    response = sign_up(nickname=nickname)
    assert response.status_code == 201, response.text
    assert response.json()["user"]["nickname"] == unicodedata.normalize("NFC", nickname)
    assert User.objects.get().nickname == unicodedata.normalize("NFC", nickname)


def test_a_nickname_need_not_be_unique(sign_up: SignUp) -> None:
    assert sign_up().status_code == 201
    assert sign_up(email="another@example.com").status_code == 201


@pytest.mark.parametrize("password", [f" {PASSWORD} ", "비밀번호는길게씁니다", "x1" * 64, "😀" * 8])
def test_a_password_is_taken_to_the_letter(sign_up: SignUp, password: str) -> None:
    assert sign_up(password=password).status_code == 201
    assert User.objects.get().check_password(password)


@pytest.mark.parametrize(
    ("password", "english", "korean"),
    [
        ("short 7", "too short", "너무 짧습니다"),
        ("password", "too common", "너무 흔히"),
        ("83017465920", "entirely numeric", "전부 숫자"),
        ("carol@example", "too similar to the e-mail", "와(과) 너무 비슷합니다"),
    ],
)
def test_djangos_password_rules_are_said_in_both_languages(
    sign_up: SignUp, password: str, english: str, korean: str
) -> None:
    assert english in " ".join(errors(sign_up(password=password))["password"])
    assert korean in " ".join(errors(sign_up("ko", password=password))["password"])


def test_a_password_is_compared_with_no_more_than_a_member_may_have(
    sign_up: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each word of the two costs a comparison, before anything counts the request."""
    compared: list[User] = []
    monkeypatch.setattr("accounts.serializers.validate_password", lambda _password, user: compared.append(user))
    assert set(errors(sign_up(nickname="a " * 15_000, email="a." * 14_000))) == {"email", "nickname"}
    assert [(len(user.nickname), len(user.email or "")) for user in compared] == [(30, 254)]


def test_a_password_like_the_nickname_is_refused(sign_up: SignUp) -> None:
    assert errors(sign_up(nickname="harbourmaster", password="harbourmaster"))["password"]


@pytest.mark.parametrize(
    "spelling", ["carol@example.com", "CAROL@EXAMPLE.COM", "Carol@Example.Com", " carol@example.com"]
)
def test_a_taken_address_is_a_conflict_whatever_its_case(sign_up: SignUp, spelling: str) -> None:
    sign_up(email="carol@Example.com")
    response = sign_up(email=spelling, nickname="Another", password="another long one")
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert User.objects.get().nickname == "Carol"
    assert Session.objects.count() == 1


class StartingGun(MD5PasswordHasher):
    """Hashes when all racers have come, so that each has seen the address free."""

    gun = threading.Barrier(RACERS)

    def encode(self, password: str, salt: str) -> str:
        self.gun.wait(timeout=10)
        return str(super().encode(password, salt))


def test_of_eight_who_found_the_address_free_one_gets_it(transactional_db: None, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["accounts.tests.test_signup.StartingGun"]

    def race(number: int) -> str:
        email = "carol@example.com" if number % 2 else "Carol@Example.com"
        try:
            signup.sign_up(email=email, nickname=f"Carol {number}", password=PASSWORD, code="", device="", address="")
            return "signed up"
        except Problem as problem:
            return problem.code
        finally:
            connection.close()

    with ThreadPoolExecutor(RACERS) as pool:
        outcomes = sorted(pool.map(race, range(RACERS)))
    assert outcomes == ["email_taken"] * (RACERS - 1) + ["signed up"]
    assert (User.objects.count(), Session.objects.count()) == (1, 1)


def test_eight_sign_ups_at_once_answer_201_once(sign_up: SignUp) -> None:
    with ThreadPoolExecutor(RACERS) as pool:
        statuses = sorted(pool.map(lambda _: sign_up().status_code, range(RACERS)))
    assert statuses == [201] + [409] * (RACERS - 1)


@pytest.mark.parametrize("code", [None, "", "wrong", "문 "])
def test_without_the_operators_code_nobody_signs_up(sign_up: SignUp, settings: Any, code: str | None) -> None:
    settings.SIGNUP_CODE = "열려라 참깨"
    assert set(errors(sign_up(code=code))) == {"code"}


def test_the_operators_code_opens_the_door(sign_up: SignUp, settings: Any) -> None:
    settings.SIGNUP_CODE = "열려라 참깨"
    assert sign_up(code="열려라 참깨").status_code == 201


def test_without_the_code_one_does_not_learn_which_addresses_are_known(sign_up: SignUp, settings: Any) -> None:
    sign_up()
    settings.SIGNUP_CODE = "sesame"
    assert sign_up(code="wrong").status_code == sign_up(email="new@example.com", code="wrong").status_code == 400


def test_a_code_that_nobody_asked_for_is_no_mistake(sign_up: SignUp) -> None:
    assert sign_up(code="anything").status_code == 201


def test_a_body_that_is_missing_asks_for_every_field(nobody: httpx.Client) -> None:
    response = nobody.post("accounts/signup/")
    assert set(errors(response)) == {"email", "nickname", "password", "password_confirm"}


@pytest.mark.parametrize("body", ["[]", '"carol"', "5", "null", "true", '[{"email": "carol@example.com"}]'])
def test_a_body_that_is_no_object_is_refused(nobody: httpx.Client, body: str) -> None:
    response = nobody.post("accounts/signup/", content=body, headers={"Content-Type": "application/json"})
    assert set(errors(response)) == {"non_field_errors"}


def test_a_token_that_happens_to_be_sent_is_not_looked_at(nobody: httpx.Client) -> None:
    body = {"email": "c@example.com", "nickname": "C", "password": PASSWORD, "password_confirm": PASSWORD}
    response = nobody.post("accounts/signup/", json=body, headers={"Authorization": "Bearer rubbish"})
    assert response.status_code == 201
