"""Use and cost: counted to the request, the same before and after the roll-up, and kept when conversations go."""

import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.tests.staff import Staff
from chat import figures, nightly
from chat.models import DailyFigures, DailyMembers, DailyUsage, Reservation
from chat.quota import local_day
from chat.tests.asking import ask, new_conversation
from config.desk import plots, use_views

TODAY = date(2026, 3, 20)


@pytest.fixture
def book(alice: Any, bob: Any) -> None:
    """Ten days of two members, two assistants and two models."""
    for back in range(10):
        day = TODAY - timedelta(days=back)
        for person, assistant, model in ((alice, "free-chat", "gpt-4o-mini"), (bob, "date-course", "unknown-model")):
            DailyUsage.objects.create(member=person.user, day=day, used=2, attempts=3)
            for state, reason, tokens, first in (
                ("charged", "", 1000, 400),
                ("charged", "", 3000, 900),
                ("released", "assistant_timeout", None, None),
            ):
                Reservation.objects.create(
                    reply_id=uuid4(),
                    member=person.user,
                    day=day,
                    state=state,
                    reason=reason,
                    settled_at=timezone.now(),
                    assistant=assistant,
                    model=model,
                    tokens_input=tokens,
                    tokens_output=tokens,
                    first_word_ms=first,
                )


def test_an_answer_leaves_its_assistant_model_tokens_and_first_word_in_the_book(alice: Any) -> None:
    reply = ask(alice, new_conversation(alice), "[[words=3]] [[over=0]] [[first=0.2]] hi").json()["reply"]
    row = Reservation.objects.get()
    assert (row.assistant, row.model) == ("free-chat", reply["model"])
    assert (row.tokens_input, row.tokens_output) == (reply["tokens"]["input"], reply["tokens"]["output"])
    assert row.first_word_ms is not None
    assert row.first_word_ms < 10_000


def test_a_failure_leaves_its_kind_and_no_first_word(alice: Any) -> None:
    ask(alice, new_conversation(alice), "[[fail=400]]")
    row = Reservation.objects.get()
    assert (row.reason, row.first_word_ms) == ("assistant_unavailable", None)


def told(period: figures.Period) -> tuple[Any, ...]:
    whole = period.whole
    return (
        whole.requests,
        whole.answered,
        dict(whole.failures),
        whole.tokens_input,
        round(whole.cost, 6),
        whole.unpriced,
        whole.first_words,
        {name: part.requests for name, part in period.by_assistant.items()},
        {day: part.requests for day, part in period.by_day.items()},
        period.active,
        period.active_members,
    )


def test_the_figures_are_exact_and_the_same_before_and_after_the_roll_up(book: None) -> None:
    before = figures.of_period(7, TODAY)
    assert before.whole.requests == 7 * 6
    assert before.whole.answered == 7 * 4
    assert before.whole.failures == {"assistant_timeout": 14}
    assert before.whole.tokens_input == 7 * 2 * 4000
    assert before.whole.cost == pytest.approx(7 * 4000 * (0.15 + 0.60) / 1_000_000)
    assert before.whole.unpriced == {"unknown-model"}
    assert before.active_members == 2
    assert set(before.active.values()) == {2}
    assert figures.roll_up(TODAY - timedelta(days=1)) == 9
    assert figures.roll_up(TODAY - timedelta(days=1)) == 0
    assert told(figures.of_period(7, TODAY)) == told(before)
    assert told(figures.of_period(30, TODAY))[0] == 60


def test_a_day_is_open_while_its_last_reply_is_written(book: None) -> None:
    yesterday = TODAY - timedelta(days=1)
    late = Reservation.objects.filter(day=yesterday, state="charged")[:1]
    Reservation.objects.filter(pk__in=late).update(state="held")
    assert figures.roll_up(yesterday) == 8
    Reservation.objects.filter(state="held").update(state="charged")
    assert figures.roll_up(yesterday) == 1
    assert figures.of_period(2, TODAY).whole.requests == 2 * 6


def test_after_a_pause_as_long_as_the_period_it_is_empty(book: None) -> None:
    figures.roll_up(TODAY)
    assert figures.of_period(7, TODAY + timedelta(days=7)).whole.requests == 0


def test_what_is_rolled_up_stays_when_members_and_conversations_go(book: None, alice: Any, bob: Any) -> None:
    figures.roll_up(TODAY - timedelta(days=1))
    for person in (alice, bob):
        person.user.delete()
    assert not Reservation.objects.exists()
    assert figures.of_period(10, TODAY).whole.requests == 9 * 6


def test_deleting_a_conversation_takes_nothing_from_the_cost(alice: Any) -> None:
    conversation = new_conversation(alice)
    ask(alice, conversation)
    alice.delete(f"chat/conversations/{conversation}/")
    today = local_day(timezone.now())
    assert figures.of_period(7, today).whole.tokens_input > 0


