"""Guessing a password: held before anything is hashed, at every door, without locking the member out from elsewhere."""

import random
import re
import statistics
import time
import timeit
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.db import connection
from django.utils import timezone

from accounts import signup
from accounts.models import Session, User
from accounts.tests.test_login import CountingHasher
from chat.tests.processes import host
from config.limits.models import Counter
from config.problems import Problem

PASSWORD = "a quiet harbour"
ALICE = "alice@example.com"
HERE, ELSEWHERE = "203.0.113.1", "203.0.113.2"


def log_in(nobody: httpx.Client, password: str, *, email: str = ALICE, address: str = HERE) -> httpx.Response:
    body = {"email": email, "password": password}
    return nobody.post("accounts/login/", json=body, headers={"X-Forwarded-For": address})


def statuses(nobody: httpx.Client, *passwords: str, **more: str) -> list[int]:
    return [log_in(nobody, password, **more).status_code for password in passwords]


def windows_end() -> None:
    Counter.objects.update(ends_at=timezone.now())


@pytest.fixture
def hashed(settings: Any) -> list[str]:
    """The passwords that were hashed since the test began."""
    settings.PASSWORD_HASHERS = ["accounts.tests.test_login.CountingHasher"]
    CountingHasher.hashed.clear()
    return CountingHasher.hashed


def test_after_ten_wrong_tries_nothing_is_hashed_and_the_wait_is_told(
    alice: Any, nobody: httpx.Client, hashed: list[str]
) -> None:
    assert statuses(nobody, *["wrong"] * 10) == [401] * 10
    hashed.clear()
    response = log_in(nobody, "wrong")
    assert (response.status_code, response.json()["code"]) == (429, "too_many_requests")
    left = Counter.objects.get(key__startswith="login-guess:").ends_at - timezone.now()
    assert 0 <= int(response.headers["Retry-After"]) - left.total_seconds() <= 2
    assert 895 <= int(response.headers["Retry-After"]) <= 900
    assert response.json()["detail"] == "Too many requests. Please come back in 15 min."
    assert log_in(nobody, PASSWORD).status_code == 429  # and the right one is not told either
    assert not hashed


def test_when_the_window_ends_one_may_try_again(alice: Any, nobody: httpx.Client) -> None:
    assert statuses(nobody, *["wrong"] * 11)[-1] == 429
    windows_end()
    assert statuses(nobody, "wrong", PASSWORD) == [401, 200]


def test_the_member_gets_in_from_elsewhere(alice: Any, nobody: httpx.Client) -> None:
    assert statuses(nobody, *["wrong"] * 30).count(401) == 10
    assert log_in(nobody, PASSWORD, address=ELSEWHERE).status_code == 200
    assert log_in(nobody, PASSWORD).status_code == 429  # which frees nobody who guesses


def test_other_members_get_in_from_there(alice: Any, bob: Any, nobody: httpx.Client) -> None:
    statuses(nobody, *["wrong"] * 30)
    assert log_in(nobody, PASSWORD, email="bob@example.com").status_code == 200


@pytest.mark.parametrize("spelling", ["ALICE@EXAMPLE.COM", " alice@example.com ", "Alice@Example.com"])
def test_another_spelling_is_the_same_account(alice: Any, nobody: httpx.Client, spelling: str) -> None:
    statuses(nobody, *["wrong"] * 9)
    assert statuses(nobody, "wrong", "wrong", email=spelling) == [401, 429]


def test_a_network_of_ipv6_is_one_address(alice: Any, nobody: httpx.Client) -> None:
    found = [log_in(nobody, "wrong", address=f"2001:db8::{number:x}").status_code for number in range(1, 13)]
    assert found == [401] * 10 + [429] * 2


def test_who_logs_in_rightly_is_never_held(alice: Any, nobody: httpx.Client) -> None:
    assert statuses(nobody, *[PASSWORD] * 25) == [200] * 25


def test_a_right_password_clears_what_was_mistyped(alice: Any, nobody: httpx.Client) -> None:
    for _ in range(3):
        assert statuses(nobody, *["wrong"] * 8, PASSWORD) == [401] * 8 + [200]
    assert statuses(nobody, *["wrong"] * 9) == [401] * 9


def test_at_the_limit_too_known_and_unknown_cannot_be_told_apart(alice: Any, nobody: httpx.Client) -> None:
    seen = []
    for email in (ALICE, "unknown@example.com", "no address at all"):
        answers = [log_in(nobody, "wrong", email=email) for _ in range(12)]
        for answer in answers:
            assert answer.headers.pop("Date")
            assert answer.headers.pop("X-Request-ID")
            answer.headers["Retry-After"] = answer.headers.get("Retry-After", "")[:1]
        bodies = [answer.json() | {"request_id": ""} for answer in answers]
        seen.append([(a.status_code, body, dict(a.headers)) for a, body in zip(answers, bodies, strict=True)])
    assert seen[0] == seen[1] == seen[2]


