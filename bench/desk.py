"""`python -m bench.desk [--database-url URL]`: opens every page of the admin in a crowd, as a moderator.

Each page is opened once for its queries and five times for its time, whole as a browser would get it, in this process
and over PostgreSQL: one of its own that is filled first (`bench.crowd`), or one that is given and is filled if it is
empty. Prints a line a page, and fails above 12 queries or 300 ms.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

from bench import crowd, processes

QUERIES_MAX, MS_MAX = 12, 300
TIMES = 5
# What people look for: an address from its beginning, a part of a nickname, a whole id, and what is not there.
SEARCHED = ("member999", "회원 999", "nobody-of-this-name")
OF_ONE_ROW = ("change", "history", "delete")


def pages() -> Iterator[str]:
    """Every page of the admin's map: lists as they open, searched, narrowed, sorted and paged; rows; figures."""
    from django.contrib import admin
    from django.urls import reverse

    yield reverse("admin:index")
    for days in (7, 30, 90):
        yield f"{reverse('admin:use')}?days={days}"
        yield f"{reverse('admin:use-csv')}?days={days}"
    for model, its in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = reverse(f"{name}_changelist")
        yield listed
        yield from (
            f"{listed}?{query}" for query in (*searches(its), *orders(its), *NARROWED.get(model._meta.label, ()))
        )
        if row := model._default_manager.order_by("pk").first():
            yield from (reverse(f"{name}_{page}", args=[row.pk]) for page in OF_ONE_ROW)
        yield reverse(f"{name}_add")


def searches(its: Any) -> list[str]:
    from accounts.models import User

    known = User.objects.filter(is_staff=False).order_by("pk")[0]
    return [f"q={words}" for words in (*SEARCHED, known.pk, known.email)] if its.search_fields else []


def orders(its: Any) -> list[str]:
    """Each column that sorts, up and down, and the last page."""
    shown = list(its.list_display)
    named = shown if its.sortable_by is None else its.sortable_by
    return [f"o={sign}{shown.index(name) + 1}" for name in named for sign in ("", "-")] + ["p=20"]


NARROWED = {
    "accounts.User": (
        *("used_today=yes", "used_today=no", "banned=yes", "banned=no", "provider=kakao", "provider=none"),
        *("is_staff__exact=1", "used_today=yes&banned=no&provider=kakao&q=member9"),
    ),
    "accounts.Session": ("living=yes", "living=no"),
    "accounts.SocialAccount": ("provider=kakao",),
    "chat.Report": ("state__exact=new", "state__exact=closed&outcome__exact="),
}


def measured(client: Any, page: str) -> tuple[int, int, float]:
    """Status, queries and the median milliseconds of one page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        response = client.get(page)
    count = len(queries)
    assert crowd.WORD.encode() not in response.content, f"{page} holds what members said"
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        client.get(page)
        times.append((time.perf_counter() - began) * 1000)
    return response.status_code, count, statistics.median(times)


def staff() -> Iterator[tuple[str, Any]]:
    """A moderator and a superuser, each logged in."""
    from django.contrib.auth.models import Group
    from django.test import Client

    from accounts.models import User
    from config.desk import rights

    for name in ("moderator", "superuser"):
        email = f"{name}@staff.example.com"
        given = {"nickname": name, "is_staff": True, "is_superuser": name == "superuser"}
        user, _made = User.objects.get_or_create(email=email, defaults=given)
        if name == "moderator":
            user.groups.set(Group.objects.filter(name=rights.GROUP))
        client = Client(HTTP_HOST="localhost")
        client.force_login(user, "accounts.guessing.GuardedBackend")
        yield name, client


def measure(shown_above_ms: float) -> bool:
    """Prints a line a page, the slow and the rich in queries at least; whether all hold the limits."""
    from django.utils import timezone

    from chat import figures
    from chat.quota import local_day

    began = time.monotonic()
    days = figures.roll_up(local_day(timezone.now()) - timedelta(days=1))
    print(f"{days} days rolled up in {time.monotonic() - began:.1f} s")
    all_pages, holds = list(pages()), True
    for name, client in staff():
        found = {page: measured(client, page) for page in all_pages}
        opened = {page: figures for page, figures in found.items() if figures[0] == 200}
        others = sorted({status for status, _queries, _ms in found.values()} - {200})
        print(f"\nAs a {name}: {len(opened)} pages, {len(found) - len(opened)} answered otherwise {others}")
        print(f"most queries {max(f[1] for f in opened.values())}, slowest {max(f[2] for f in opened.values()):.0f} ms")
        for page, (_status, queries, ms) in opened.items():
            is_over = queries > QUERIES_MAX or ms > MS_MAX
            holds = holds and not is_over
            if is_over or ms >= shown_above_ms:
                print(f"{queries:>4} queries {ms:>6.0f} ms  {page}{'   OVER' if is_over else ''}")
    return holds


def main() -> None:
    parser = crowd.sized(argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__))
    parser.add_argument("--database-url", default="", help="a PostgreSQL; it is written to and not cleaned")
    parser.add_argument("--above", type=float, default=0, metavar="MS", help="shows only pages that take longer")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="haru-desk-") as folder,
        nullcontext(asked.database_url) if asked.database_url else processes.postgresql() as url,
    ):
        environment = processes.haru_environment(Path(folder), url, "http://127.0.0.1:9/v1")
        processes.migrate(environment)
        os.environ.update(environment)
        django.setup()
        from django.conf import settings
        from django.db import connection

        # Hashed names of static files are made by `collectstatic`, which this measurement does without.
        assets = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": assets}
        if not crowd.is_there():
            crowd.make(asked.members, asked.messages)
        holds = measure(asked.above)
        connection.close()
    sys.exit(0 if holds else f"Some pages need more than {QUERIES_MAX} queries or {MS_MAX} ms.")


if __name__ == "__main__":
    main()
