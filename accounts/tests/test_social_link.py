"""Linking a provider to one's account and taking it away again, but never the last way in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from accounts.models import Session, SocialAccount, User, WaitingLetter
from accounts.tests.conftest import PROVIDERS, Browser
from accounts.tests.mailbox import Mailbox, text_of
from accounts.tests.providing import Standin

SUBJECTS = {
    "ko": "[하루] 계정에 새 로그인 방법이 추가되었습니다",
    "en": "[Haru] A new way to log in to your account",
}


def access_of(person: Any) -> str:
    return str(person.headers["Authorization"].partition(" ")[2])


def providers_of(person: Any) -> list[str]:
    return list(person.get("accounts/me/").json()["providers"])


def without_password(person: Any) -> Any:
    person.user.set_unusable_password()
    person.user.save()
    return person


@pytest.mark.parametrize("name", PROVIDERS)
def test_alice_links_and_logs_in_with_it(browsers: Callable[[], Browser], alice: Any, name: str) -> None:
    response = browsers().log_in(name, access=access_of(alice))
    assert response.status_code == 200
    assert set(response.json()) == {"user", "access", "refresh"}
    assert response.json()["user"] == alice.get("accounts/me/").json()
    assert providers_of(alice) == [name]
    assert browsers().log_in(name).json()["user"]["id"] == str(alice.user.id)


def test_linking_stays_in_the_same_log_in(browser: Browser, alice: Any, nobody: httpx.Client) -> None:
    body = browser.log_in("kakao", access=access_of(alice)).json()
    assert Session.objects.count() == 1
    assert nobody.post("accounts/token/refresh/", json={"refresh": body["refresh"]}).status_code == 200


def test_linking_changes_neither_nickname_nor_address(browser: Browser, alice: Any) -> None:
    before = alice.get("accounts/me/").json()
    browser.log_in("kakao", access=access_of(alice))
    assert alice.get("accounts/me/").json() == before | {"providers": ["kakao"]}


def test_linking_twice_is_no_fault(browsers: Callable[[], Browser], alice: Any) -> None:
    for _ in range(2):
        assert browsers().log_in("kakao", access=access_of(alice)).status_code == 200
    assert SocialAccount.objects.count() == 1


@pytest.mark.parametrize("language", SUBJECTS)
def test_the_member_is_told_once_by_mail(
    browser: Browser, alice: Any, mailbox: Mailbox, language: str, eventually: Any
) -> None:
    browser.headers["Accept-Language"] = language
    for _ in range(2):
        browser.log_in("kakao", access=access_of(alice))
    mail = mailbox.to("alice@example.com")
    eventually(lambda: not WaitingLetter.objects.exists())
    assert (mail["Subject"].strip(), len(mailbox.mails)) == (SUBJECTS[language], 1)
    assert ("GitHub" in text_of(mail), "://" in text_of(mail)) == (True, False)


def test_who_signs_up_by_a_provider_or_has_no_address_is_not_told(
    browsers: Callable[[], Browser], provider: Standin, alice: Any, bob: Any
) -> None:
    browsers().log_in("kakao")
    User.objects.filter(pk=bob.user.pk).update(email=None)
    browsers().log_in("github", access=access_of(bob))
    assert not WaitingLetter.objects.exists()


def test_whose_address_was_taken_logs_in_and_links(
    browsers: Callable[[], Browser], provider: Standin, alice: Any
) -> None:
    provider.people["google"]["email"] = "alice@example.com"
    assert browsers().log_in("google").json()["code"] == "email_taken"
    assert browsers().log_in("google", access=access_of(alice)).status_code == 200
    assert browsers().log_in("google").json()["user"]["id"] == str(alice.user.id)


def test_bob_cannot_link_what_opens_alices(browsers: Callable[[], Browser], alice: Any, bob: Any) -> None:
    browsers().log_in("kakao", access=access_of(alice))
    response = browsers().log_in("kakao", access=access_of(bob))
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert response.json()["detail"] == "This social account already belongs to another member."
    assert (providers_of(alice), providers_of(bob)) == (["kakao"], [])


def test_a_code_is_spent_by_linking(browser: Browser, alice: Any) -> None:
    code = browser.code("kakao")
    assert browser.fetch(code, access=access_of(alice)).status_code == 200
    assert browser.fetch(code).json()["code"] == "social_code_invalid"


def test_who_is_banned_cannot_link(browser: Browser, alice: Any) -> None:
    User.objects.update(is_active=False)
    assert browser.log_in("kakao", access=access_of(alice)).json()["code"] == "banned"
    assert not SocialAccount.objects.exists()


def test_two_accounts_of_one_provider_are_one_provider(
    browsers: Callable[[], Browser], provider: Standin, alice: Any
) -> None:
    for uid in (1, 2):
        provider.people["kakao"]["id"] = uid
        browsers().log_in("kakao", access=access_of(alice))
    assert providers_of(alice) == ["kakao"]
    assert alice.delete("accounts/social/kakao/").status_code == 204
    assert not SocialAccount.objects.exists()


# ---------------------------------------------------------------- Unlinking
def linked(person: Any, *names: str) -> None:
    for name in names:
        SocialAccount.objects.create(user=person.user, provider=name, uid=f"{name} of {person.user.nickname}")


def test_alice_unlinks_her_own_and_nobody_elses(provider: Standin, alice: Any, bob: Any) -> None:
    linked(alice, "kakao", "github")
    linked(bob, "kakao")
    response = alice.delete("accounts/social/kakao/")
    assert (response.status_code, response.content) == (204, b"")
    assert (providers_of(alice), providers_of(bob)) == (["github"], ["kakao"])


def test_what_was_unlinked_opens_nothing_any_more(browsers: Callable[[], Browser], alice: Any) -> None:
    browsers().log_in("kakao", access=access_of(alice))
    alice.delete("accounts/social/kakao/")
    assert browsers().log_in("kakao").json()["user"]["id"] != str(alice.user.id)


@pytest.mark.parametrize("name", ["kakao", "github", "naver"])
def test_what_is_not_linked_is_404(provider: Standin, alice: Any, bob: Any, name: str) -> None:
    linked(bob, "kakao", "github")
    response = without_password(alice).delete(f"accounts/social/{name}/")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_nobody_unlinks_nothing(nobody: httpx.Client) -> None:
    assert nobody.delete("accounts/social/kakao/").json()["code"] == "not_authenticated"


def is_last_way_in(response: httpx.Response) -> bool:
    return (response.status_code, response.json()["code"]) == (409, "last_way_in")


def test_the_last_way_in_stays(provider: Standin, alice: Any) -> None:
    linked(without_password(alice), "kakao", "github")
    assert alice.delete("accounts/social/github/").status_code == 204
    assert is_last_way_in(alice.delete("accounts/social/kakao/"))
    assert providers_of(alice) == ["kakao"]


def test_a_password_without_an_address_is_no_way_in(provider: Standin, alice: Any) -> None:
    linked(alice, "kakao")
    User.objects.update(email=None)
    assert is_last_way_in(alice.delete("accounts/social/kakao/"))


def test_a_provider_that_is_no_longer_offered_is_no_way_in(provider: Standin, alice: Any, settings: Any) -> None:
    linked(without_password(alice), "kakao", "github")
    settings.SOCIAL_KEYS |= {"github": ("", "")}
    assert is_last_way_in(alice.delete("accounts/social/kakao/"))
    assert alice.delete("accounts/social/github/").status_code == 204


def test_of_two_last_ways_in_at_once_one_stays(provider: Standin, alice: Any) -> None:
    without_password(alice)
    for _ in range(5):
        SocialAccount.objects.all().delete()
        linked(alice, *PROVIDERS)
        with ThreadPoolExecutor(3) as pool:
            responses = list(pool.map(lambda name: alice.delete(f"accounts/social/{name}/"), PROVIDERS))
        assert sorted(response.status_code for response in responses) == [204, 204, 409]
        assert len(providers_of(alice)) == 1
