"""Use and cost in the admin: a strip of today, a page of plots and tables over some days, and the same as CSV."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chat import figures
from chat.models import Report, ServiceUsage
from chat.quota import local_day
from config.desk import plots
from config.desk.models import Maintenance
from config.problems import CODES

RIGHT = "chat.view_dailyfigures"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would reckon
COLUMNS = "day assistant model requests answered failed tokens_input tokens_output cost_usd".split()
REASONS = {"stopped": _("stopped before the first word")}


def today() -> date:
    return local_day(timezone.now())


def dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 0.01 or not amount else f"${amount:.4f}"


def cost_of(part: figures.Figures) -> str:
    """What is known of it; a `+` where a model has no price."""
    return dollars(part.cost) + ("+" if part.unpriced else "")


def count(number: float) -> str:
    return f"{number:,.0f}"


def seconds(ms: float | None) -> str:
    return "-" if ms is None else gettext("%.1f s") % (ms / 1000)


def length_of(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, figures.PERIODS) else figures.PERIODS[1]


def check_right(request: HttpRequest) -> None:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied


# ---------------------------------------------------------------- The strip
def strip(request: HttpRequest) -> dict[str, Any]:
    """Today's figures for the first page; nothing for who may not see them."""
    if not request.user.has_perm(RIGHT):
        return {}
    day, whole = today(), figures.Figures()
    for row in figures.counted(day, day):
        whole.add(row)
    calls = ServiceUsage.objects.filter(day=day).values_list("calls", flat=True).first() or 0
    waiting = Report.objects.exclude(state=Report.State.CLOSED).count()
    tiles = [
        *tiles_of(whole, figures.active(day, day).get(day, 0)),
        (_("calls of the service"), f"{count(calls)} / {count(settings.SERVICE_DAILY_LIMIT)}", ""),
        (_("open reports"), count(waiting), "desk-bad" if waiting else ""),
    ]
    return {"tiles": tiles, "maintenance": Maintenance.objects.filter(is_on=True).exists()}


def tiles_of(whole: figures.Figures, active: int) -> list[tuple[Any, str, str]]:
    """`(what, figure, class)`."""
    failed = f"{count(whole.failed)} ({whole.failed / whole.requests:.0%})" if whole.requests else "0"
    return [
        (_("requests"), count(whole.requests), ""),
        (_("active members"), count(active), ""),
        (_("not answered"), failed, "desk-bad" if whole.failed * 10 > whole.requests else ""),
        (_("first word (median)"), seconds(whole.first_word_ms(0.5)), ""),
        (_("tokens in → out"), f"{count(whole.tokens_input)} → {count(whole.tokens_output)}", ""),
        (_("cost"), cost_of(whole), ""),
    ]


# ---------------------------------------------------------------- The page
def use_view(request: HttpRequest) -> HttpResponse:
    """Everything of a period on one page."""
    check_right(request)
    period = figures.of_period(length_of(request), today())
    reasons = [(word_for(reason), number) for reason, number in period.whole.failures.most_common()]
    context = {
        **admin.site.each_context(request),
        "title": _("Use and cost"),
        "periods": figures.PERIODS,
        "length": len(period.days),
        "tiles": tiles_of(period.whole, period.active_members),
        "plots": drawn(period),
        "by_assistant": table(period.by_assistant),
        "by_model": table(period.by_model),
        "by_day": table({day.isoformat(): period.by_day[day] for day in reversed(period.days)}),
        "reasons": reasons,
        "unpriced": sorted(period.whole.unpriced),
    }
    return TemplateResponse(request, "desk/use.html", context)


def word_for(reason: str) -> Any:
    return REASONS.get(reason) or (CODES[reason][1] if reason in CODES else reason)


def table(parts: dict[str, figures.Figures]) -> list[tuple[Any, ...]]:
    """A row of words for each part."""
    return [
        (
            name,
            count(part.requests),
            count(part.failed),
            count(part.tokens_input),
            count(part.tokens_output),
            cost_of(part),
            seconds(part.first_word_ms(0.5)),
            seconds(part.first_word_ms(0.95)),
        )
        for name, part in parts.items()
    ]


def drawn(period: figures.Period) -> list[plots.Plot]:
    days, parts = period.days, [period.by_day[day] for day in period.days]

    def first_words(share: float) -> list[float | None]:
        return [None if ms is None else ms / 1000 for ms in (part.first_word_ms(share) for part in parts)]

    answered: plots.Series = (_("answered"), [part.answered for part in parts])
    failed: plots.Series = (_("not answered"), [part.failed for part in parts])
    given: plots.Series = (_("tokens in"), [part.tokens_input for part in parts])
    made: plots.Series = (_("tokens out"), [part.tokens_output for part in parts])
    active: plots.Series = (_("active members"), [period.active.get(day, 0) for day in days])
    return [
        plots.bars(_("requests"), days, [answered, failed], count),
        plots.bars(_("active members"), days, [active], count),
        plots.bars(_("tokens"), days, [given, made], count),
        plots.bars(_("cost"), days, [(_("cost"), [part.cost for part in parts])], dollars),
        plots.lines(
            _("seconds to the first word"),
            days,
            [(_("half within"), first_words(0.5)), (_("95 of 100 within"), first_words(0.95))],
            "{:.1f}".format,
        ),
    ]


@require_POST
def roll_up_view(request: HttpRequest) -> HttpResponse:
    """Brings the rows up to yesterday now, as the night does."""
    check_right(request)
    days = figures.roll_up(today() - timedelta(days=1))
    messages.success(request, gettext("Days rolled up: %d.") % days)
    return redirect("admin:use")


# ---------------------------------------------------------------- CSV
def csv_view(request: HttpRequest) -> HttpResponse:
    """A row a day, assistant and model; with a mark that makes spreadsheets read it as UTF-8."""
    check_right(request)
    period = figures.of_period(length_of(request), today())
    name = f"haru-use-{period.days[0]}-{period.days[-1]}.csv"
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    csv.writer(response).writerows([COLUMNS, *csv_rows(period)])
    return response


def csv_rows(period: figures.Period) -> Iterator[list[Any]]:
    for row in period.rows:
        price = figures.cost(row)
        counts = (row.requests, row.answered, sum(row.failures.values()), row.tokens_input, row.tokens_output)
        cost = "" if price is None else f"{price:.6f}"
        yield [row.day.isoformat(), inert(row.assistant), inert(row.model), *counts, cost]


def inert(words: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return f"'{words}" if words.startswith(FORMULA) else words
