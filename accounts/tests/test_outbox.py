"""Letters that wait: none is lost with a process, none is sent by two, failures are tried again within bounds."""

import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection
from django.utils import timezone

from accounts import outbox
from accounts.models import WaitingLetter
from accounts.tests.mailbox import Mailbox
from chat.tests.processes import host

ALICE = "alice@example.com"
REFUSED, BUSY = "550 no such user alice@example.com", "451 try again later, alice@example.com"


def ask(nobody: httpx.Client) -> None:
    assert nobody.post("accounts/password/reset/", json={"email": ALICE}).status_code == 202


def waiting() -> Iterator[tuple[int, float]]:
    """Of each letter: its tries, and in how many seconds it is due."""
    for letter in WaitingLetter.objects.all():
        yield letter.tries, (letter.due_at - timezone.now()).total_seconds()


def make_due() -> None:
    """As if the time had passed."""
    WaitingLetter.objects.update(due_at=timezone.now())
    outbox.posted.set()


def waits_after(tries: int, letters: int = 1) -> bool:
    """Whether so many letters have failed so often, and are due when the next try should be."""
    seconds = outbox.RETRY_SECONDS[tries - 1]
    return [tries] * letters == [found for found, due_in in waiting() if seconds - 15 < due_in <= seconds]


# ---------------------------------------------------------------- Failures
def test_a_failure_is_tried_again_later_and_then_arrives(
    alice: Any, nobody: httpx.Client, mailbox: Mailbox, eventually: Any
) -> None:
    mailbox.answers = [BUSY] * 2
    ask(nobody)
    eventually(lambda: waits_after(1))
    make_due()
    eventually(lambda: waits_after(2))
    assert not mailbox.mails
    make_due()
    mailbox.to(ALICE)
    eventually(lambda: not list(waiting()))


def test_after_the_last_try_it_is_given_up(alice: Any, nobody: httpx.Client, mailbox: Mailbox, eventually: Any) -> None:
    mailbox.answers = [BUSY] * 20
    ask(nobody)
    for tries in range(1, len(outbox.RETRY_SECONDS) + 1):
        eventually(lambda tries=tries: waits_after(tries))
        make_due()
    eventually(lambda: not list(waiting()))
    assert (len(mailbox.answers), mailbox.mails) == (15, [])


def test_who_is_refused_for_good_is_not_tried_again(
    alice: Any, nobody: httpx.Client, mailbox: Mailbox, eventually: Any
) -> None:
    mailbox.answers = [REFUSED]
    ask(nobody)
    eventually(lambda: not mailbox.answers and not list(waiting()))
    assert not mailbox.mails


def test_a_mail_server_that_is_away_is_waited_for(
    alice: Any, nobody: httpx.Client, mailbox: Mailbox, settings: Any, eventually: Any
) -> None:
    settings.EMAIL_PORT = 1
    ask(nobody)
    eventually(lambda: waits_after(1))
    settings.EMAIL_PORT = mailbox.port
    make_due()
    mailbox.to(ALICE)


def test_tries_that_failed_cost_no_other_letter(
    alice: Any, nobody: httpx.Client, mailbox: Mailbox, settings: Any, eventually: Any
) -> None:
    settings.EMAIL_PORT = 1
    for _ in range(2):
        ask(nobody)
    for tries in (1, 2, 3):
        eventually(lambda tries=tries: waits_after(tries, letters=2))
        settings.EMAIL_PORT = mailbox.port if tries == 3 else 1
        make_due()
    mailbox.to(ALICE, 2)


def test_a_failure_is_logged_without_the_address(
    alice: Any, nobody: httpx.Client, mailbox: Mailbox, eventually: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for answer in (BUSY, REFUSED):
        mailbox.answers = [answer]
        WaitingLetter.objects.all().delete()
        ask(nobody)
        eventually(lambda: not mailbox.answers)
    ask(nobody)
    mailbox.to(ALICE)
    eventually(lambda: "mail sent" in caplog.text)
    assert "a mail was not sent and will be tried again" in caplog.text
    assert "a mail was not sent and is given up" in caplog.text
    ours = [record for record in caplog.records if record.name != "mail.log"]  # the mail server is no part of Haru
    everything = "".join(str(vars(record)) for record in ours)
    assert "alice@example" not in everything
    assert "token=" not in everything


# ---------------------------------------------------------------- Who sends
@pytest.mark.django_db(transaction=True)
def test_each_letter_is_taken_once_by_all_processes_together() -> None:
    def take_all(_: int) -> list[int]:
        try:
            return [letter.pk for letter in iter(outbox.take, None)]
        finally:
            connection.close()

    for number in range(100):
        WaitingLetter.objects.create(kind="reset", email=f"{number}@example.com", language="en")
    with ThreadPoolExecutor(8) as pool:
        taken = [pk for found in pool.map(take_all, range(8)) for pk in found]
    assert len(taken) == len(set(taken)) > 50  # a worker of this process may have some of them
    assert set(WaitingLetter.objects.values_list("tries", flat=True)) == {1}


@pytest.mark.django_db
def test_a_try_that_died_is_made_again_and_the_last_one_is_not() -> None:
    letter = WaitingLetter.objects.create(kind="reset", email=ALICE, language="en")
    for tries in range(1, len(outbox.RETRY_SECONDS) + 2):
        taken = outbox.take()
        assert taken
        assert (taken.pk, taken.tries) == (letter.pk, tries)
        assert outbox.take() is None
        WaitingLetter.objects.update(due_at=timezone.now())
    assert outbox.take() is None
    assert not WaitingLetter.objects.exists()


@pytest.mark.django_db
def test_a_letter_that_nobody_expects_any_more_is_dropped() -> None:
    asked_at = timezone.now() - timedelta(seconds=outbox.KEPT_SECONDS + 1)
    WaitingLetter.objects.create(kind="reset", email=ALICE, language="en", created_at=asked_at)
    assert outbox.take() is None
    assert not WaitingLetter.objects.exists()


def test_no_letter_is_lost_with_the_process_that_promised_it(
    alice: Any, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "take", lambda: None)  # here: hosts are other processes
    mail_server = {"EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}", "DEFAULT_FROM_EMAIL": "haru@haru.example"}
    with host(**mail_server) as first:
        answer = httpx.post(f"{first.url}/api/v1/accounts/password/reset/", json={"email": ALICE})
        first.kill()
        assert answer.status_code == 202
    assert not mailbox.mails
    with host(**mail_server):
        mailbox.to(ALICE)


def test_an_answer_never_waits_for_the_mail_server(
    alice: Any, nobody: httpx.Client, mailbox: Mailbox, settings: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never says a word
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = silent.getsockname()[1], 3
        began = time.monotonic()
        for _ in range(5):
            ask(nobody)
            assert alice.get("accounts/me/").status_code == 200
        assert time.monotonic() - began < 2
