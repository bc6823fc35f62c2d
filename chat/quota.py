"""THE rule: how many requests a member may make in a local day, counted exactly; it knows no HTTP but its exception.

A member has `DAILY_CHAT_LIMIT` requests (a moderator may set a limit of their own, or add some for one day) from
local midnight to local midnight of `TIME_ZONE`. A request is taken before the model is called, on the day it was
accepted; it is given back to that day when the reply fails or is stopped before its first word. Since what fails is
free, a member may start at most `ATTEMPTS_PER_REQUEST` calls of the model for each request of their limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Least

from chat.models import DailyUsage, Reservation
from config.problems import Problem
from config.statements import Statement, run, together

ATTEMPTS_PER_REQUEST = 4
DAY_SECONDS = 86_400
LIMIT_MAX = 1_000_000  # more is as good as none, and a moderator's slip must not overflow the columns

# THE statement: whoever comes first on a day makes its row, everybody else adds to it where something is left. The
# database runs it for one member at a time, however many workers and hosts there are, so the limit is exact. Where
# nothing is left `used` would become NULL, which it may not be: that undoes whatever was sent in one message with it.
TAKE = f"""
    INSERT INTO chat_dailyusage AS mine (member_id, day, used, attempts, extra)
    VALUES (%(member)s, %(day)s, CASE WHEN %(limit)s > 0 OR EXISTS (
        SELECT 1 FROM chat_dailyusage WHERE member_id = %(member)s AND day = %(day)s
    ) THEN 1 END, 1, 0)
    ON CONFLICT (member_id, day) DO UPDATE SET attempts = mine.attempts + 1, used = CASE WHEN
        mine.used < %(limit)s + mine.extra AND mine.attempts < (%(limit)s + mine.extra) * {ATTEMPTS_PER_REQUEST}
    THEN mine.used + 1 END
"""  # noqa: S608
TAKE_CALL = """
    INSERT INTO chat_serviceusage AS today (day, calls) VALUES (%(day)s, CASE WHEN %(cap)s > 0 THEN 1 END)
    ON CONFLICT (day) DO UPDATE SET calls = CASE WHEN today.calls < %(cap)s THEN today.calls + 1 END
"""
HOLD = """
    INSERT INTO chat_reservation (reply_id, member_id, day, state, reason, created_at, assistant, model)
    VALUES (%(reply)s, %(member)s, %(day)s, 'held', '', %(now)s, %(assistant)s, %(model)s)
"""
FIGURES = "SELECT used, extra FROM chat_dailyusage WHERE member_id = %(member)s AND day = %(day)s"
STANDING = """
    SELECT (SELECT calls FROM chat_serviceusage WHERE day = %(day)s) AS calls, used, extra, attempts
    FROM (SELECT 1) AS this LEFT JOIN chat_dailyusage ON member_id = %(member)s AND day = %(day)s
"""
# Whether STANDING seems to tell of something that stands against a request: seldom, so that look is seldom needed.
DOUBT = f"""
    %(limit)s <= 0 OR %(cap)s <= 0 OR EXISTS (
        SELECT 1 FROM chat_dailyusage WHERE member_id = %(member)s AND day = %(day)s
            AND (used >= %(limit)s + extra OR attempts >= (%(limit)s + extra) * {ATTEMPTS_PER_REQUEST})
    ) OR EXISTS (SELECT 1 FROM chat_serviceusage WHERE day = %(day)s AND calls >= %(cap)s)
"""  # noqa: S608
OF_TODAY = "FROM chat_dailyusage AS mine WHERE mine.member_id = chat_reservation.member_id AND mine.day = %(today)s"
SETTLE = f"""
    UPDATE chat_reservation SET state = %(state)s, reason = %(reason)s, settled_at = %(now)s,
        tokens_input = %(tokens_input)s, tokens_output = %(tokens_output)s, first_word_ms = %(first_word_ms)s
    WHERE reply_id = %(reply)s AND state = 'held'
    RETURNING member_id, day, day = %(today)s, (SELECT used {OF_TODAY}), (SELECT extra {OF_TODAY})
"""  # noqa: S608
SPENT: dict[str, int | None] = {"tokens_input": None, "tokens_output": None, "first_word_ms": None}


class Use(NamedTuple):
    """One member's day, as the book has it."""

    day: date
    used: int
    extra: int