# ---------------------------------------------------------------- From many addresses
@pytest.fixture
def under_attack(alice: Any, nobody: httpx.Client, settings: Any) -> None:
    """Alice's account has had its wrong tries of the hour, from as many addresses."""
    settings.LIMITS = settings.LIMITS | {"login-account": (6, 3600)}
    for number in range(6):
        assert log_in(nobody, "wrong", address=f"198.51.100.{number}").status_code == 401


def test_under_attack_an_address_has_two_wrong_tries(under_attack: None, nobody: httpx.Client) -> None:
    assert statuses(nobody, "wrong", "wrong", "wrong", PASSWORD) == [401, 401, 429, 429]
    assert log_in(nobody, "wrong").headers["Retry-After"] in ("898", "899", "900")


def test_under_attack_the_member_gets_in_all_the_same(under_attack: None, nobody: httpx.Client) -> None:
    assert statuses(nobody, "mistyped", PASSWORD, PASSWORD, PASSWORD) == [401, 200, 200, 200]


def test_other_accounts_are_not_under_attack(under_attack: None, bob: Any, nobody: httpx.Client) -> None:
    assert statuses(nobody, *["wrong"] * 4, email="bob@example.com") == [401] * 4


def test_an_attack_is_over_when_its_hour_is(under_attack: None, nobody: httpx.Client) -> None:
    windows_end()
    assert statuses(nobody, *["wrong"] * 4) == [401] * 4


def test_what_one_address_tries_in_vain_brings_no_account_under_attack(
    alice: Any, nobody: httpx.Client, settings: Any
) -> None:
    settings.LIMITS = settings.LIMITS | {"login-account": (12, 3600)}
    statuses(nobody, *["wrong"] * 40)
    assert statuses(nobody, *["wrong"] * 2, address=ELSEWHERE) == [401] * 2
    assert statuses(nobody, "wrong", address=ELSEWHERE) == [429]  # the twelfth was the last


# ---------------------------------------------------------------- By address, whoever it is
def test_an_address_has_so_many_log_ins_an_hour(alice: Any, nobody: httpx.Client, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"login": (5, 3600)}
    emails = [f"{number}@example.com" for number in range(7)]
    assert [log_in(nobody, "wrong", email=email).status_code for email in emails] == [401] * 5 + [429] * 2
    assert log_in(nobody, PASSWORD).status_code == 429
    assert log_in(nobody, PASSWORD, address=ELSEWHERE).status_code == 200


def test_guesses_that_were_refused_cost_a_classroom_nothing(alice: Any, nobody: httpx.Client, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"login": (12, 3600)}
    statuses(nobody, *["wrong"] * 40)
    assert log_in(nobody, PASSWORD, email="bob@example.com").status_code == 401  # tried, not held


def test_a_class_of_thirty_behind_one_address_signs_up_and_logs_in(server: Any) -> None:
    def pupil(number: int) -> tuple[int, int, int]:
        email = f"pupil{number}@example.com"
        fields = {"email": email, "nickname": "P", "password": PASSWORD, "password_confirm": PASSWORD}
        with httpx.Client(base_url=f"{server.url}/api/v1/", timeout=60) as client:
            taken = client.post("accounts/signup/", json=fields).status_code
            mistyped = log_in(client, "mistyped", email=email).status_code
            return taken, mistyped, log_in(client, PASSWORD, email=email).status_code

    with ThreadPoolExecutor(30) as pool:
        assert list(pool.map(pupil, range(30))) == [(201, 401, 200)] * 30


# ---------------------------------------------------------------- At once, and over hosts
def test_of_twenty_guesses_at_once_ten_are_checked(transactional_db: None, hashed: list[str]) -> None:
    def guess(number: int) -> str:
        try:
            signup.log_in(email=ALICE, password=f"guess {number}", device="", address=HERE)
        except Problem as problem:
            return problem.code
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(guess, range(20)))
    assert sorted(found) == ["too_many_requests"] * 10 + ["wrong_credentials"] * 10
    assert len(hashed) == 10


