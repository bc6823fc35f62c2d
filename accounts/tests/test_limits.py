"""Flooding: every way in has its limit by address and, where it names one, by account."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import Session, User
from accounts.tests.conftest import Browser
from chat.tests.test_ownership import OPEN, routes
from config.limits.models import Counter

PASSWORD = "a quiet harbour"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
Send = Callable[..., httpx.Response]


@pytest.fixture
def narrow(settings: Any) -> Callable[..., None]:
    """Sets rules to two an hour."""

    def to_two(*rules: str) -> None:
        settings.LIMITS = settings.LIMITS | dict.fromkeys(rules, (2, 3600))

    return to_two


def held(response: httpx.Response) -> bool:
    """Whether it was refused as it should be; False if it passed."""
    if response.status_code != 429:
        return False
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "too_many_requests"
    wait, now = int(response.headers["Retry-After"]), timezone.now()
    ends = [(counter.ends_at - now).total_seconds() for counter in Counter.objects.filter(remaining=0)]
    assert any(0 <= wait - left <= 10 for left in ends)
    assert 3000 <= wait <= 3600
    return True


def fields(number: int, **more: Any) -> dict[str, Any]:
    made = {"email": f"p{number}@example.com", "nickname": "P", "password": PASSWORD, "password_confirm": PASSWORD}
    return made | more


# (rule, request of an address)
WAYS: list[tuple[str, Callable[[httpx.Client, dict[str, str]], httpx.Response]]] = [
    (
        "signup",
        lambda client, headers: client.post("accounts/signup/", json=fields(User.objects.count()), headers=headers),
    ),
    (
        "login",
        lambda client, headers: client.post(
            "accounts/login/", json={"email": "x", "password": "wrong"}, headers=headers
        ),
    ),
    ("refresh", lambda client, headers: client.post("accounts/token/refresh/", json={"refresh": "x"}, headers=headers)),
    ("verify", lambda client, headers: client.post("accounts/token/verify/", json={"token": "x"}, headers=headers)),
    (
        "social-start",
        lambda client, headers: client.get(
            "accounts/social/kakao/start/", params={"challenge": CHALLENGE}, headers=headers
        ),
    ),
    (
        "social-token",
        lambda client, headers: client.post(
            "accounts/social/token/", json={"code": "x", "verifier": "x"}, headers=headers
        ),
    ),
]


@pytest.mark.parametrize(("rule", "send"), WAYS)
def test_an_address_is_held_to_its_limit_and_others_are_not(
    nobody: httpx.Client, provider: Any, narrow: Callable[..., None], rule: str, send: Send
) -> None:
    narrow(rule)
    one, other = {"X-Forwarded-For": "203.0.113.1"}, {"X-Forwarded-For": "203.0.113.2"}
    assert [held(send(nobody, one)) for _ in range(4)] == [False, False, True, True]
    assert not held(send(nobody, other))
    assert not held(send(nobody, {"X-Forwarded-For": "2001:db8::1"}))
    assert not held(send(nobody, {"X-Forwarded-For": "2001:db8::2"}))
    assert held(send(nobody, {"X-Forwarded-For": "2001:db8::3"}))


def test_every_open_way_to_write_has_a_limit() -> None:
    in_their_rule = {"signup", "login"}
    harmless = {"logout"}  # it only ever ends what a token proves to be one's own
    unlimited = {
        name
        for name, _path, view in routes()
        if name in OPEN and hasattr(view, "post") and not hasattr(view, "throttle_scope")
    }
    assert unlimited == in_their_rule | harmless


def test_every_rule_is_somebodys(settings: Any) -> None:
    scopes = {view.throttle_scope for _, _, view in routes() if hasattr(view, "throttle_scope")}
    by_account = {f"{view.throttle_scope}-account" for _, _, view in routes() if hasattr(view, "throttle_account")}
    in_rules = {"signup", "login", "login-guess", "login-account", "conversation", "try", "letter", "letter-address"}
    assert set(settings.LIMITS) == scopes | by_account | in_rules


# ---------------------------------------------------------------- Sign-up
def test_the_sixty_first_sign_up_of_an_hour_is_refused(
    nobody: httpx.Client,
) -> None:
    assert [nobody.post("accounts/signup/", json=fields(number)).status_code for number in range(60)] == [201] * 60
    assert held(nobody.post("accounts/signup/", json=fields(60)))
    assert User.objects.count() == 60


def test_asking_which_addresses_are_taken_is_counted(
    alice: Any, nobody: httpx.Client, narrow: Callable[..., None]
) -> None:
    narrow("signup")
    taken = fields(1, email="alice@example.com")
    found = [nobody.post("accounts/signup/", json=taken).status_code for _ in range(3)]
    assert found == [409, 409, 429]


def test_what_was_mistyped_is_not(nobody: httpx.Client, narrow: Callable[..., None]) -> None:
    narrow("signup")
    for _ in range(5):
        assert nobody.post("accounts/signup/", json=fields(1, password_confirm="other")).status_code == 400
    assert nobody.post("accounts/signup/", json=fields(1)).status_code == 201


def test_the_operators_code_cannot_be_guessed_on(
    nobody: httpx.Client, narrow: Callable[..., None], settings: Any
) -> None:
    settings.SIGNUP_CODE = "spring"
    narrow("signup")
    found = [nobody.post("accounts/signup/", json=fields(1, code=code)).status_code for code in ("a", "b", "spring")]
    assert found == [400, 400, 429]
    assert not User.objects.exists()


def test_nor_through_a_provider(browsers: Callable[[], Browser], narrow: Callable[..., None], settings: Any) -> None:
    settings.SIGNUP_CODE = "spring"
    narrow("signup")
    browser = browsers()
    code = browser.code("kakao")
    found = [browser.fetch(code, signup_code=guess).status_code for guess in ("a", "b", "spring")]
    assert found == [400, 400, 429]
    Counter.objects.all().delete()
    assert browser.fetch(code, signup_code="spring").status_code == 200  # a refusal used nothing up


def test_accounts_by_a_provider_and_by_form_count_together(
    browsers: Callable[[], Browser], nobody: httpx.Client, narrow: Callable[..., None]
) -> None:
    narrow("signup")
    assert browsers().log_in("kakao").status_code == 200
    assert nobody.post("accounts/signup/", json=fields(1)).status_code == 201
    assert held(browsers().log_in("github"))
    assert browsers().log_in("kakao").status_code == 200  # a member already
    assert User.objects.count() == 2


# ---------------------------------------------------------------- By account
def token(person: Any, kind: str) -> str:
    return tokens.token_pair(person.session)[kind]


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_asking_after_one_log_in_is_limited_wherever_one_is(
    alice: Any, bob: Any, nobody: httpx.Client, narrow: Callable[..., None], kind: str
) -> None:
    narrow("verify-account")

    def ask(person: Any, number: int) -> bool:
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        return held(nobody.post("accounts/token/verify/", json={"token": token(person, kind)}, headers=headers))

    assert [ask(alice, number) for number in range(4)] == [False, False, True, True]
    assert not ask(bob, 1)


def test_refreshing_one_log_in_is_limited_wherever_one_is(
    alice: Any, bob: Any, nobody: httpx.Client, narrow: Callable[..., None]
) -> None:
    narrow("refresh-account")
    refresh, found = token(alice, "refresh"), []
    for number in range(3):
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        response = nobody.post("accounts/token/refresh/", json={"refresh": refresh}, headers=headers)
        found.append(response.status_code)
        refresh = response.json().get("refresh", refresh)
    assert found == [200, 200, 429]
    assert nobody.post("accounts/token/refresh/", json={"refresh": token(bob, "refresh")}).status_code == 200
    Counter.objects.all().delete()
    assert nobody.post("accounts/token/refresh/", json={"refresh": refresh}).status_code == 200  # nothing was spent


def test_a_forged_token_counts_against_nobodys_log_in(
    alice: Any, nobody: httpx.Client, narrow: Callable[..., None]
) -> None:
    narrow("refresh-account")
    refresh = token(alice, "refresh")
    forged = f"{refresh[:-4]}AAAA"
    for body in ({"refresh": forged}, {"refresh": 5}, {"refresh": None}, {}, ["x"], "x"):
        assert nobody.post("accounts/token/refresh/", json=body).status_code in (400, 401)
    assert nobody.post("accounts/token/refresh/", json={"refresh": refresh}).status_code == 200
    assert Session.objects.alive().count() == 1


# ---------------------------------------------------------------- What it costs
@pytest.mark.parametrize("route", ["signup", "token/refresh", "token/verify"])
def test_a_limit_costs_one_statement(alice: Any, client: Any, django_assert_max_num_queries: Any, route: str) -> None:
    bodies: dict[str, Any] = {
        "signup": fields(1),
        "token/refresh": {"refresh": token(alice, "refresh")},
        "token/verify": {"token": token(alice, "access")},
    }
    with django_assert_max_num_queries(10) as captured:
        response = client.post(f"/api/v1/accounts/{route}/", bodies[route], "application/json")
    assert response.status_code in (200, 201)
    assert sum("limits_counter" in query["sql"] for query in captured.captured_queries) == 1
