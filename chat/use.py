"""What members use, for those who look after them: counts, never words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from chat.models import DailyUsage

MONTH_DAYS = 30


@dataclass(frozen=True)
class Use:
    """A member's requests: of a day, of `MONTH_DAYS` days to it, and what a moderator added for the day."""

    today: int = 0
    month: int = 0
    extra: int = 0


def of(members: Iterable[UUID], day: date) -> dict[UUID, Use]:
    """The use of each member who used anything in the month that ends with this day; one query."""
    rows = DailyUsage.objects.filter(member__in=list(members), day__gt=day - timedelta(days=MONTH_DAYS), day__lte=day)
    today = Q(day=day)
    sums = rows.values_list("member").annotate(
        today=Sum("used", filter=today, default=0),
        month=Sum("used"),
        more=Sum("extra", filter=today, default=0),
    )
    return {member: Use(*figures) for member, *figures in sums.order_by()}


def members_of(day: date) -> QuerySet[DailyUsage, Any]:
    """The ids of the members who asked something on a day."""
    return DailyUsage.objects.filter(day=day, used__gt=0).values("member")
