"""Use and cost: counted from the book for the days still open, rolled up into rows for those that are over."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, IntegerField, Max, Min, QuerySet, Sum, Value, When

from chat.models import DailyFigures, DailyMembers, DailyUsage, Reservation
from chat.quota import local_day

# The upper ends of the spans in which first words are counted, in ms; the last span has none.
SPANS_MS = (250, 500, 1000, 2000, 3000, 5000, 10_000, 20_000, 45_000)
PERIODS = (7, 30, 90)
State = Reservation.State


@dataclass
class Figures:
    """Figures of any number of rows together; `cost` in US dollars, None while no price is known."""

    requests: int = 0
    answered: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    tokens_input: int = 0
    tokens_output: int = 0
    cost: float = 0.0
    unpriced: set[str] = field(default_factory=set)
    first_words: list[int] = field(default_factory=lambda: [0] * (len(SPANS_MS) + 1))

    def add(self, row: DailyFigures) -> None:
        self.requests += row.requests
        self.answered += row.answered
        self.failures.update(row.failures)
        self.tokens_input += row.tokens_input
        self.tokens_output += row.tokens_output
        self.first_words = [a + b for a, b in zip(self.first_words, row.first_words, strict=False)]
        price = cost(row)
        if price is None and (row.tokens_input or row.tokens_output):
            self.unpriced.add(row.model)
        self.cost += price or 0

    @property
    def failed(self) -> int:
        return sum(self.failures.values())

    def first_word_ms(self, share: float) -> int | None:
        """The time within which so large a share of first words came, evenly spread within its span."""
        wanted, before, low = share * sum(self.first_words), 0, 0
        if not wanted:
            return None
        for count, high in zip(self.first_words, (*SPANS_MS, SPANS_MS[-1] * 2), strict=True):
            if count and before + count >= wanted:
                return round(low + (high - low) * (wanted - before) / count)
            before, low = before + count, high
        return low


def cost(row: DailyFigures) -> float | None:
    """US dollars by `MODEL_PRICES`, as they are today; None for a model without a price."""
    price = settings.MODEL_PRICES.get(row.model)
    return (row.tokens_input * price[0] + row.tokens_output * price[1]) / 1_000_000 if price else None


# ---------------------------------------------------------------- Counting
def counted(first: date, last: date) -> list[DailyFigures]:
    """The figures of these days as the book has them now, unsaved; two queries for any number of days."""
    book = Reservation.objects.filter(day__gte=first, day__lte=last).exclude(state=State.HELD)
    found: dict[tuple[Any, ...], DailyFigures] = {}

    def figures_of(row: Any) -> DailyFigures:
        key = (row["day"], row["assistant"], row["model"])
        blank = DailyFigures(day=key[0], assistant=key[1], model=key[2], first_words=[0] * (len(SPANS_MS) + 1))
        return found.setdefault(key, blank)

    groups = book.values("day", "assistant", "model", "state", "reason").annotate(
        count=Count("reply_id"), given=Sum("tokens_input", default=0), made=Sum("tokens_output", default=0)
    )
    for row in groups.order_by():
        figures = figures_of(row)
        figures.requests += row["count"]
        figures.tokens_input += row["given"]
        figures.tokens_output += row["made"]
        if row["state"] == State.CHARGED:
            figures.answered += row["count"]
        else:
            figures.failures[row["reason"]] = figures.failures.get(row["reason"], 0) + row["count"]
    for timed in spans(book):
        figures_of(timed).first_words[timed["span"]] = timed["count"]
    return sorted(found.values(), key=lambda figures: (figures.day, figures.assistant, figures.model))


def spans(book: QuerySet[Reservation]) -> Iterable[Any]:
    """How many first words came in each span."""
    ends = [When(first_word_ms__lt=end, then=Value(number)) for number, end in enumerate(SPANS_MS)]
    span = Case(*ends, default=Value(len(SPANS_MS)), output_field=IntegerField())
    timed = book.exclude(first_word_ms=None).annotate(span=span)
    return timed.values("day", "assistant", "model", "span").annotate(count=Count("reply_id")).order_by()


def active(first: date, last: date) -> dict[date, int]:
    """How many members asked on each day."""
    used = DailyUsage.objects.filter(day__gte=first, day__lte=last, attempts__gt=0)
    return dict(used.order_by().values_list("day").annotate(Count("member_id")))


def active_within(days: int, last: date) -> int:
    """How many members asked within so many days to the last."""
    used = DailyUsage.objects.filter(day__gt=last - timedelta(days=days), day__lte=last, attempts__gt=0)
    return used.aggregate(count=Count("member_id", distinct=True))["count"] or 0


# ---------------------------------------------------------------- Rolling up
def first_open_day() -> date | None:
    """The first day that is not rolled up; None where there is nothing yet."""
    done = DailyMembers.objects.aggregate(last=Max("day"))["last"]
    first: date | None = Reservation.objects.aggregate(first=Min("day"))["first"]
    return done + timedelta(days=1) if done else first


def roll_up(last: date) -> int:
    """Makes rows of all open days to the last, which must be over; how many days. Again is no harm.

    The last is left open while replies of it are being written: what is rolled up is not counted again.
    """
    first = first_open_day()
    if Reservation.objects.filter(day=last, state=State.HELD).exists():
        last -= timedelta(days=1)
    if first is None or first > last:
        return 0
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    counts = active(first, last)
    members = [DailyMembers(day=day, active=counts.get(day, 0)) for day in days]
    members[-1].active_7, members[-1].active_30, members[-1].active_90 = (active_within(n, last) for n in PERIODS)
    with transaction.atomic():
        DailyFigures.objects.bulk_create(
            counted(first, last),
            update_conflicts=True,
            unique_fields=["day", "assistant", "model"],
            update_fields=["requests", "answered", "failures", "tokens_input", "tokens_output", "first_words"],
        )
        DailyMembers.objects.bulk_create(members, ignore_conflicts=True)
    return len(days)


def night(sender: object, *, now: datetime, **_: Any) -> dict[str, int]:
    """What the night does here: yesterday is over, and what was open before it."""
    return {"days of figures": roll_up(local_day(now) - timedelta(days=1))}


# ---------------------------------------------------------------- Reading
@dataclass
class Period:
    """The figures of the days to today, whole, by day, by assistant and by model."""

    days: list[date]
    whole: Figures
    by_day: dict[date, Figures]
    by_assistant: dict[str, Figures]
    by_model: dict[str, Figures]
    active: dict[date, int]
    active_members: int
    rows: list[DailyFigures]


def of_period(length: int, today: date) -> Period:
    """So many days to today: rows for those rolled up, the book for the rest; at most six queries."""
    first = today - timedelta(days=length - 1)
    rolled = {row.day: row for row in DailyMembers.objects.filter(day__gte=first - timedelta(days=1), day__lt=today)}
    last_rolled = max(rolled, default=None)
    rows = list(DailyFigures.objects.filter(day__gte=first, day__lt=today, day__lte=last_rolled or first))
    open_from = max(first, last_rolled + timedelta(days=1)) if last_rolled else first
    rows = [row for row in rows if row.day < open_from] + counted(open_from, today)
    days = [first + timedelta(days=number) for number in range(length)]
    active_by_day = {day: row.active for day, row in rolled.items() if day >= first} | active(open_from, today)
    known = getattr(rolled[last_rolled], f"active_{length}", None) if last_rolled else None
    period = Period(
        days=days,
        whole=Figures(),
        by_day={day: Figures() for day in days},
        by_assistant={},
        by_model={},
        active=active_by_day,
        active_members=active_within(length, today) if known is None else max([known, *active_by_day.values()]),
        rows=rows,
    )
    for row in rows:
        for kind, key in ((period.by_assistant, row.assistant), (period.by_model, row.model)):
            kind.setdefault(key or "-", Figures()).add(row)
        period.whole.add(row)
        period.by_day[row.day].add(row)
    return period
