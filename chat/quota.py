"""THE rule: how many requests a member may make in a local day, counted exactly; it knows no HTTP but its exception.

A member has `DAILY_CHAT_LIMIT` requests (a moderator may set a limit of their own, or add some for one day) from
local midnight to local midnight of `TIME_ZONE`. A request is taken before the model is called, on the day it was
accepted; it is given back to that day when the reply fails or is stopped before its first word. Since what fails is
free, a member may start at most `ATTEMPTS_PER_REQUEST` calls of the model for each request of their limit.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Least

from chat.models import DailyUsage, Reservation, ServiceUsage
from config.problems import Problem

ATTEMPTS_PER_REQUEST = 4
DAY_SECONDS = 86_400
LIMIT_MAX = 1_000_000  # more is as good as none, and a moderator's slip must not overflow the columns


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
        return asdict(self) | {"resets_at": self.resets_at.isoformat()}

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
    usage = DailyUsage.objects.filter(member=member, day=day).first() or DailyUsage(member=member, day=day)
    limit = daily_limit(member) + min(usage.extra, LIMIT_MAX)
    return Quota(limit, usage.used, max(0, limit - usage.used), resets_at(day))


def reserve(member: Any, reply_id: UUID, now: datetime, *, assistant: str = "", model: str = "") -> Quota:
    """Takes one request for a reply, inside the caller's transaction; the conditional UPDATE is what is exact.

    Which assistant and model it is for is noted for the figures.
    Raises Problem `daily_limit_reached`, `too_many_attempts` or `service_limit_reached`, and has taken nothing.
    """
    day = local_day(now)
    if not (take(member, day) or (open_day(member, day) and take(member, day))):
        raise refusal(member, day, now)
    spent_on = {"assistant": assistant, "model": model}
    Reservation.objects.create(reply_id=reply_id, member=member, day=day, created_at=now, **spent_on)
    taken = figures(member, day)
    if not take_call(day):
        raise service_refusal(taken, now)
    return taken


def take_call(day: date) -> bool:
    """One call of the service's day, which is nobody's request; False where there is none left."""
    return bool(take_of_service(day) or (open_service_day(day) and take_of_service(day)))


def take(member: Any, day: date) -> int:
    """1 if there was a request left, else 0."""
    limit = daily_limit(member) + Least(F("extra"), LIMIT_MAX)
    return DailyUsage.objects.filter(
        member=member, day=day, used__lt=limit, attempts__lt=limit * ATTEMPTS_PER_REQUEST
    ).update(used=F("used") + 1, attempts=F("attempts") + 1)


def open_day(member: Any, day: date) -> bool:
    """Makes the day's row, also when two first requests come at once."""
    DailyUsage.objects.bulk_create([DailyUsage(member=member, day=day)], ignore_conflicts=True)
    return True


def take_of_service(day: date) -> int:
    """1 if the service had a call left, else 0; last in the transaction, since everybody waits for this row."""
    return ServiceUsage.objects.filter(day=day, calls__lt=settings.SERVICE_DAILY_LIMIT).update(calls=F("calls") + 1)


def open_service_day(day: date) -> bool:
    ServiceUsage.objects.bulk_create([ServiceUsage(day=day)], ignore_conflicts=True)
    return True


def refusal(member: Any, day: date, now: datetime) -> Problem:
    """Why nothing could be taken: the service's cap before the member's own, as the contract orders them."""
    quota = figures(member, day)
    if ServiceUsage.objects.filter(day=day, calls__gte=settings.SERVICE_DAILY_LIMIT).exists():
        return service_refusal(quota, now)
    code = "too_many_attempts" if quota.remaining else "daily_limit_reached"
    return Problem(code, retry_after=quota.seconds_to_reset(now), members={"quota": quota.as_json()})


def service_refusal(quota: Quota, now: datetime) -> Problem:
    return Problem("service_limit_reached", retry_after=quota.seconds_to_reset(now))


def add_for_day(member: Any, requests: int, day: date) -> None:
    """Lets a member ask so many more times on this one day."""
    open_day(member, day)
    DailyUsage.objects.filter(member=member, day=day).update(extra=Least(F("extra") + requests, LIMIT_MAX))


def charge(reply_id: UUID, now: datetime, **spent: int | None) -> None:
    """A held request becomes a charged one; the day's sum has it already. `spent`: tokens and times."""
    held = Reservation.objects.filter(reply_id=reply_id, state=Reservation.State.HELD)
    held.update(state=Reservation.State.CHARGED, settled_at=now, **spent)


def release(reply_id: UUID, reason: str, now: datetime, **spent: int | None) -> None:
    """Gives a held request back to the day on which it was taken, once however often it is called."""
    held = Reservation.objects.filter(reply_id=reply_id, state=Reservation.State.HELD)
    if not held.update(state=Reservation.State.RELEASED, reason=reason, settled_at=now, **spent):
        return
    taken = Reservation.objects.get(reply_id=reply_id)
    DailyUsage.objects.filter(member=taken.member_id, day=taken.day).update(used=F("used") - 1)


def failure_of(reply_id: UUID) -> str:
    """Why a reply's request was given back, in the words of `release`; empty if it was not."""
    released = Reservation.objects.filter(reply_id=reply_id, state=Reservation.State.RELEASED)
    return released.values_list("reason", flat=True).first() or ""