@dataclass(frozen=True)
class Quota:
    """A member's figures today; `resets_at` is the next local midnight."""

    limit: int
    used: int
    remaining: int
    resets_at: datetime

    @classmethod
    def from_json(cls, figures: Mapping[str, Any]) -> "Quota":
        """Figures that have been made ready for JSON already."""
        return cls(**{**figures, "resets_at": datetime.fromisoformat(figures["resets_at"])})

    def as_json(self) -> dict[str, Any]:
        """`{limit, used, remaining, resets_at}`, the time in ISO 8601 with its offset."""
        figures = {"limit": self.limit, "used": self.used, "remaining": self.remaining}
        return figures | {"resets_at": self.resets_at.isoformat()}

    def seconds_to_reset(self, now: datetime) -> int:
        return max(1, ceil(self.resets_at.timestamp() - now.timestamp()))

    def headers(self, now: datetime) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit` as in the IETF draft of httpapi."""
        return {
            "RateLimit-Policy": f'"daily";q={self.limit};w={DAY_SECONDS}',
            "RateLimit": f'"daily";r={self.remaining};t={self.seconds_to_reset(now)}',
        }


def local_day(now: datetime) -> date:
    """The day of `TIME_ZONE` on which a moment falls."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def resets_at(day: date) -> datetime:
    """The midnight that ends a local day, also where clocks change."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(settings.TIME_ZONE))


def daily_limit(member: Any) -> int:
    """A member's own limit, or the service's."""
    return min(settings.DAILY_CHAT_LIMIT if member.daily_limit is None else member.daily_limit, LIMIT_MAX)


def remaining(member: Any, now: datetime) -> Quota:
    """A member's figures at a moment."""
    return figures(member, local_day(now))


def figures(member: Any, day: date) -> Quota:
    """A member's figures of a day."""
    rows = run(FIGURES, **keys(member, day))
    return quota_of(member, day, *(rows[0] if rows else (0, 0)))


def quota_of(member: Any, day: date, used: int, extra: int) -> Quota:
    limit = daily_limit(member) + extra
    return Quota(limit, used, max(0, limit - used), resets_at(day))


def keys(member: Any, day: date) -> dict[str, Any]:
    """What a day's row of a member is found by."""
    return {"member": member.pk, "day": day}


def bounds(member: Any) -> dict[str, int]:
    """What one member and everybody together may use in a day."""
    return {"limit": daily_limit(member), "cap": settings.SERVICE_DAILY_LIMIT}


def reserve(
    member: Any, reply_id: UUID, now: datetime, *beside: Statement, assistant: str = "", model: str = ""
) -> Quota:
    """Takes one request for a reply, in one message and transaction with `beside`, which comes first.

    Which assistant and model it is for is noted for the figures.
    Raises IntegrityError, and nothing is taken, where none is left: `refusal` says why.
    """
    day = local_day(now)
    mine = keys(member, day)
    held = {"reply": reply_id, "now": now, "assistant": assistant, "model": model}
    rows = together(
        *beside,
        Statement(HOLD, held | mine),
        Statement(TAKE, bounds(member) | mine),
        Statement(TAKE_CALL, bounds(member) | mine),  # last: everybody waits for this row
        Statement(FIGURES, mine),
    )
    return quota_of(member, day, *rows[0])


def take_call(day: date) -> bool:
    """One call of the service's day, which is nobody's request; False where there is none left."""
    try:
        run(TAKE_CALL, day=day, cap=settings.SERVICE_DAILY_LIMIT)
    except IntegrityError:
        return False
    return True


def refusal(
    member: Any, now: datetime, calls: int | None, used: int | None, extra: int | None, attempts: int | None
) -> Problem | None:
    """Why nothing can be taken, by a row of STANDING; None where something can.

    The service's cap comes before the member's own, as the contract orders them.
    """
    quota = quota_of(member, local_day(now), used or 0, extra or 0)
    if (calls or 0) >= settings.SERVICE_DAILY_LIMIT:
        return Problem("service_limit_reached", retry_after=quota.seconds_to_reset(now))
    if quota.remaining and (attempts or 0) < quota.limit * ATTEMPTS_PER_REQUEST:
        return None
    code = "too_many_attempts" if quota.remaining else "daily_limit_reached"
    return Problem(code, retry_after=quota.seconds_to_reset(now), members={"quota": quota.as_json()})


def add_for_day(member: Any, requests: int, day: date) -> None:
    """Lets a member ask so many more times on this one day."""
    DailyUsage.objects.bulk_create([DailyUsage(member=member, day=day)], ignore_conflicts=True)
    DailyUsage.objects.filter(member=member, day=day).update(extra=Least(F("extra") + requests, LIMIT_MAX))


def charge(reply_id: UUID, now: datetime, *beside: Statement, **spent: int | None) -> Use | None:
    """A held request becomes a charged one, in one transaction with `beside`; the day's sum has it already.

    `spent`: tokens and times, as in SPENT. Returns the member's use today, or None where the request was charged or
    given back before.
    """
    settled = together(*beside, settling(reply_id, Reservation.State.CHARGED, "", now, spent))
    if not settled:
        return None
    ((_member, _day, _is_today, used, extra),) = settled
    return Use(local_day(now), used or 0, extra or 0)


def release(reply_id: UUID, reason: str, now: datetime, *beside: Statement, **spent: int | None) -> Use | None:
    """Gives a held request back to the day on which it was taken, once however often it is called; as `charge`."""
    with transaction.atomic():
        settled = together(*beside, settling(reply_id, Reservation.State.RELEASED, reason, now, spent))
        if not settled:
            return None
        ((member, day, is_today, used, extra),) = settled
        DailyUsage.objects.filter(member=member, day=day).update(used=F("used") - 1)
    return Use(local_day(now), (used or 0) - bool(is_today), extra or 0)


def settling(
    reply_id: UUID, state: Reservation.State, reason: str, now: datetime, spent: dict[str, int | None]
) -> Statement:
    named = {"reply": reply_id, "state": state.value, "reason": reason, "now": now, "today": local_day(now)}
    return Statement(SETTLE, SPENT | spent | named)
