"""The nightly work: claimed once a local day among all workers and hosts, done in a thread of its own."""

import logging
from contextlib import suppress
from datetime import date, datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from chat.models import Night
from chat.quota import local_day
from config.signals import night_falls

logger = logging.getLogger("haru.nightly")
HOUR = 4  # of `TIME_ZONE`: when fewest people are awake
GIVEN_UP_HOURS = 2  # who began so long ago and has not finished is dead


def claim(now: datetime) -> date | None:
    """The local day whose work is the caller's to do now; None when it is too early, done, or another's."""
    if now.astimezone(ZoneInfo(settings.TIME_ZONE)).hour < HOUR:
        return None
    day = local_day(now)
    if not Night.objects.filter(day=day).exists():
        with suppress(IntegrityError), transaction.atomic():
            return Night.objects.create(day=day, started_at=now).day
    given_up = Q(finished_at=None, started_at__lt=now - timedelta(hours=GIVEN_UP_HOURS))
    return day if Night.objects.filter(given_up, day=day).update(started_at=now) else None


def rehearse(now: datetime) -> dict[str, int]:
    """What `work` would do: done, counted and undone; conversations are counted only, or rows were held for long."""
    with transaction.atomic():
        counts = tell(now, is_rehearsal=True)
        transaction.set_rollback(True)
    return counts


def tell(now: datetime, *, is_rehearsal: bool = False) -> dict[str, int]:
    done: dict[str, int] = {}
    for _receiver, counts in night_falls.send(None, now=now, is_rehearsal=is_rehearsal):
        done |= counts  # type: ignore[arg-type]  # what config/signals.py says
    return done


def work(now: datetime) -> dict[str, int]:
    """Lets every app remove what has had its time; how many of what."""
    removed = tell(now)
    Night.objects.filter(day__lte=local_day(now), finished_at=None).update(finished_at=timezone.now())
    logger.info("The night's work is done.", extra=removed)
    return removed


def begin_if_due() -> None:
    """Does the work in a thread with a connection of its own, so that it holds up nobody; called now and then."""
    now = timezone.now()
    if claim(now):
        Thread(target=alone, args=(now,), name="nightly", daemon=True).start()


def alone(now: datetime) -> None:
    try:
        work(now)
    except Exception:
        logger.exception("The night's work failed; it is tried again.")
    finally:
        connection.close()