def test_a_thousand_guesses_over_two_hosts_are_ten_and_the_member_gets_in(transactional_db: None) -> None:
    User.objects.create(email=ALICE, nickname="Alice", password=PBKDF2PasswordHasher().encode(PASSWORD, "salt"))

    def client(url: str, peer: str) -> httpx.Client:
        transport = httpx.HTTPTransport(local_address=peer, retries=3, limits=httpx.Limits(max_keepalive_connections=0))
        return httpx.Client(transport=transport, base_url=f"{url}/api/v1/", timeout=120)

    def guess(client: httpx.Client, password: str) -> int:
        return client.post("accounts/login/", json={"email": ALICE, "password": password}).status_code

    with ExitStack() as open_things, ThreadPoolExecutor(24) as pool:
        urls = [open_things.enter_context(host()).url for _ in range(2)]
        thieves = [open_things.enter_context(client(url, "127.0.0.1")) for url in urls]
        guesses = [pool.submit(guess, thieves[number % 2], f"guess {number}") for number in range(1000)]
        found = [one.result() for one in guesses]
        assert (found.count(401), found.count(429)) == (10, 990)
        assert [guess(thief, PASSWORD) for thief in thieves] == [429, 429]
        assert [guess(open_things.enter_context(client(url, "127.0.0.2")), PASSWORD) for url in urls] == [200, 200]
    assert Session.objects.count() == 2


# ---------------------------------------------------------------- The admin
@pytest.fixture
def admin_form(server: Any, settings: Any) -> Iterator[Any]:
    """Posts the admin's log-in form, from an address."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with httpx.Client(base_url=server.url, timeout=30, headers={"Accept-Language": "en"}) as client:

        def post(password: str, email: str = ALICE, address: str = HERE, language: str = "en") -> httpx.Response:
            found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/admin/login/").text)
            assert found
            fields = {"username": email, "password": password, "csrfmiddlewaretoken": found[1], "next": "/admin/"}
            headers = {"X-Forwarded-For": address, "Accept-Language": language}
            return client.post("/admin/login/", data=fields, headers=headers)

        yield post


def test_the_admins_log_in_is_held_in_plain_words(alice: Any, admin_form: Any, hashed: list[str]) -> None:
    User.objects.update(is_staff=True)
    assert [admin_form("wrong").status_code for _ in range(10)] == [200] * 10  # the form again
    hashed.clear()
    response = admin_form(PASSWORD)
    assert response.status_code == 429
    assert response.headers["Content-Type"].startswith("text/html")
    assert 850 <= int(response.headers["Retry-After"]) <= 900
    assert "Please come back in 15 min." in response.text
    assert '<html lang="en">' in response.text
    assert "15분" in admin_form(PASSWORD, language="ko").text
    assert not hashed
    assert admin_form(PASSWORD, address=ELSEWHERE).status_code == 302


def test_both_doors_count_together(alice: Any, admin_form: Any, nobody: httpx.Client) -> None:
    User.objects.update(is_staff=True)
    assert statuses(nobody, *["wrong"] * 5) == [401] * 5
    assert [admin_form("wrong", email="Alice@Example.com").status_code for _ in range(6)] == [200] * 5 + [429]
    assert log_in(nobody, PASSWORD).status_code == 429


# ---------------------------------------------------------------- What it costs
def test_a_log_in_costs_one_statement_more(alice: Any, client: Any, django_assert_num_queries: Any) -> None:
    body = {"email": ALICE, "password": PASSWORD}
    # The limit, the member; begin, the member held, the log-in, commit; the providers.
    with django_assert_num_queries(7) as captured:
        assert client.post("/api/v1/accounts/login/", body, "application/json").status_code == 200
    assert sum("limits_counter" in query["sql"] for query in captured.captured_queries) == 1


class QuickHasher(PBKDF2PasswordHasher):
    """A hash of some milliseconds: far more than anything else in a log-in."""

    iterations = 30_000


def test_known_and_unknown_take_the_same_time(alice: Any, nobody: httpx.Client, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["accounts.tests.test_guessing.QuickHasher"]
    alice.user.set_password(PASSWORD)
    alice.user.save()
    took: dict[str, list[float]] = {ALICE: [], "unknown@example.com": []}
    tries = list(took) * 100
    random.Random(4).shuffle(tries)
    for number, email in enumerate(tries):
        address = f"10.0.{number // 250}.{number % 250}"
        started = time.perf_counter()
        assert log_in(nobody, "wrong", email=email, address=address).status_code == 401
        took[email].append(time.perf_counter() - started)
    hashing = min(timeit.repeat(lambda: make_password("wrong"), number=1, repeat=9))
    known, unknown = took.values()
    lower, _middle, upper = statistics.quantiles(known, n=4)
    difference = abs(statistics.median(known) - statistics.median(unknown))
    assert difference < max(upper - lower, hashing / 20), (difference, upper - lower, hashing)
