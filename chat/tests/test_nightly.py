"""The nightly work: once a local day among all, and what it removes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session
from chat import nightly
from chat.models import Conversation, IdempotencyKey, Night, Reservation
from chat.tests.asking import ask, new_conversation

NIGHT = datetime(2026, 3, 1, 4, 0, 1, tzinfo=ZoneInfo("Asia/Seoul"))


def test_of_many_who_look_at_once_one_does_the_work(transactional_db: None) -> None:
    def look(_: int) -> object:
        try:
            return nightly.claim(NIGHT)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(day is not None for day in pool.map(look, range(8))) == 1


def test_it_is_claimed_once_a_local_day_and_not_before_four(transactional_db: None) -> None:
    assert nightly.claim(NIGHT - timedelta(seconds=2)) is None
    assert nightly.claim(NIGHT) == NIGHT.date()
    assert nightly.claim(NIGHT + timedelta(hours=19)) is None or Night.objects.get().finished_at is None
    nightly.work(NIGHT)
    assert nightly.claim(NIGHT + timedelta(hours=19)) is None
    assert nightly.claim(NIGHT + timedelta(days=1)) == NIGHT.date() + timedelta(days=1)


def test_the_work_of_a_dead_process_is_taken_over(transactional_db: None) -> None:
    nightly.claim(NIGHT)
    assert nightly.claim(NIGHT + timedelta(hours=1)) is None
    assert nightly.claim(NIGHT + timedelta(hours=3)) == NIGHT.date()
    assert nightly.claim(NIGHT + timedelta(hours=3, minutes=1)) is None


def test_old_keys_and_logins_go_and_young_ones_stay(alice: Any) -> None:
    ask(alice, new_conversation(alice), Idempotency_Key="young")
    ask(alice, new_conversation(alice), Idempotency_Key="old")
    IdempotencyKey.objects.filter(key="old").update(created_at=timezone.now() - timedelta(hours=25))
    gone = Session.begin(alice.user, device="gone")
    Session.objects.filter(id=gone.id).update(ended_at=timezone.now() - timedelta(days=31))
    printed = StringIO()
    call_command("nightly", stdout=printed)
    assert [key.key for key in IdempotencyKey.objects.all()] == ["young"]
    assert list(Session.objects.all()) == [alice.session]
    assert "1  idempotency keys" in printed.getvalue()


def test_without_a_retention_conversations_stay_and_say_so(alice: Any) -> None:
    conversation = new_conversation(alice)
    Conversation.objects.update(last_message_at=timezone.now() - timedelta(days=4000))
    nightly.work(timezone.now())
    assert alice.get(f"chat/conversations/{conversation}/").json()["kept_until"] is None


def test_with_a_retention_old_ones_go_for_good_and_members_are_told_when(alice: Any, settings: Any) -> None:
    settings.CONVERSATION_RETENTION_DAYS = 30
    old, young = new_conversation(alice), new_conversation(alice)
    ask(alice, old)
    ask(alice, young)
    Conversation.objects.filter(id=old).update(last_message_at=timezone.now() - timedelta(days=31))
    told = alice.get(f"chat/conversations/{young}/").json()
    kept = datetime.fromisoformat(told["kept_until"]) - datetime.fromisoformat(told["last_message_at"])
    assert kept == timedelta(days=30)
    nightly.work(timezone.now())
    assert [row["id"] for row in alice.get("chat/conversations/").json()["results"]] == [young]
    assert Reservation.objects.filter(state="charged").count() == 2  # the book keeps its requests


def test_a_worker_begins_it_by_itself(transactional_db: None, monkeypatch: Any, eventually: Any) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NIGHT)
    nightly.begin_if_due()
    eventually(lambda: Night.objects.filter(finished_at__isnull=False).exists())


def test_a_rehearsal_counts_and_holds_nobody_up(alice: Any, settings: Any) -> None:
    settings.CONVERSATION_RETENTION_DAYS = 30
    conversation = new_conversation(alice)
    Conversation.objects.update(last_message_at=timezone.now() - timedelta(days=31))
    with CaptureQueriesContext(connection) as asked:
        assert nightly.rehearse(timezone.now())["conversations"] == 1
    assert not [query for query in asked.captured_queries if 'DELETE FROM "chat_conversation"' in query["sql"]]
    assert alice.get(f"chat/conversations/{conversation}/").status_code == 200
