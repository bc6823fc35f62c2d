"""A member's address: asked for, confirmed by a mailed link, and what waits for that."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import leaving
from accounts.models import MailedLink, User, WaitingLetter
from accounts.tests.conftest import Browser
from accounts.tests.mailbox import TOKEN, Mailbox, text_of
from accounts.tests.providing import Standin
from chat.tests.asking import ask, new_conversation

ALICE, NEW = "alice@example.com", "new@example.com"
PASSWORD = "a quiet harbour"
NEWCOMER = {"email": NEW, "nickname": "New", "password": PASSWORD, "password_confirm": PASSWORD}


def change(person: Any, email: str = NEW, **more: str) -> httpx.Response:
    response: httpx.Response = person.post("accounts/email/change/", json={"email": email, **more})
    return response


def verify(nobody: httpx.Client, token: str) -> httpx.Response:
    return nobody.post("accounts/email/verify/", json={"token": token})


def me(person: Any) -> tuple[str | None, bool]:
    found = person.get("accounts/me/").json()
    return found["email"], found["email_verified"]


def none_waits() -> bool:
    return not WaitingLetter.objects.exists()


@pytest.fixture
def token(alice: Any, mailbox: Mailbox) -> str:
    """Of the link that gives Alice another address."""
    response = change(alice, password=PASSWORD)
    assert (response.status_code, response.content) == (202, b"")
    return mailbox.token(NEW)


# ---------------------------------------------------------------- Changing it
def test_it_takes_effect_when_the_link_is_opened(token: str, alice: Any, nobody: httpx.Client) -> None:
    assert me(alice) == (ALICE, False)
    response = verify(nobody, token)
    assert (response.status_code, response.content) == (204, b"")
    assert me(alice) == (NEW, True)
    assert nobody.post("accounts/login/", json={"email": NEW, "password": PASSWORD}).status_code == 200


def test_the_old_address_is_told_and_gets_no_link(token: str, mailbox: Mailbox) -> None:
    assert not TOKEN.search(text_of(mailbox.to(ALICE)))
    assert len(mailbox.mails) == 2


def test_a_stranger_with_an_open_log_in_needs_the_password(alice: Any, mailbox: Mailbox) -> None:
    assert change(alice).json()["errors"] == {"password": ["This field is required."]}
    assert change(alice, password="guessed").json()["errors"] == {"password": ["The password is wrong."]}
    assert none_waits()


def test_a_member_without_password_and_address_needs_neither(
    alice: Any, nobody: httpx.Client, mailbox: Mailbox
) -> None:
    User.objects.filter(pk=alice.user.pk).update(email=None, password=make_password(None))
    assert change(alice).status_code == 202
    verify(nobody, mailbox.token(NEW))
    assert me(alice) == (NEW, True)
    assert len(mailbox.mails) == 1


def test_ones_own_address_gets_its_link_again_without_a_password(
    alice: Any, nobody: httpx.Client, mailbox: Mailbox
) -> None:
    assert change(alice, "ALICE@example.com").status_code == 202
    assert verify(nobody, mailbox.token(ALICE)).status_code == 204
    assert me(alice) == (ALICE, True)
    assert change(alice, ALICE).status_code == 202
    assert none_waits()


def test_a_malformed_address_is_named(alice: Any) -> None:
    for email in ("nonsense", "", None, 5, "x" * 250 + "@example.com"):
        assert set(change(alice, email, password=PASSWORD).json()["errors"]) == {"email"}  # type: ignore[arg-type]


# ---------------------------------------------------------------- One address, one member
def test_a_taken_address_is_told_to_who_opens_the_link_alone(
    alice: Any, bob: Any, nobody: httpx.Client, mailbox: Mailbox
) -> None:
    assert change(alice, "bob@example.com", password=PASSWORD).status_code == 202
    token = mailbox.token("bob@example.com")
    for _ in range(2):
        response = verify(nobody, token)
        assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert (me(alice)[0], me(bob)) == (ALICE, ("bob@example.com", False))


def test_an_address_that_was_taken_meanwhile_stays_with_who_was_first(
    token: str, alice: Any, member: Callable[..., Any], nobody: httpx.Client
) -> None:
    member("New")
    assert verify(nobody, token).json()["code"] == "email_taken"
    assert me(alice) == (ALICE, False)


# ---------------------------------------------------------------- Caps
def test_whoever_asks_for_anothers_address_silences_none_of_its_letters(
    alice: Any, bob: Any, member: Callable[..., Any], nobody: httpx.Client, mailbox: Mailbox, eventually: Any
) -> None:
    """Of all others together an address gets five; of its own member's each kind has five of its own."""
    mallory = member("Mallory")
    for person in (bob, mallory) * 5:
        assert change(person, ALICE, password=PASSWORD).status_code == 202
        eventually(none_waits)
    assert len([mail for mail in mailbox.mails if mail["To"] == ALICE]) == 5
    nobody.post("accounts/password/reset/", json={"email": ALICE})
    mailbox.to(ALICE, 6)
    change(alice, ALICE)
    mailbox.to(ALICE, 7)


