"""Accepting is all or nothing, whatever stands against it; and what the database says of a refusal holds no words."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.utils import timezone

from chat import asking, quota, replies
from chat.idempotency import Key, Replayed, from_header
from chat.models import Conversation, DailyUsage, IdempotencyKey, Message, Reservation, ServiceUsage
from chat.questions import Asked
from chat.replies import Accepted, Ending
from chat.tests.asking import new_conversation
from config.desk.models import Maintenance
from config.problems import Problem
from conftest import Person

SECRET = "아무도 모르는 말"
WORKER = uuid4()


@pytest.fixture
def talk(alice: Person) -> Conversation:
    return as_read(alice, new_conversation(alice))


def as_read(alice: Person, conversation: Any) -> Conversation:
    return Conversation.objects.owned_by(alice.user).get(id=conversation)


def accept(alice: Person, talk: Conversation, key: Key | None = None) -> Accepted:
    alice.user.refresh_from_db()
    return replies.accept(alice.user, talk, Asked(content=SECRET), worker_id=WORKER, key=key, now=timezone.now())


def kept() -> tuple[Any, ...]:
    """All that accepting writes."""
    return (
        list(Message.objects.order_by("position").values("id", "position", "status")),
        list(Conversation.objects.values("id", "last_position", "title", "last_message_at")),
        list(Reservation.objects.values("reply_id", "state")),
        list(DailyUsage.objects.values("used", "attempts", "extra")),
        list(ServiceUsage.objects.values("day", "calls")),
    )


def nothing_left(alice: Person, talk: Conversation, settings: Any) -> str:
    type(alice.user).objects.filter(pk=alice.user.pk).update(daily_limit=0)
    return "daily_limit_reached"


def all_used(alice: Person, talk: Conversation, settings: Any) -> str:
    for _ in range(settings.DAILY_CHAT_LIMIT):
        quota.reserve(alice.user, uuid4(), timezone.now())
    return "daily_limit_reached"


def too_many_failures(alice: Person, talk: Conversation, settings: Any) -> str:
    now = timezone.now()
    for _ in range(quota.ATTEMPTS_PER_REQUEST * settings.DAILY_CHAT_LIMIT):
        reply_id = uuid4()
        quota.reserve(alice.user, reply_id, now)
        assert quota.release(reply_id, "failed", now)
    return "too_many_attempts"


def no_calls(alice: Person, talk: Conversation, settings: Any) -> str:
    settings.SERVICE_DAILY_LIMIT = 0
    return "service_limit_reached"


def no_calls_left(alice: Person, talk: Conversation, settings: Any) -> str:
    settings.SERVICE_DAILY_LIMIT = 1
    assert quota.take_call(quota.local_day(timezone.now()))
    return "service_limit_reached"


def being_maintained(alice: Person, talk: Conversation, settings: Any) -> str:
    Maintenance.objects.update_or_create(defaults={"is_on": True})
    return "maintenance"


def asked_meanwhile(alice: Person, talk: Conversation, settings: Any) -> str:
    accept(alice, as_read(alice, talk.id))
    return "reply_in_progress"


def answered_meanwhile(alice: Person, talk: Conversation, settings: Any) -> str:
    twin = accept(alice, as_read(alice, talk.id))
    assert replies.settle(twin.reply, WORKER, "Hi", Ending("complete"))
    return "reply_in_progress"


def gone(alice: Person, talk: Conversation, settings: Any) -> str:
    Conversation.objects.filter(id=talk.id).delete()
    return "not_found"


STANDING = [nothing_left, all_used, too_many_failures, no_calls, no_calls_left, being_maintained]
AGAINST: list[Callable[..., str]] = [*STANDING, asked_meanwhile, answered_meanwhile, gone]


def never(*asked: Any, **named: Any) -> Any:
    raise AssertionError("the database would log the statement that it refuses, and the words in it")


def seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of every refusal without a race: the database is not asked for what it would refuse."""
    monkeypatch.setattr(quota, "reserve", never)


