"""The limiter itself: exact at the limit whoever races, exact about when to come back, silent about whom it holds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from config.limits import hits
from config.limits.models import Counter
from config.problems import Problem

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOGETHER = 20  # each has a connection, and a database's are few when several suites run


@pytest.fixture(autouse=True)
def _rules(settings: Any) -> None:
    settings.LIMITS = {"tea": (3, 60), "cake": (1, 600), "race": (10, 3600)}


def take(*rules: str, at: float = 0, held: str = "192.0.2.1") -> int | None:
    """None if it passed, else the seconds to wait."""
    try:
        hits.take(*[(rule, held) for rule in rules], now=NOON + timedelta(seconds=at))
    except Problem as problem:
        return problem.retry_after if (problem.code, problem.status_code) == ("too_many_requests", 429) else -1
    return None


def test_so_many_pass_and_no_more(db: None) -> None:
    assert [take("tea") for _ in range(5)] == [None, None, None, 60, 60]


def test_the_window_begins_with_the_first_hit_and_its_end_is_told_to_the_second(db: None) -> None:
    assert [take("tea", at=at) for at in (0, 50, 59)] == [None] * 3
    assert [take("tea", at=at) for at in (59, 59.5, 59.999)] == [1, 1, 1]
    assert take("tea", at=15.5) == 45
    assert [take("tea", at=60 + at) for at in (0, 1, 2, 3)] == [None, None, None, 57]


def test_who_waits_as_told_passes(db: None) -> None:
    for _ in range(3):
        take("tea", at=0.25)
    wait = take("tea", at=10.5)
    assert wait is not None
    assert take("tea", at=10.5 + wait) is None


def test_what_was_refused_costs_nothing(db: None) -> None:
    for _ in range(50):
        take("tea")
    assert Counter.objects.get().remaining == 0
    assert take("tea", at=60) is None


def test_others_and_other_rules_are_not_held(db: None) -> None:
    take("cake")
    assert take("cake") == 600
    assert take("cake", held="192.0.2.2") is None
    assert take("tea") is None


def test_of_two_rules_both_are_hit_or_none(db: None) -> None:
    assert take("tea", "cake") is None
    assert take("tea", "cake", at=1) == 599
    assert take("tea", at=1) is None
    assert take("tea", at=1) is None
    assert take("tea", at=1) == 59
    assert take("tea", "cake", at=61) == 539
    assert [take("tea", at=61) for _ in range(4)] == [None, None, None, 60]


def test_the_number_of_hits_so_far_is_told(db: None) -> None:
    assert [hits.take(("tea", "x"), ("race", "x"), now=NOON) for _ in range(3)] == [[1, 1], [2, 2], [3, 3]]


def test_a_hit_is_one_statement_of_any_number_of_rules(db: None, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        with django_assert_num_queries(1):
            hits.take(("tea", "x"), ("race", "x"), now=NOON)


def test_cleared_is_as_if_nothing_had_been(db: None) -> None:
    take("cake")
    assert hits.is_full(("cake", "192.0.2.1"), now=NOON)
    assert not hits.is_full(("cake", "192.0.2.1"), now=NOON + timedelta(seconds=600))
    hits.clear(("cake", "192.0.2.1"))
    assert not hits.is_full(("cake", "192.0.2.1"), now=NOON)
    assert take("cake") is None


def test_the_table_tells_nobody_who_was_held(db: None, settings: Any) -> None:
    hits.take(("tea", "alice@example.com"), now=NOON)
    row = Counter.objects.get()
    assert "alice" not in row.key
    assert row.key.startswith("tea:")
    settings.SECRET_KEY = "another key of at least thirty-two bytes"
    assert hits.key_of("tea", "alice@example.com") != row.key


def test_rows_whose_window_has_ended_are_forgotten_and_no_others(db: None) -> None:
    take("tea")
    take("cake")
    assert hits.forget_old(NOON + timedelta(seconds=59)) == 0
    assert hits.forget_old(NOON + timedelta(seconds=60)) == 1
    assert take("cake", at=60) == 540


def test_of_twenty_at_once_ten_pass(transactional_db: None) -> None:
    gun = Barrier(TOGETHER)

    def race(_number: int) -> bool:
        try:
            connection.ensure_connection()
            gun.wait(timeout=120)
            return take("race") is None
        finally:
            connection.close()

    with ThreadPoolExecutor(TOGETHER) as pool:
        passed = list(pool.map(race, range(TOGETHER)))
    assert passed.count(True) == 10


def test_of_twenty_at_once_with_two_rules_as_many_pass_as_the_narrower_lets(
    transactional_db: None, settings: Any
) -> None:
    settings.LIMITS = {"wide": (20, 3600), "narrow": (7, 3600)}
    gun = Barrier(TOGETHER)

    def race(number: int) -> bool:
        try:
            gun.wait(timeout=120)
            hits.take(("wide", "everybody"), ("narrow", number % 2), now=NOON)
        except Problem:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(TOGETHER) as pool:
        passed = list(pool.map(race, range(TOGETHER)))
    assert sum(passed[::2]) <= 7
    assert sum(passed[1::2]) <= 7
    assert 0 < sum(passed) <= 14


def test_after_the_window_of_twenty_at_once_ten_pass_again(transactional_db: None) -> None:
    for _ in range(10):
        take("race")

    def race(_number: int) -> bool:
        try:
            return take("race", at=3600) is None
        finally:
            connection.close()

    with ThreadPoolExecutor(TOGETHER) as pool:
        passed = list(pool.map(race, range(TOGETHER)))
    assert passed.count(True) == 10