def test_a_newcomer_confirms_an_address_that_others_asked_for(
    bob: Any, nobody: httpx.Client, mailbox: Mailbox, eventually: Any
) -> None:
    for _ in range(6):
        change(bob, NEW, password=PASSWORD)
        eventually(none_waits)
    assert nobody.post("accounts/signup/", json=NEWCOMER).status_code == 201
    assert verify(nobody, mailbox.token(NEW, 6)).status_code == 204


def test_members_who_come_and_go_flood_no_mailbox(
    nobody: httpx.Client, mailbox: Mailbox, settings: Any, eventually: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(settings.LIMITS["letter-address"][0] + 1):
        assert nobody.post("accounts/signup/", json=NEWCOMER).status_code == 201
        eventually(none_waits)
        leaving.leave(User.objects.get(email=NEW))
    assert len(mailbox.mails) == 20
    assert "a mail was not sent: its address has had as many as it may" in caplog.messages


# ---------------------------------------------------------------- Tokens
def test_of_ten_uses_at_once_one_wins(token: str, alice: Any, nobody: httpx.Client) -> None:
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: verify(nobody, token).status_code, range(10)))
    assert sorted(statuses) == [204] + [401] * 9
    assert me(alice) == (NEW, True)


def test_the_last_address_asked_for_counts(token: str, alice: Any, nobody: httpx.Client, mailbox: Mailbox) -> None:
    change(alice, "newer@example.com", password=PASSWORD)
    assert verify(nobody, token).json()["code"] == "token_invalid"
    assert verify(nobody, mailbox.token("newer@example.com")).status_code == 204
    assert me(alice) == ("newer@example.com", True)


def test_a_changed_password_ends_what_a_thief_asked_for(token: str, alice: Any, nobody: httpx.Client) -> None:
    body = {"current": PASSWORD, "password": "mine again", "password_confirm": "mine again"}
    assert alice.post("accounts/password/change/", json=body).status_code == 204
    assert verify(nobody, token).json()["code"] == "token_invalid"


def test_a_changed_address_ends_the_links_to_the_old_one(
    token: str, alice: Any, nobody: httpx.Client, mailbox: Mailbox
) -> None:
    nobody.post("accounts/password/reset/", json={"email": ALICE})
    reset = mailbox.token(ALICE, 2)
    assert verify(nobody, token).status_code == 204
    body = {"token": reset, "password": "their harbour", "password_confirm": "their harbour"}
    assert nobody.post("accounts/password/reset/confirm/", json=body).json()["code"] == "token_invalid"


def test_an_old_link_does_not_bring_the_old_address_back(alice: Any, nobody: httpx.Client, mailbox: Mailbox) -> None:
    change(alice, ALICE)
    old = mailbox.token(ALICE)
    change(alice, password=PASSWORD)
    assert verify(nobody, mailbox.token(NEW)).status_code == 204
    assert verify(nobody, old).json()["code"] == "token_invalid"
    assert me(alice) == (NEW, True)