def seen_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of who loses a race: what stands against it came after the look."""
    looks = iter([lambda *asked: None, replies.refusal])
    monkeypatch.setattr(replies, "refusal", lambda *asked: next(looks)(*asked))


@pytest.mark.parametrize("seen", [seen_before, seen_too_late])
@pytest.mark.parametrize("against", AGAINST)
def test_what_stands_against_it_is_named_and_nothing_is_stored(
    alice: Person, talk: Conversation, settings: Any, monkeypatch: pytest.MonkeyPatch, against: Any, seen: Any
) -> None:
    code = against(alice, talk, settings)
    before = kept()
    seen(monkeypatch)
    with pytest.raises(Problem) as refused:
        accept(alice, talk)
    assert refused.value.code == code
    assert kept() == before


@pytest.mark.parametrize("has_row", [False, True])
@pytest.mark.parametrize("against", STANDING)
def test_what_stands_against_it_is_suspected_when_the_conversation_is_read(
    alice: Person, talk: Conversation, settings: Any, against: Any, has_row: bool
) -> None:
    if has_row:
        quota.add_for_day(alice.user, 0, quota.local_day(timezone.now()))
    assert not asking.to_ask_in(alice.user, talk.id).is_doubtful
    against(alice, talk, settings)
    alice.user.refresh_from_db()
    assert asking.to_ask_in(alice.user, talk.id).is_doubtful


def test_without_suspicion_nobody_looks_closer(
    alice: Person, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "refusal", never)
    assert accept(alice, asking.to_ask_in(alice.user, talk.id)).quota.used == 1


@pytest.mark.parametrize("against", AGAINST)
def test_the_databases_own_words_hold_none_of_ours(
    alice: Person, talk: Conversation, settings: Any, monkeypatch: pytest.MonkeyPatch, against: Any
) -> None:
    Conversation.objects.filter(id=talk.id).update(title=SECRET)
    against(alice, talk, settings)
    monkeypatch.setattr(replies, "refusal", lambda *asked: None)
    with pytest.raises(IntegrityError) as undone:
        accept(alice, talk)
    assert SECRET not in str(undone.value)


@pytest.mark.parametrize("seen", [seen_before, seen_too_late])
def test_a_second_try_that_came_and_went_meanwhile_is_noticed(
    alice: Person, talk: Conversation, monkeypatch: pytest.MonkeyPatch, seen: Any
) -> None:
    first = accept(alice, talk)
    assert replies.settle(first.reply, WORKER, "Hi", Ending("complete"))
    read_before = as_read(alice, talk.id)
    old = Message.objects.get(id=first.reply.id)
    again = replies.accept_again(
        alice.user, as_read(alice, talk.id), old, worker_id=WORKER, key=None, now=timezone.now()
    )
    assert replies.settle(again.reply, WORKER, "", Ending("failed", "assistant_timeout"))  # its row is gone
    before = kept()
    seen(monkeypatch)
    with pytest.raises(Problem) as refused:
        accept(alice, read_before)
    assert refused.value.code == "reply_in_progress"
    assert kept() == before


def test_a_twin_under_the_same_key_is_led_to_the_answer_whatever_else(
    alice: Person, talk: Conversation, settings: Any
) -> None:
    settings.DAILY_CHAT_LIMIT = 1
    key = from_header("twin", member=alice.user, target="POST here", body={})
    accept(alice, as_read(alice, talk.id), key)
    before = kept()
    with pytest.raises(Replayed):
        accept(alice, talk, key)
    assert kept() == before


@pytest.mark.parametrize("against", AGAINST)
def test_a_key_is_free_again_where_its_question_was_refused(
    alice: Person, talk: Conversation, settings: Any, against: Any
) -> None:
    against(alice, talk, settings)
    with pytest.raises(Problem):
        accept(alice, talk, from_header("again", member=alice.user, target="POST here", body={}))
    assert not IdempotencyKey.objects.exists()


def test_what_stands_against_it_no_longer_is_asked_for_again(
    alice: Person, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def undone(*asked: Any, **named: Any) -> Any:
        raise IntegrityError("the last request was taken, and given back just now")

    monkeypatch.setattr(quota, "reserve", undone)
    with pytest.raises(IntegrityError):  # 503 not_ready, with Retry-After: config/problems.py
        accept(alice, talk)


def test_a_moderators_gift_opens_a_limit_of_none(alice: Person, talk: Conversation) -> None:
    type(alice.user).objects.filter(pk=alice.user.pk).update(daily_limit=0)
    quota.add_for_day(alice.user, 1, quota.local_day(timezone.now()))
    taken = accept(alice, talk)
    assert (taken.quota.limit, taken.quota.used, taken.quota.remaining) == (1, 1, 0)
    assert replies.settle(taken.reply, WORKER, "Hi", Ending("complete"))
    with pytest.raises(Problem) as refused:
        accept(alice, as_read(alice, talk.id))
    assert refused.value.code == "daily_limit_reached"
