"""The way to a provider and back: bound to one browser, used once, and every failure with its own word."""

import io
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.providers.kakao.views import KakaoOAuth2Adapter
from django.utils import timezone

from accounts.models import SocialAccount, SocialHandover, User
from accounts.tests.conftest import PAGE, PROVIDERS, Browser, state_of
from accounts.tests.providing import Standin
from config import logs
from config.tests.test_schema import fits

INVALID = "social_error=state_invalid"
UNAVAILABLE = "social_error=provider_unavailable"


# ---------------------------------------------------------------- What is offered
def test_nothing_is_offered_without_keys(nobody: httpx.Client) -> None:
    assert nobody.get("accounts/social/").json() == []


def test_what_has_its_keys_is_offered_by_name_in_both_languages(nobody: httpx.Client, provider: Standin) -> None:
    assert nobody.get("accounts/social/").json() == [
        {"id": "kakao", "name": {"ko": "카카오", "en": "Kakao"}},
        {"id": "github", "name": {"ko": "GitHub", "en": "GitHub"}},
        {"id": "google", "name": {"ko": "Google", "en": "Google"}},
    ]


def test_the_answers_have_the_shapes_that_the_document_promises(nobody: httpx.Client, browser: Browser) -> None:
    for each in nobody.get("accounts/social/").json():
        fits("Provider", each)
    tokens = browser.log_in("kakao").json()
    fits("LoggedIn", tokens)
    fits("Problem", browser.fetch("x", access=tokens["access"]).json())


@pytest.mark.parametrize("keys", [("", ""), ("id", ""), ("", "secret")])
def test_a_provider_without_both_keys_is_not_there(
    browser: Browser, nobody: httpx.Client, settings: Any, keys: tuple[str, str]
) -> None:
    settings.SOCIAL_KEYS |= {"kakao": keys}
    assert [each["id"] for each in nobody.get("accounts/social/").json()] == ["github", "google"]
    assert browser.start("kakao").json()["code"] == "not_found"
    assert browser.get(f"{browser.api}/kakao/callback/").json()["code"] == "not_found"


@pytest.mark.parametrize("name", ["naver", "token", "KAKAO"])
def test_an_unknown_provider_is_404(browser: Browser, name: str) -> None:
    for step in ("start", "callback"):
        response = browser.get(f"{browser.api}/{name}/{step}/", params={"challenge": "c" * 43})
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


# ---------------------------------------------------------------- The way there
@pytest.mark.parametrize("name", PROVIDERS)
def test_the_start_leads_to_the_provider_and_tells_nobody_from_where(browser: Browser, name: str) -> None:
    response = browser.start(name)
    assert response.status_code == 302
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    query = parse_qs(urlsplit(response.headers["Location"]).query)
    assert len(query["state"][0]) >= 43
    assert len(query["code_challenge"][0]) == 43
    assert "secret" not in response.headers["Location"]
    assert browser.verifier not in response.headers["Location"]


