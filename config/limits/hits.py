"""How often something may be done: counted exactly across workers and hosts, in a row a rule and key.

A rule of `settings.LIMITS` is (hits, seconds): so many hits in a window that begins with the first of them and is
then of fixed length. A hit is one conditional upsert, so that of any number at once no more pass than are left.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from config.limits.models import Counter
from config.problems import Problem

Hit = tuple[str, object]  # a rule's name, and who is held to it: an address, an e-mail, an id
DIGEST_CHARS = 32  # 128 bits of a keyed hash: no two members meet, and nobody reads an address out of it

# None of the keys may be full, or none is hit. Who loses a race for the last one left gets no row back.
TAKE = """
INSERT INTO limits_counter (key, remaining, ends_at)
SELECT column1, column2, column3 FROM (VALUES {rows}) AS wanted
WHERE NOT EXISTS (SELECT 1 FROM limits_counter WHERE key IN ({keys}) AND remaining = 0 AND ends_at > %s)
ON CONFLICT (key) DO UPDATE SET
    remaining = CASE WHEN limits_counter.ends_at > %s THEN limits_counter.remaining - 1 ELSE excluded.remaining END,
    ends_at = CASE WHEN limits_counter.ends_at > %s THEN limits_counter.ends_at ELSE excluded.ends_at END
WHERE limits_counter.remaining > 0 OR limits_counter.ends_at <= %s
RETURNING key, remaining
"""


def key_of(rule: str, held: object) -> str:
    """The rule's name and a keyed hash of who is held to it."""
    digest = salted_hmac(__name__, f"{rule} {held}", algorithm="sha256").hexdigest()
    return f"{rule}:{digest[:DIGEST_CHARS]}"


def take(*hits: Hit, now: datetime) -> list[int]:
    """One hit of each rule in one statement, outside any transaction; how many each has had by now.

    Raises Problem `too_many_requests` if one of them has none left, and has taken nothing (but for a race that was
    lost between two rules). Rules are always named from the widest to the narrowest: rows are locked in that order.
    """
    keys = [key_of(*hit) for hit in hits]
    remaining = taken([rule for rule, _held in hits], keys, now)
    if len(remaining) < len(keys):
        raise refusal(*hits, now=now)
    return [settings.LIMITS[rule][0] - remaining[key] for (rule, _held), key in zip(hits, keys, strict=True)]


def taken(rules: Sequence[str], keys: Sequence[str], now: datetime) -> dict[str, int]:
    """What is left of each key that could be hit."""
    stored = partial(Counter._meta.get_field("ends_at").get_db_prep_value, connection=connection)
    rows: list[Any] = []
    for rule, key in zip(rules, keys, strict=True):
        most, seconds = settings.LIMITS[rule]
        rows += [key, most - 1, stored(now + timedelta(seconds=seconds))]
    statement = TAKE.format(rows=", ".join(["(%s, %s, %s)"] * len(keys)), keys=", ".join(["%s"] * len(keys)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*rows, *keys, *[stored(now)] * 4])
        return dict(cursor.fetchall())


def count(hit: Hit, *, now: datetime) -> None:
    """Takes one hit if there is one left, and does not say whether there was: `is_full` does."""
    taken([hit[0]], [key_of(*hit)], now)


def is_full(hit: Hit, *, now: datetime) -> bool:
    """Whether the rule has none left, without hitting it."""
    return Counter.objects.filter(key=key_of(*hit), remaining=0, ends_at__gt=now).exists()


def clear(hit: Hit) -> None:
    """Forgets every hit."""
    Counter.objects.filter(key=key_of(*hit)).delete()


def refusal(*hits: Hit, now: datetime) -> Problem:
    """429 with the seconds until all of these rules can be hit again."""
    windows = Counter.objects.filter(key__in=[key_of(*hit) for hit in hits], ends_at__gt=now)
    ends = windows.order_by("remaining", "-ends_at").values_list("ends_at", flat=True).first()
    seconds = max(1, ceil((ends - now).total_seconds())) if ends else 1
    minutes = ceil(seconds / 60)
    detail = _("Too many requests. Please come back in %d min.") % minutes if minutes > 1 else None
    return Problem("too_many_requests", retry_after=seconds, detail=detail)


def forget_old(now: datetime) -> int:
    """Drops the rows whose window has ended; how many they were."""
    return Counter.objects.filter(ends_at__lte=now).delete()[0]
