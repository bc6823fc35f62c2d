"""Resetting a password by a mailed link: tells nobody who is a member, works once and in time, ends all log-ins."""

import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import links, passwords
from accounts.models import MailedLink, Session, SocialAccount, User, WaitingLetter
from accounts.tests.mailbox import Mailbox
from config.limits.models import Counter
from config.problems import Problem

ALICE = "alice@example.com"
OLD, NEW = "a quiet harbour", "a louder harbour"


def ask(nobody: httpx.Client, email: str = ALICE) -> httpx.Response:
    return nobody.post("accounts/password/reset/", json={"email": email})


def confirm(nobody: httpx.Client, token: str, password: str = NEW) -> httpx.Response:
    body = {"token": token, "password": password, "password_confirm": password}
    return nobody.post("accounts/password/reset/confirm/", json=body)


def opens(nobody: httpx.Client, password: str) -> bool:
    return nobody.post("accounts/login/", json={"email": ALICE, "password": password}).status_code == 200


def said(response: httpx.Response) -> dict[str, Any]:
    return dict(response.json()) | {"request_id": ""}


@pytest.fixture
def token(alice: Any, nobody: httpx.Client, mailbox: Mailbox) -> str:
    """Of a link that was mailed to Alice."""
    assert ask(nobody).status_code == 202
    return mailbox.token(ALICE)


def test_the_link_sets_a_new_password_and_ends_all_log_ins(
    token: str, alice: Any, bob: Any, nobody: httpx.Client
) -> None:
    response = confirm(nobody, token)
    assert (response.status_code, response.content) == (204, b"")
    assert alice.get("accounts/me/").json()["code"] == "session_ended"
    assert bob.get("accounts/me/").status_code == 200
    assert opens(nobody, NEW)
    assert not opens(nobody, OLD)


def test_who_got_the_mail_has_the_address(token: str, alice: Any, nobody: httpx.Client) -> None:
    confirm(nobody, token)
    assert User.objects.get(pk=alice.user.pk).email_verified_at is not None


def linked_and_reset(alice: Any, nobody: httpx.Client, token: str) -> bool:
    """Whether a provider that was linked before the reset still opens the account."""
    SocialAccount.objects.create(user=alice.user, provider="github", uid="1")
    assert confirm(nobody, token).status_code == 204
    return bool(alice.user.social_accounts.exists())


def test_a_provider_that_was_linked_before_the_address_was_confirmed_opens_nothing_any_more(
    token: str, alice: Any, bob: Any, nobody: httpx.Client
) -> None:
    """Mallory signs up with Alice's address and links their own account; Alice comes by the mail."""
    SocialAccount.objects.create(user=bob.user, provider="github", uid="2")
    assert not linked_and_reset(alice, nobody, token)
    assert bob.user.social_accounts.exists()


def test_who_had_confirmed_the_address_keeps_their_providers(token: str, alice: Any, nobody: httpx.Client) -> None:
    User.objects.filter(pk=alice.user.pk).update(email_verified_at=timezone.now())
    assert linked_and_reset(alice, nobody, token)


def test_a_member_without_a_password_gets_one(token: str, alice: Any, nobody: httpx.Client) -> None:
    alice.user.set_unusable_password()
    alice.user.save()
    assert confirm(nobody, token).status_code == 204
    assert opens(nobody, NEW)


def test_a_token_is_taken_once(token: str, nobody: httpx.Client) -> None:
    assert confirm(nobody, token).status_code == 204
    assert confirm(nobody, token, "another harbour").json()["code"] == "token_invalid"
    assert opens(nobody, NEW)


def test_of_ten_uses_at_once_one_wins(token: str, nobody: httpx.Client) -> None:
    new = [f"{NEW} {n}" for n in range(10)]
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda password: confirm(nobody, token, password).status_code, new))
    assert sorted(statuses) == [204] + [401] * 9
    assert [password for password in new if opens(nobody, password)] == [new[statuses.index(204)]]


def test_of_ten_who_found_it_unused_one_spends_it(alice: Any) -> None:
    """The race itself: requests take turns at hashing, two hosts do not."""
    address = links.address("reset", alice.user, email=ALICE)
    link = links.found("reset", address.partition("token=")[2])

    def spend(_: int) -> bool:
        try:
            with transaction.atomic():
                return bool(links.spend(link) == alice.user)
        except Problem:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(spend, range(10))) == [False] * 9 + [True]


def test_a_password_that_breaks_a_rule_uses_nothing_up(token: str, nobody: httpx.Client) -> None:
    for password in ("short", "password123", ALICE):
        response = confirm(nobody, token, password)
        assert response.status_code == 400
        assert set(response.json()["errors"]) == {"password"}
    assert confirm(nobody, token).status_code == 204


# ---------------------------------------------------------------- Refused, in the same words
def expired(token: str, alice: Any) -> None:
    MailedLink.objects.update(expires_at=timezone.now())


def banned(token: str, alice: Any) -> None:
    User.objects.filter(pk=alice.user.pk).update(is_active=False)


def gone(token: str, alice: Any) -> None:
    User.objects.filter(pk=alice.user.pk).delete()


def password_changed(token: str, alice: Any) -> None:
    body = {"current": OLD, "password": "mine again", "password_confirm": "mine again"}
    assert alice.post("accounts/password/change/", json=body).status_code == 204


def address_changed_by_a_moderator(token: str, alice: Any) -> None:
    User.objects.filter(pk=alice.user.pk).update(email="new@example.com")


def of_another_kind(token: str, alice: Any) -> None:
    MailedLink.objects.update(kind="verify")