def test_the_cookie_is_for_this_callback_and_no_script(browser: Browser, settings: Any) -> None:
    settings.SERVES_HTTPS = True
    cookie = browser.start("kakao").headers["Set-Cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    wanted = {"httponly", "samesite=lax", "secure", "max-age=600", "path=/api/v1/accounts/social/kakao/callback/"}
    assert wanted < parts
    assert not [part for part in parts if part.startswith("domain")]


def test_nothing_is_stored_before_somebody_comes_back(browser: Browser) -> None:
    for name in PROVIDERS:
        browser.at_provider(name)
    assert not SocialHandover.objects.exists()


@pytest.mark.parametrize(
    "challenge", [None, "", "short", "c" * 42, "c" * 44, "c" * 42 + "=", "c" * 42 + "\n", "é" * 43]
)
def test_a_malformed_challenge_is_named(browser: Browser, challenge: str | None) -> None:
    response = browser.get(
        f"{browser.api}/kakao/start/", params={"challenge": challenge} if challenge is not None else {}
    )
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert set(response.json()["errors"]) == {"challenge"}
    assert "Set-Cookie" not in response.headers


def test_a_query_cannot_choose_where_it_goes_or_what_is_asked_for(browser: Browser) -> None:
    more = {"next": "https://evil.example/", "scope": "repo", "redirect_uri": "https://evil.example/", "process": "x"}
    assert "evil" not in browser.start("github", **more).headers["Location"]
    assert "repo" not in browser.start("github", **more).headers["Location"]


# ---------------------------------------------------------------- The way back
def test_the_page_is_reached_without_a_trace(browser: Browser) -> None:
    callback = browser.at_provider("kakao")
    response = browser.get(callback)
    assert response.headers["Location"].startswith(f"{PAGE}#social_code=")
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert "social_" in response.headers["Set-Cookie"]
    assert "Max-Age=0" in response.headers["Set-Cookie"]
    assert not User.objects.exists()
    assert not SocialAccount.objects.exists()


def test_without_a_page_of_its_own_it_leads_to_our_origin(browser: Browser, settings: Any) -> None:
    settings.FRONTEND_URL = "/"
    assert browser.get(browser.at_provider("kakao")).headers["Location"].startswith("/#social_code=")


@pytest.mark.parametrize("name", PROVIDERS)
def test_who_cancels_is_back_with_its_word(browser: Browser, provider: Standin, name: str) -> None:
    provider.cancels = True
    assert browser.walk(name) == "social_error=cancelled"
    assert provider.calls == []


def test_another_error_of_the_provider_is_not_a_cancel(browser: Browser) -> None:
    state = state_of(browser.at_provider("kakao"))
    assert browser.come_back(f"{browser.api}/kakao/callback/?state={state}&error=server_error") == UNAVAILABLE


def test_a_way_back_without_a_code_is_unavailable(browser: Browser) -> None:
    state = state_of(browser.at_provider("kakao"))
    assert browser.come_back(f"{browser.api}/kakao/callback/?state={state}") == UNAVAILABLE


@pytest.mark.parametrize("state", ["", "forged", "x" * 43, "é", "\x00", "../" * 40])
def test_a_forged_state_is_invalid_and_asks_nobody(browser: Browser, provider: Standin, state: str) -> None:
    browser.at_provider("kakao")
    response = browser.get(f"{browser.api}/kakao/callback/", params={"code": "code", "state": state})
    assert response.headers["Location"] == f"{PAGE}#{INVALID}"
    assert provider.calls == []


def test_a_forged_cookie_is_invalid(browser: Browser) -> None:
    callback = browser.at_provider("kakao")
    for cookie in browser.cookies.jar:
        cookie.value = f"{cookie.value}x"
    assert browser.come_back(callback) == INVALID


def test_another_browser_cannot_come_back_for_this_one(browsers: Callable[[], Browser], provider: Standin) -> None:
    callback, other = browsers().at_provider("kakao"), browsers()
    assert other.come_back(callback) == INVALID
    other.at_provider("kakao")  # nor with a cookie of its own
    assert other.come_back(callback) == INVALID
    assert provider.calls == []


def test_a_state_of_one_provider_is_none_of_another(browser: Browser) -> None:
    callback = browser.at_provider("kakao")
    browser.at_provider("google")
    name, value = next((each.name, each.value) for each in browser.cookies.jar if "kakao" in each.path)
    response = browser.get(callback.replace("/kakao/", "/google/"), headers={"Cookie": f"{name}={value}"})
    assert response.headers["Location"] == f"{PAGE}#{INVALID}"


def test_a_state_is_used_once_also_by_who_keeps_the_cookie(browser: Browser, provider: Standin) -> None:
    callback = browser.at_provider("kakao")
    cookies = [(each.name, each.value) for each in browser.cookies.jar]
    kept = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies)}
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda _: browser.get(callback, headers=kept).headers["Location"], range(5)))
    assert sorted(place == f"{PAGE}#{INVALID}" for place in found) == [False, True, True, True, True]
    assert provider.calls == ["/kakao/token", "/kakao/profile"]