@pytest.mark.parametrize("state", ["expired", "banned", "gone"])
def test_a_token_that_is_over_is_refused_in_the_same_words(
    token: str, alice: Any, nobody: httpx.Client, state: str
) -> None:
    never_was = verify(nobody, "x" * 43)
    if state == "expired":
        MailedLink.objects.update(expires_at=timezone.now())
    elif state == "banned":
        User.objects.filter(pk=alice.user.pk).update(is_active=False)
    else:
        User.objects.filter(pk=alice.user.pk).delete()
    response = verify(nobody, token)
    assert response.status_code == 401
    assert response.json() | {"request_id": ""} == never_was.json() | {"request_id": ""}
    assert not User.objects.filter(email=NEW).exists()


def test_a_link_lasts_over_a_weekend(token: str) -> None:
    left = MailedLink.objects.get().expires_at - timezone.now()
    assert timedelta(hours=71) < left <= timedelta(hours=72)


# ---------------------------------------------------------------- Signing up
@pytest.mark.parametrize("mode", ["optional", "required"])
def test_a_new_member_gets_a_link(nobody: httpx.Client, mailbox: Mailbox, settings: Any, mode: str) -> None:
    settings.EMAIL_VERIFICATION = mode
    signed_up = nobody.post("accounts/signup/", json=NEWCOMER)
    assert signed_up.status_code == 201
    assert not signed_up.json()["user"]["email_verified"]
    assert verify(nobody, mailbox.token(NEW)).status_code == 204
    assert User.objects.get(email=NEW).email_verified_at


def test_with_none_a_new_member_gets_none(nobody: httpx.Client, mailbox: Mailbox, settings: Any) -> None:
    settings.EMAIL_VERIFICATION = "none"
    assert nobody.post("accounts/signup/", json=NEWCOMER).status_code == 201
    assert none_waits()


def test_a_taken_address_gets_none(alice: Any, nobody: httpx.Client, mailbox: Mailbox) -> None:
    assert nobody.post("accounts/signup/", json=NEWCOMER | {"email": ALICE}).status_code == 409
    assert none_waits()


def test_who_comes_through_a_provider_confirms_what_it_did_not(
    browsers: Callable[[], Browser], provider: Standin, nobody: httpx.Client, mailbox: Mailbox
) -> None:
    browsers().log_in("kakao")
    assert none_waits()
    provider.people["google"]["email_verified"] = False
    assert not browsers().log_in("google").json()["user"]["email_verified"]
    assert verify(nobody, mailbox.token("haru@google.example")).status_code == 204


# ---------------------------------------------------------------- Required
def test_required_means_that_asking_and_a_second_try_wait_and_nothing_else(
    alice: Any, nobody: httpx.Client, mailbox: Mailbox, settings: Any
) -> None:
    conversation = new_conversation(alice)
    reply = ask(alice, conversation).json()["reply"]["id"]
    settings.EMAIL_VERIFICATION = "required"
    before = alice.get("chat/quota/").json()
    asking: list[tuple[str, dict[str, str]]] = [
        (f"chat/conversations/{conversation}/messages/", {"content": "hi"}),
        (f"chat/messages/{reply}/retry/", {}),
    ]
    for route, body in asking:
        for accept in ("application/json", "text/event-stream"):
            response = alice.post(route, json=body, headers={"Accept": accept})
            assert (response.status_code, response.json()["code"]) == (403, "email_unverified")
            assert "RateLimit" in response.headers
    for route in ("chat/conversations/", f"chat/conversations/{conversation}/messages/", "accounts/sessions/"):
        assert alice.get(route).status_code == 200
    assert alice.patch("accounts/me/", json={"nickname": "A"}).status_code == 200
    assert alice.get("chat/quota/").json()["used"] == before["used"]
    change(alice, ALICE)
    verify(nobody, mailbox.token(ALICE))
    assert ask(alice, conversation).status_code == 201


@pytest.mark.parametrize("mode", ["none", "optional"])
def test_else_nobody_waits(alice: Any, settings: Any, mode: str) -> None:
    settings.EMAIL_VERIFICATION = mode
    assert ask(alice, new_conversation(alice)).status_code == 201


def test_who_has_no_address_has_none_to_confirm(alice: Any, settings: Any) -> None:
    settings.EMAIL_VERIFICATION = "required"
    User.objects.filter(pk=alice.user.pk).update(email=None)
    assert ask(alice, new_conversation(alice)).status_code == 201
