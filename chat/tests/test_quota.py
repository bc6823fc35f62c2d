"""The quota: five a local day, counted exactly, and in the same figures everywhere."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError

from accounts.models import User
from chat import quota
from chat.models import DailyUsage, Message, Reservation, ServiceUsage
from chat.tests.asking import ask, new_conversation, stream
from config.problems import Problem
from config.statements import run

SEOUL = ZoneInfo("Asia/Seoul")


def figures(person: Any) -> dict[str, int]:
    body = person.get("chat/quota/").json()
    return {name: body[name] for name in ("limit", "used", "remaining")}


def test_five_are_answered_and_the_sixth_is_refused_with_the_figures(alice: Any) -> None:
    for left in (4, 3, 2, 1, 0):
        assert ask(alice, new_conversation(alice)).json()["quota"]["remaining"] == left
    response = ask(alice, new_conversation(alice))
    assert (response.status_code, response.json()["code"]) == (429, "daily_limit_reached")
    body = response.json()["quota"]
    assert (body["limit"], body["used"], body["remaining"]) == (5, 5, 0)
    assert datetime.fromisoformat(body["resets_at"]).astimezone(SEOUL).hour == 0
    assert 0 < int(response.headers["Retry-After"]) <= 86_400
    assert response.headers["RateLimit-Policy"] == '"daily";q=5;w=86400'
    assert re.fullmatch(r'"daily";r=0;t=\d+', response.headers["RateLimit"])


def test_body_and_headers_say_the_same(alice: Any) -> None:
    response = ask(alice, new_conversation(alice))
    assert response.headers["RateLimit"].startswith('"daily";r=4;t=')
    assert response.json()["quota"] == alice.get("chat/quota/").json()
    assert stream(alice, new_conversation(alice))[0]["data"]["quota"]["remaining"] == 3


def test_every_answer_to_a_member_of_these_routes_has_the_headers(alice: Any, bob: Any) -> None:
    conversation = new_conversation(alice)
    route = f"chat/conversations/{conversation}/messages/"
    for response in (
        alice.get("chat/quota/"),
        alice.get(route),
        alice.post(route, json={}),
        alice.post(route, content="{", headers={"Content-Type": "application/json"}),
        alice.delete(route),
        bob.get(route),
    ):
        assert response.headers["RateLimit"].startswith('"daily";r=5;'), response.text


@pytest.mark.parametrize(
    "script", ["[[fail=500]]", "[[cut]]", "[[nofinish]]", "[[refuse]]", "[[empty]]", "[[garbage]]"]
)
def test_a_failed_reply_is_given_back(alice: Any, script: str) -> None:
    body = ask(alice, new_conversation(alice), f"{script} [[over=0]]").json()
    assert body["reply"]["status"] == "failed"
    assert body["quota"]["remaining"] == 5
    assert Reservation.objects.get().state == "released"


def test_failing_is_no_free_tap(member: Callable[..., Any]) -> None:
    carol = member("Carol", daily_limit=1)
    for _ in range(4):
        assert ask(carol, new_conversation(carol), "[[fail=400]]").status_code == 503
    response = ask(carol, new_conversation(carol))
    assert (response.status_code, response.json()["code"]) == (429, "too_many_attempts")
    assert response.json()["quota"]["remaining"] == 1


def test_a_moderator_may_set_a_limit_or_add_some_for_today(member: Callable[..., Any], alice: Any) -> None:
    assert figures(member("Dora", daily_limit=0)) == {"limit": 0, "used": 0, "remaining": 0}
    DailyUsage.objects.create(member=alice.user, day=quota.local_day(datetime.now(UTC)), extra=2)
    assert figures(alice) == {"limit": 7, "used": 0, "remaining": 7}


def test_the_service_has_a_cap_of_its_own(alice: Any, bob: Any, settings: Any) -> None:
    settings.SERVICE_DAILY_LIMIT = 1
    assert ask(alice, new_conversation(alice)).status_code == 201
    response = ask(bob, new_conversation(bob))
    assert (response.status_code, response.json()["code"]) == (503, "service_limit_reached")
    assert int(response.headers["Retry-After"]) > 0
    assert figures(bob)["used"] == 0
    assert not Message.objects.filter(conversation__owner=bob.user).exists()
    assert ServiceUsage.objects.get().calls == 1


def test_deleting_a_conversation_gives_nothing_back(alice: Any) -> None:
    conversation = new_conversation(alice)
    ask(alice, conversation)
    assert alice.delete(f"chat/conversations/{conversation}/").status_code == 204
    assert figures(alice)["used"] == 1


def test_twenty_at_once_of_one_member_get_exactly_five(alice: Any, server: Any) -> None:
    conversations = [new_conversation(alice) for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(lambda conversation: ask(alice, conversation).status_code, conversations))
    assert sorted(codes) == [201] * 5 + [429] * 15
    assert server.model.get("/calls").json()["started"] == 5
    assert DailyUsage.objects.get().used == 5


@pytest.fixture
def erin(transactional_db: None) -> User:
    return User.objects.create(nickname="Erin")


def taken_at(user: User, moment: datetime) -> Any:
    reply_id = uuid4()
    try:
        quota.reserve(user, reply_id, moment)
    except IntegrityError as error:
        standing = run(quota.STANDING, member=user.pk, day=quota.local_day(moment))[0]
        raise quota.refusal(user, moment, *standing) or error from None
    return reply_id


def test_what_was_taken_before_midnight_is_given_back_to_that_day(erin: User) -> None:
    before = datetime(2026, 3, 1, 23, 59, 59, tzinfo=SEOUL)
    after = datetime(2026, 3, 2, 0, 0, 1, tzinfo=SEOUL)
    reply_id = taken_at(erin, before)
    taken_at(erin, after)
    quota.release(reply_id, "interrupted", after)
    assert (quota.remaining(erin, before).used, quota.remaining(erin, after).used) == (0, 1)


@pytest.mark.parametrize("is_charged", [True, False])
def test_settling_tells_the_figures_of_today(erin: User, is_charged: bool) -> None:
    before = datetime(2026, 3, 1, 23, 59, 59, tzinfo=SEOUL)
    after = datetime(2026, 3, 2, 0, 0, 1, tzinfo=SEOUL)

    def settled(moment: datetime, at: datetime) -> Any:
        reply_id = taken_at(erin, moment)
        use = quota.charge(reply_id, at) if is_charged else quota.release(reply_id, "failed", at)
        assert use
        assert quota.quota_of(erin, *use) == quota.remaining(erin, at)
        assert quota.charge(reply_id, at) is quota.release(reply_id, "failed", at) is None
        return use

    assert settled(before, before)[1:] == (int(is_charged), 0)
    assert settled(before, after)[1:] == (0, 0)  # nothing was asked today yet
    quota.add_for_day(erin, 2, after.date())
    taken_at(erin, after)
    assert settled(before, after)[1:] == (1, 2)
    assert settled(after, after)[1:] == (1 + is_charged, 2)


def test_giving_back_twice_gives_back_once(erin: User) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=SEOUL)
    reply_id = taken_at(erin, now)
    taken_at(erin, now)
    quota.release(reply_id, "failed", now)
    quota.release(reply_id, "failed", now)
    quota.charge(reply_id, now)
    assert quota.remaining(erin, now).used == 1
    assert Reservation.objects.get(reply_id=reply_id).state == "released"


def test_the_day_is_the_local_one(erin: User) -> None:
    utc_evening = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)  # half past midnight in Seoul
    taken_at(erin, utc_evening)
    assert DailyUsage.objects.get().day.isoformat() == "2026-03-02"


@pytest.mark.parametrize(
    ("zone", "moment", "seconds"),
    [
        ("Asia/Seoul", "2026-03-01T23:00:00+09:00", 3600),
        ("Europe/Berlin", "2026-03-29T00:00:00+01:00", 23 * 3600),
        ("Europe/Berlin", "2026-10-25T00:00:00+02:00", 25 * 3600),
        ("Africa/Cairo", "2026-04-23T23:00:00+02:00", 3600),
    ],
)
def test_the_reset_is_the_next_local_midnight_where_clocks_change(
    settings: Any, zone: str, moment: str, seconds: int
) -> None:
    settings.TIME_ZONE = zone
    now = datetime.fromisoformat(moment)
    resets_at = quota.resets_at(quota.local_day(now))
    assert quota.Quota(5, 0, 5, resets_at).seconds_to_reset(now) == seconds


def test_a_refused_reservation_has_taken_nothing(erin: User) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=SEOUL)
    for _ in range(5):
        taken_at(erin, now)
    with pytest.raises(Problem) as refusal:
        taken_at(erin, now)
    assert refusal.value.code == "daily_limit_reached"
    assert Reservation.objects.count() == 5


@pytest.mark.parametrize("limit", [10**9, 2**31 - 1])
def test_a_limit_that_is_a_slip_overflows_nothing(member: Any, limit: int) -> None:
    carol = member("Carol", daily_limit=limit)
    assert ask(carol, new_conversation(carol)).status_code == 201