def test_a_state_that_failed_is_used_too(browser: Browser, provider: Standin) -> None:
    provider.faults = {"token": "500"}
    callback = browser.at_provider("kakao")
    kept = {"Cookie": "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)}
    assert browser.get(callback, headers=kept).headers["Location"] == f"{PAGE}#{UNAVAILABLE}"
    provider.faults = {}
    assert browser.get(callback, headers=kept).headers["Location"] == f"{PAGE}#{INVALID}"


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_a_look_at_the_callback_uses_nothing_up(browser: Browser, method: str) -> None:
    callback = browser.at_provider("kakao")
    assert browser.request(method, callback).status_code == 405
    assert browser.come_back(callback).startswith("social_code=")


def test_a_state_expires(browser: Browser, settings: Any) -> None:
    callback = browser.at_provider("kakao")
    settings.SOCIAL_STATE_SECONDS = -1
    assert browser.come_back(callback) == INVALID


def test_two_tabs_do_not_disturb_each_other(browser: Browser) -> None:
    first, second = browser.at_provider("kakao"), browser.at_provider("kakao")
    assert browser.come_back(first).startswith("social_code=")
    assert browser.come_back(second).startswith("social_code=")


def test_what_can_no_longer_be_replayed_is_dropped(browsers: Callable[[], Browser]) -> None:
    browsers().walk("kakao")
    SocialHandover.objects.update(created_at=timezone.now() - timedelta(seconds=601))
    browsers().walk("kakao")
    assert SocialHandover.objects.count() == 1


# ---------------------------------------------------------------- A provider that fails
@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("fault", ["500", "garbage", "html", "empty", "list", "null", "deep", "huge", "cut"])
@pytest.mark.parametrize("endpoint", ["token", "profile"])
def test_a_provider_that_talks_nonsense_is_unavailable(
    browser: Browser, provider: Standin, name: str, fault: str, endpoint: str
) -> None:
    provider.faults, provider.gives_id_token = {endpoint: fault}, False
    assert browser.walk(name) == UNAVAILABLE


def test_a_provider_that_is_down_is_unavailable(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KakaoOAuth2Adapter, "access_token_url", "http://127.0.0.1:1/token")
    assert browser.walk("kakao") == UNAVAILABLE


@pytest.mark.parametrize("endpoint", ["token", "profile"])
def test_a_slow_provider_is_not_waited_for(browser: Browser, provider: Standin, settings: Any, endpoint: str) -> None:
    assert settings.SOCIALACCOUNT_REQUESTS_TIMEOUT == 5
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.1
    provider.faults, provider.slow_seconds = {endpoint: "slow"}, 0.5
    assert browser.walk("kakao") == UNAVAILABLE


def test_slow_providers_leave_threads_for_others(
    browsers: Callable[[], Browser], provider: Standin, nobody: httpx.Client, eventually: Callable[..., None]
) -> None:
    provider.faults, provider.slow_seconds = {"token": "slow"}, 1.5
    people = [browsers() for _ in range(6)]
    ways = [person.at_provider("kakao") for person in people]
    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(person.come_back, way) for person, way in zip(people, ways, strict=True)]
        eventually(lambda: len(provider.calls) > 0)
        assert nobody.get("accounts/social/", timeout=1).status_code == 200
        assert not any(each.done() for each in waiting)
        assert all(each.result().startswith("social_code=") for each in waiting)


def test_a_wrong_secret_of_ours_is_unavailable_and_the_log_says_why(
    browser: Browser, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    callback = browser.at_provider("google")
    settings.SOCIAL_KEYS |= {"google": ("client-of-google", "wrong")}
    assert browser.come_back(callback) == UNAVAILABLE
    [record] = [each for each in caplog.records if each.name == "haru.social"]
    assert (logs.extras(record)["provider"], logs.extras(record)["error"]) == ("google", "OAuth2Error invalid_grant")


def test_an_id_token_for_somebody_else_is_refused(browser: Browser, provider: Standin) -> None:
    provider.people["google"]["aud"] = "another-client"
    assert browser.walk("google") == UNAVAILABLE


def test_pkce_is_really_checked(browser: Browser, provider: Standin) -> None:
    callback = browser.at_provider("kakao")
    for grant in provider.grants.values():
        grant.challenge = "c" * 43
    assert browser.come_back(callback) == UNAVAILABLE


# ---------------------------------------------------------------- The log
def test_no_code_token_state_or_name_is_logged(browser: Browser, provider: Standin) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.JsonFormatter())
    of_the_tests = ("httpx", "httpcore", "uvicorn.access")
    handler.addFilter(lambda record: not record.name.startswith(of_the_tests))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    states, codes = [], []
    try:
        for name in PROVIDERS:
            callback = browser.at_provider(name)
            states.append(state_of(callback))
            codes.append(browser.come_back(callback).partition("=")[2])
            tokens = browser.fetch(codes[-1]).json()
            browser.fetch(codes[-1], access=tokens["access"])
            codes += [tokens["access"], tokens["refresh"]]
            for fault in ("500", "garbage", "html"):
                provider.faults = {"token": fault}
                browser.walk(name)
            provider.faults = {}
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    everything = written.getvalue()
    assert everything.count("social provider failed") == 9
    secrets = {*provider.secrets_given, *states, *codes, browser.verifier, "the-secret-of-our-client"}
    assert not [secret for secret in secrets if secret in everything]
    for word in ("하루", "haru@", "social_code", "?code", "bearer"):
        assert word not in everything
