"""Logging in through Kakao, GitHub and Google, from the button to the tokens, through the real library."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from accounts import social
from accounts.models import Session, SocialAccount, SocialHandover, User
from accounts.tests.conftest import PROVIDERS, Browser
from accounts.tests.providing import Standin

NICKNAMES = {"kakao": "하루", "github": "Haru Kim", "google": "김하루"}
UIDS = {"kakao": "1234567890", "github": "583231", "google": "110169484474386276334"}


@pytest.mark.parametrize("name", PROVIDERS)
def test_who_is_new_gets_an_account_and_is_logged_in(browser: Browser, nobody: httpx.Client, name: str) -> None:
    response = browser.log_in(name)
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"user", "access", "refresh"}
    assert body["user"] == {
        "id": body["user"]["id"],
        "email": f"haru@{name}.example",
        "email_verified": True,
        "nickname": NICKNAMES[name],
        "date_joined": body["user"]["date_joined"],
        "has_password": False,
        "providers": [name],
    }
    nobody.headers["Authorization"] = f"Bearer {body['access']}"
    assert nobody.get("accounts/me/").json() == body["user"]
    assert nobody.post("accounts/token/refresh/", json={"refresh": body["refresh"]}).status_code == 200
    assert SocialAccount.objects.values_list("provider", "uid").get() == (name, UIDS[name])
    assert Session.objects.get().device == "Browser"


@pytest.mark.parametrize("name", PROVIDERS)
def test_who_comes_again_is_the_same_member_whatever_changed_at_the_provider(
    browsers: Callable[[], Browser], provider: Standin, name: str
) -> None:
    first = browsers().log_in(name).json()
    provider.people["kakao"]["kakao_account"] = {"profile": {"nickname": "other"}, "email": "other@kakao.example"}
    provider.people["github"] |= {"name": "Other", "login": "other"}
    provider.people["github emails"] = []
    provider.people["google"] |= {"email": "other@google.example", "name": "Other"}
    again = browsers().log_in(name).json()
    assert again["user"] == first["user"]
    assert (User.objects.count(), SocialAccount.objects.count(), Session.objects.count()) == (1, 1, 2)


def test_google_without_an_id_token_is_asked_for_the_profile(browser: Browser, provider: Standin) -> None:
    provider.gives_id_token = False
    assert browser.log_in("google").json()["user"]["nickname"] == "김하루"
    assert provider.calls == ["/google/token", "/google/profile"]
    assert SocialAccount.objects.get().uid == UIDS["google"]


# ---------------------------------------------------------------- E-mail and nickname
def test_kakao_without_an_e_mail_works_fully(browser: Browser, provider: Standin, nobody: httpx.Client) -> None:
    provider.people["kakao"] = {"id": 77, "kakao_account": {"profile": {"nickname": "하루"}, "has_email": False}}
    body = browser.log_in("kakao").json()
    assert (body["user"]["email"], body["user"]["email_verified"]) == (None, False)
    nobody.headers["Authorization"] = f"Bearer {body['access']}"
    made = nobody.post("chat/conversations/", json={"assistant": "free-chat"})
    asked = nobody.post(f"chat/conversations/{made.json()['id']}/messages/", json={"content": "hi"})
    assert asked.status_code == 201


def test_two_members_without_an_e_mail_are_two(browsers: Callable[[], Browser], provider: Standin) -> None:
    for uid in (1, 2):
        provider.people["kakao"] = {"id": uid}
        assert browsers().log_in("kakao").status_code == 200
    assert User.objects.filter(email=None).count() == 2


def test_an_address_counts_as_verified_only_if_the_provider_says_so(browser: Browser, provider: Standin) -> None:
    provider.people["kakao"]["kakao_account"]["is_email_verified"] = False
    user = browser.log_in("kakao").json()["user"]
    assert (user["email"], user["email_verified"]) == ("haru@kakao.example", False)


def test_an_address_that_went_to_somebody_else_is_not_taken(browser: Browser, provider: Standin) -> None:
    provider.people["kakao"]["kakao_account"]["is_email_valid"] = False
    assert browser.log_in("kakao").json()["user"]["email"] is None


def test_githubs_public_but_unverified_address_yields_to_a_verified_one(browser: Browser, provider: Standin) -> None:
    provider.people["github"]["email"] = "typo@github.example"
    user = browser.log_in("github").json()["user"]
    assert (user["email"], user["email_verified"]) == ("haru@github.example", True)


def test_a_verified_address_comes_before_the_primary_one(browser: Browser, provider: Standin) -> None:
    provider.people["github emails"][1]["verified"] = False
    user = browser.log_in("github").json()["user"]
    assert (user["email"], user["email_verified"]) == ("old@github.example", True)


LONGER_IN_LOWER_CASE = "\u0130" * 5 + "x" * 237 + "@example.com"


@pytest.mark.parametrize(
    "email", ["no address", "x" * 250 + "@example.com", LONGER_IN_LOWER_CASE, "a\x00@example.com", 5]
)
def test_what_is_no_address_is_left_out(browser: Browser, provider: Standin, email: Any) -> None:
    provider.people["google"]["email"] = email
    fragment = browser.walk("google")
    if fragment.startswith("social_code="):
        assert browser.fetch(fragment.partition("=")[2]).json()["user"]["email"] is None
    else:
        assert (fragment, email) == ("social_error=provider_unavailable", 5)


NAMES = [
    (None, "Member"),
    ("", "Member"),
    (" \u0000\n ", "Member"),
    ("  A\tB\u0007  ", "A B"),
    ("각" * 40, "각" * 30),
    ("각", "각"),
    ("<b>x</b>", "<b>x</b>"),
    ("a" * 29 + " b", "a" * 29),
]


@pytest.mark.parametrize(("name", "nickname"), NAMES)
def test_any_name_becomes_a_nickname(browser: Browser, provider: Standin, name: Any, nickname: str) -> None:
    provider.people["kakao"]["kakao_account"]["profile"]["nickname"] = name
    assert browser.log_in("kakao").json()["user"]["nickname"] == nickname


def test_github_without_a_name_gives_its_login(browser: Browser, provider: Standin) -> None:
    provider.people["github"]["name"] = None
    assert browser.log_in("github").json()["user"]["nickname"] == "haru-dev"


# ---------------------------------------------------------------- Who may not
@pytest.mark.parametrize("is_verified", [True, False])
def test_accounts_are_never_joined_by_e_mail(
    browser: Browser, provider: Standin, alice: Any, is_verified: bool
) -> None:
    provider.people["google"] |= {"email": "ALICE@example.com", "email_verified": is_verified}
    response = browser.log_in("google")
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)
    assert alice.get("accounts/me/").json()["providers"] == []


def test_who_is_banned_is_told_and_not_logged_in(browsers: Callable[[], Browser]) -> None:
    browsers().log_in("kakao")
    User.objects.update(is_active=False)
    response = browsers().log_in("kakao")
    assert (response.status_code, response.json()["code"]) == (403, "banned")
    assert Session.objects.count() == 1


def test_a_closed_sign_up_is_closed_here_too(browsers: Callable[[], Browser], settings: Any) -> None:
    settings.SIGNUP_CODE = "spring"
    browser = browsers()
    code = browser.code("kakao")
    for more in ({}, {"signup_code": "winter"}):
        response = browser.fetch(code, **more)
        assert (response.status_code, response.json()["code"]) == (400, "invalid")
        assert set(response.json()["errors"]) == {"signup_code"}
    assert not User.objects.exists()
    assert browser.fetch(code, signup_code="spring").status_code == 200
    assert browsers().log_in("kakao").status_code == 200  # who is a member needs it no more


def test_two_tabs_that_are_new_at_once_make_one_member(browsers: Callable[[], Browser]) -> None:
    tabs = [browsers() for _ in range(6)]
    codes = [tab.code("kakao") for tab in tabs]
    with ThreadPoolExecutor(6) as pool:
        responses = list(pool.map(lambda pair: pair[0].fetch(pair[1]), zip(tabs, codes, strict=True)))
    assert {response.status_code for response in responses} == {200}
    assert (User.objects.count(), SocialAccount.objects.count(), Session.objects.count()) == (1, 1, 6)


@pytest.mark.parametrize("email", ["haru@kakao.example", None])
def test_who_loses_that_race_is_the_member_who_won(server: Any, email: str | None) -> None:
    handover = SocialHandover(provider="kakao", uid="1", email=email, nickname="Haru")
    assert social.new_member(handover) == social.new_member(handover)
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 1)


# ---------------------------------------------------------------- What stays
def test_what_was_handed_over_is_wiped_and_secrets_were_never_kept(browser: Browser, provider: Standin) -> None:
    code = browser.code("kakao")
    kept = SocialHandover.objects.values().get()
    assert kept["email"] == "haru@kakao.example"
    secrets = {code, browser.verifier, *provider.secrets_given}
    assert not [secret for secret in secrets if secret in str(kept)]
    browser.fetch(code)
    kept = SocialHandover.objects.values().get()
    assert (kept["email"], kept["uid"], kept["nickname"]) == (None, "", "")


def test_the_member_who_is_deleted_takes_the_link_along(browser: Browser) -> None:
    browser.log_in("kakao")
    User.objects.get().delete()
    assert not SocialAccount.objects.exists()