@pytest.mark.parametrize(
    "happens", [expired, banned, gone, password_changed, address_changed_by_a_moderator, of_another_kind]
)
def test_a_token_that_is_over_is_refused_in_the_same_words(
    token: str, alice: Any, nobody: httpx.Client, happens: Callable[[str, Any], None]
) -> None:
    never_was = confirm(nobody, "x" * 43)
    assert (never_was.status_code, never_was.json()["code"]) == (401, "token_invalid")
    happens(token, alice)
    hashed = User.objects.filter(pk=alice.user.pk).values_list("password", flat=True).first()
    response = confirm(nobody, token)
    assert response.status_code == 401
    assert said(response) == said(never_was)
    assert User.objects.filter(pk=alice.user.pk).values_list("password", flat=True).first() == hashed


def test_a_link_lasts_an_hour(token: str, settings: Any) -> None:
    left = MailedLink.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(seconds=settings.RESET_LINK_SECONDS) == timedelta(hours=1)


def test_a_reset_ends_the_other_links(token: str, nobody: httpx.Client, mailbox: Mailbox) -> None:
    ask(nobody)
    second = mailbox.token(ALICE, 2)
    assert second != token
    assert confirm(nobody, token).status_code == 204
    assert confirm(nobody, second).json()["code"] == "token_invalid"


def test_a_token_is_kept_as_its_hash_alone(token: str) -> None:
    for model in (MailedLink, WaitingLetter):
        for row in model.objects.values():
            assert token not in str(row)


@pytest.mark.parametrize("token", [None, 5, "", "x" * 129, ["a"]])
def test_a_malformed_token_is_named(nobody: httpx.Client, token: Any) -> None:
    body = {"token": token, "password": NEW, "password_confirm": NEW}
    response = nobody.post("accounts/password/reset/confirm/", json=body)
    assert (response.status_code, set(response.json()["errors"])) == (400, {"token"})


# ---------------------------------------------------------------- Who is a member stays unknown
def test_known_banned_and_unknown_get_the_same_answer_and_only_members_mail(
    alice: Any, member: Any, nobody: httpx.Client, mailbox: Mailbox, eventually: Any
) -> None:
    member("Mallory", is_active=False)
    answers = []
    for email in ("mallory@example.com", "unknown@example.com", ALICE, "ALICE@Example.com"):
        response = ask(nobody, email)
        headers = {name for name in response.headers if name not in ("date", "x-request-id")}
        answers.append((response.status_code, response.content, headers))
    assert answers[0] == (202, b"", answers[0][2])
    assert len({str(answer) for answer in answers}) == 1
    mailbox.to(ALICE, 2)
    eventually(lambda: not WaitingLetter.objects.exists())
    assert {mail["To"] for mail in mailbox.mails} == {ALICE}


def test_a_malformed_address_is_named(nobody: httpx.Client) -> None:
    for body in ({}, {"email": "nonsense"}, {"email": ALICE, "name": "x"}):
        assert nobody.post("accounts/password/reset/", json=body).status_code == 400


def test_nobodys_mailbox_is_flooded(
    alice: Any, nobody: httpx.Client, mailbox: Mailbox, settings: Any, eventually: Any
) -> None:
    for _ in range(settings.LIMITS["letter"][0] + 3):
        assert ask(nobody).status_code == 202
    eventually(lambda: not WaitingLetter.objects.exists())
    assert len(mailbox.mails) == settings.LIMITS["letter"][0] == 5
    Counter.objects.update(ends_at=timezone.now())
    ask(nobody)
    mailbox.to(ALICE, 6)


def test_the_same_is_done_for_known_and_unknown(alice: Any, django_assert_num_queries: Any) -> None:
    done = []
    for email in (ALICE, "nobody@example.com"):
        with django_assert_num_queries(1) as captured:
            passwords.ask_for_reset(email)
        done.append([query["sql"].partition("VALUES")[0] for query in captured.captured_queries])
    assert done[0] == done[1]


def seconds_to_ask(nobody: httpx.Client, email: str) -> float:
    began = time.perf_counter()
    assert ask(nobody, email).status_code == 202
    return time.perf_counter() - began


def time_tells(nobody: httpx.Client) -> bool:
    """Whether the difference of the medians is one that chance does not make: above those of all shuffled labels."""
    tries = [ALICE, "unknown@example.com"] * 100
    random.shuffle(tries)
    seconds_to_ask(nobody, ALICE)
    taken = [seconds_to_ask(nobody, email) for email in tries]

    def difference(labels: list[str]) -> float:
        medians = [
            statistics.median(second for label, second in zip(labels, taken, strict=True) if label == email)
            for email in set(tries)
        ]
        return abs(medians[0] - medians[1])

    return difference(tries) > max(difference(random.sample(tries, len(tries))) for _ in range(2000))


def test_the_time_tells_nothing_either(alice: Any, nobody: httpx.Client, mailbox: Mailbox, settings: Any) -> None:
    """Chance makes the greatest difference once in two thousand times; one that is there is found again."""
    settings.MAIL_PAUSE_SECONDS = (0.3, 1.5)
    rules = ("reset", "reset-account", "letter", "letter-address")
    settings.LIMITS = settings.LIMITS | dict.fromkeys(rules, (1000, 3600))
    assert not (time_tells(nobody) and time_tells(nobody))
    mailbox.to(ALICE)


def test_log_ins_of_a_reset_member_end_on_every_device(token: str, alice: Any, nobody: httpx.Client) -> None:
    for _ in range(3):
        Session.begin(alice.user, device="phone")
    confirm(nobody, token)
    assert not Session.objects.alive().filter(user=alice.user).exists()