def test_the_night_rolls_up_to_yesterday(book: None) -> None:
    nightly.work(timezone.now())
    yesterday = local_day(timezone.now()) - timedelta(days=1)
    assert DailyMembers.objects.order_by("-day").values_list("day", flat=True)[0] == yesterday
    assert DailyFigures.objects.filter(day=TODAY).count() == 2


def test_the_median_lies_within_its_span() -> None:
    part = figures.Figures()
    assert part.first_word_ms(0.5) is None
    part.first_words[1] = 10  # 250 to 500 ms
    part.first_words[4] = 1
    assert part.first_word_ms(0.5) is not None
    assert 250 < (part.first_word_ms(0.5) or 0) < 500
    assert 2000 < (part.first_word_ms(0.99) or 0) <= 3000


# ---------------------------------------------------------------- The pages
def test_the_first_page_has_a_strip_of_today(mod: Staff, alice: Any) -> None:
    ask(alice, new_conversation(alice))
    page = mod.get("/admin/").text
    assert '<dt>requests</dt><dd class="">1</dd>' in page
    assert '<dt>active members</dt><dd class="">1</dd>' in page
    assert "1 / 1,000" in page


def test_the_page_shows_plots_and_tables_without_a_script_or_a_style_of_its_own(mod: Staff, alice: Any) -> None:
    ask(alice, new_conversation(alice))
    ask(alice, new_conversation(alice), "[[fail=400]]")
    response = mod.get("/admin/use/?days=7")
    assert "script-src 'self';" in response.headers["Content-Security-Policy"]
    text = response.text
    assert text.count("<svg viewBox") == 5
    assert "free-chat" in text
    assert "The assistant cannot be reached" in text
    assert "<rect" in text
    assert "onclick" not in text
    assert "<script>" not in text
    assert "http://" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    for days in ("30", "90", "x", "-1"):
        assert mod.get(f"/admin/use/?days={days}").status_code == 200


def test_the_same_as_csv_that_no_spreadsheet_runs(mod: Staff, alice: Any) -> None:
    ask(alice, new_conversation(alice))
    Reservation.objects.update(model="=cmd|' /C calc'!A0")
    response = mod.get("/admin/use.csv?days=7")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response.headers["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(response.text.lstrip("\ufeff")))
    assert (row["assistant"], row["requests"], row["answered"]) == ("free-chat", "1", "1")
    assert row["model"].startswith("'=")


def test_a_moderator_rolls_up_on_demand(mod: Staff, book: None) -> None:
    assert mod.get("/admin/use/roll-up/").status_code == 405
    mod.get("/admin/use/")
    assert mod.submit("/admin/use/roll-up/").status_code == 302
    assert DailyFigures.objects.exists()


def test_staff_without_the_right_see_no_figures(staff_browser: Any, alice: Any) -> None:
    other = staff_browser("Other")
    other.log_in()
    assert "desk-strip" not in other.get("/admin/").text
    assert other.get("/admin/use/").status_code == 403
    assert other.get("/admin/use.csv").status_code == 403


# ---------------------------------------------------------------- Plots
def test_bars_stand_on_each_other_within_the_frame() -> None:
    days = [TODAY - timedelta(days=n) for n in range(3)]
    plot = plots.bars("x", days, [("a", [1, 0, 4]), ("b", [2, 3, 0])], use_views.count)
    first, second = plot.series
    assert first.marks[0].y == pytest.approx(second.marks[0].y + second.marks[0].height)
    assert all(0 <= mark.y <= plot.floor for one in plot.series for mark in one.marks)
    assert {words: y for y, words in plot.ticks} == {"0": plot.floor, "2": plots.scaled(5)(2), "5": plots.TOP}


def test_a_line_is_broken_where_a_day_has_nothing() -> None:
    days = [TODAY + timedelta(days=n) for n in range(5)]
    plot = plots.lines("x", days, [("a", [1, 2, None, 4, 5])], use_views.count)
    assert len(plot.series[0].lines) == 2


@pytest.mark.parametrize(
    ("top", "ticks"),
    [
        (1, {"0": 0, "1": 1}),
        (2, {"0": 0, "1": 1, "2": 2}),
        (50, {"0": 0, "20": 20, "50": 50}),
        (10, {"0": 0, "5": 5, "10": 10}),
    ],
)
def test_a_line_of_the_grid_says_what_it_stands_for(top: float, ticks: dict[str, float]) -> None:
    assert plots.ticks_of(top, use_views.count) == ticks


@pytest.mark.parametrize(
    ("most", "top"), [(0, 1), (1, 1), (3, 5), (0.03, 0.05), (99, 100), (101, 200), (0.0004, 0.0005)]
)
def test_the_top_is_a_round_number(most: float, top: float) -> None:
    assert plots.top_of(most) == pytest.approx(top)
