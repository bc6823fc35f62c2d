"""The hand-over: one code, one page that knows the verifier, one minute, one use."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from accounts.models import Session, SocialAccount, SocialHandover, User
from accounts.tests.conftest import Browser


def is_refused(response: httpx.Response) -> bool:
    return (response.status_code, response.json()["code"]) == (400, "social_code_invalid")


def test_a_code_is_taken_once(browser: Browser) -> None:
    code = browser.code("kakao")
    assert browser.fetch(code).status_code == 200
    assert is_refused(browser.fetch(code))
    assert Session.objects.count() == 1


def test_of_ten_at_once_one_wins(browser: Browser) -> None:
    code = browser.code("kakao")
    with ThreadPoolExecutor(10) as pool:
        responses = list(pool.map(lambda _: browser.fetch(code), range(10)))
    assert sorted(response.status_code for response in responses) == [200] + [400] * 9
    assert all(is_refused(response) for response in responses if response.status_code == 400)
    assert (User.objects.count(), Session.objects.count()) == (1, 1)


def test_of_ten_at_once_one_wins_for_a_member_too(browsers: Callable[[], Browser]) -> None:
    browsers().log_in("kakao")
    browser = browsers()
    code = browser.code("kakao")
    with ThreadPoolExecutor(10) as pool:
        responses = list(pool.map(lambda _: browser.fetch(code), range(10)))
    assert sorted(response.status_code for response in responses) == [200] + [400] * 9
    assert Session.objects.count() == 2


def test_a_code_lives_a_minute(browser: Browser, settings: Any) -> None:
    assert settings.SOCIAL_CODE_SECONDS == 60
    code = browser.code("kakao")
    left = SocialHandover.objects.get().expires_at
    assert left is not None
    assert timedelta(seconds=50) < left - timezone.now() <= timedelta(seconds=60)
    SocialHandover.objects.update(expires_at=timezone.now())
    assert is_refused(browser.fetch(code))
    assert not User.objects.exists()


@pytest.mark.parametrize("verifier", ["wrong", "x" * 128, "é" * 43, "c" * 43])
def test_who_does_not_know_the_verifier_gets_nothing_and_spoils_nothing(browser: Browser, verifier: str) -> None:
    code = browser.code("kakao")
    assert is_refused(browser.fetch(code, verifier=verifier))
    assert browser.fetch(code).status_code == 200


def test_the_challenge_itself_is_no_verifier(browser: Browser) -> None:
    code = browser.code("kakao")
    assert is_refused(browser.fetch(code, verifier=SocialHandover.objects.get().challenge))


def test_another_page_cannot_use_the_code(browsers: Callable[[], Browser]) -> None:
    code = browsers().code("kakao")
    assert is_refused(browsers().fetch(code))


def test_a_code_is_refused_before_the_provider_has_answered(browser: Browser) -> None:
    SocialHandover.objects.create(state_hash="s", provider="kakao", challenge="c" * 43)
    for code in ("None", "null", "x"):
        assert is_refused(browser.fetch(code))


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"code", "verifier"}),
    ({"code": "x"}, {"verifier"}),
    *[({"code": value, "verifier": "v"}, {"code"}) for value in ("", None, 5, "x" * 129, ["x"])],
    *[({"code": "x", "verifier": value}, {"verifier"}) for value in ("", None, True, "x" * 129)],
    ({"code": "x", "verifier": "v", "email": "me@example.com"}, {"email"}),
]


def test_what_is_malformed_is_named_at_its_field(nobody: httpx.Client) -> None:
    for body, fields in WRONG:
        response = nobody.post("accounts/social/token/", json=body)
        assert (response.status_code, response.json()["code"]) == (400, "invalid"), body
        assert set(response.json()["errors"]) == fields


def test_a_dead_token_neither_links_nor_logs_in(browser: Browser, alice: Any) -> None:
    code = browser.code("kakao")
    assert browser.fetch(code, access="garbage").json()["code"] == "token_invalid"
    Session.objects.end()
    access = alice.headers["Authorization"].partition(" ")[2]
    response = browser.fetch(code, access=access)
    assert (response.status_code, response.json()["code"]) == (401, "session_ended")
    assert not SocialAccount.objects.exists()
    assert browser.fetch(code).status_code == 200


def test_there_is_no_fetching_by_address_bar(nobody: httpx.Client) -> None:
    assert nobody.get("accounts/social/token/", params={"code": "x", "verifier": "v"}).status_code == 405
