"""No page of the admin asks more of the database when there is more in it: at most 12 queries, however many rows."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import finding
from accounts.models import Session, SocialAccount, User
from chat.assistants import catalogue
from chat.models import Assistant, Conversation, DailyUsage, Report, Reservation
from chat.quota import local_day
from config.desk import rights
from config.desk.models import Announcement, Maintenance
from config.desk.tests.test_rights import PAGES, filled
from config.listing import PAGES_MAX

QUERIES_MAX = 12
NOT_OPENED = {"logout", "login", "app_list", "catch_all"}
DAY = local_day(timezone.now())


def members(first: int, last: int) -> None:
    """Members with a row of everything that the admin shows."""
    version = Assistant.objects.get(slug="free-chat").publish({**Assistant.objects.first().current.definition})  # type: ignore[union-attr]
    for number in range(first, last):
        user = User.objects.create(email=f"m{number}@example.com", nickname=f"M{number}")
        Session.begin(user, device="x")
        SocialAccount.objects.create(user=user, provider="kakao", uid=str(number))
        DailyUsage.objects.create(member=user, day=DAY - timedelta(days=number % 9), used=2, attempts=2)
        Reservation.objects.create(member=user, day=DAY - timedelta(days=number % 9), state="charged")
        conversation = Conversation.objects.create(owner=user, version=version)
        Report.objects.create(conversation=conversation, reply_id=conversation.pk, question="q", reply="r")
        Announcement.objects.create(text_ko="가", text_en="a")
        Group.objects.create(name=str(number))
        LogEntry.objects.log_actions(str(user.pk), [user], CHANGE, "x", single_object=True)
        version = version.assistant.publish(version.definition, author=user)


@pytest.fixture
def opened(db: None, plain_assets: None) -> Callable[[bool], dict[str, int]]:
    """Opens every page as a superuser or a moderator: the queries of each."""
    catalogue.load()
    rights.grant(apps)
    Maintenance.objects.create()

    def open_all(is_superuser: bool) -> dict[str, int]:
        email = f"staff{is_superuser}@example.com".lower()
        user, _made = User.objects.get_or_create(
            email=email, defaults={"nickname": "S", "is_staff": True, "is_superuser": is_superuser}
        )
        user.groups.set([] if is_superuser else Group.objects.filter(name=rights.GROUP))
        client = Client(HTTP_HOST="localhost")
        client.force_login(user, "accounts.guessing.GuardedBackend")
        return {page: queries for page in addresses() if (queries := count(client, page)) is not None}

    return open_all


def count(client: Client, page: str) -> int | None:
    """The queries of one page; None where it does not open."""
    with CaptureQueriesContext(connection) as queries:
        status = client.get(re.sub("{.*?}", first_ids, page)).status_code
    return len(queries) if status == 200 else None


def first_ids(named: Any) -> str:
    """The id of the first row of the model in braces; of people a member's."""
    rows = apps.get_model(named[0][1:-1].replace("_", ".", 1)).objects.order_by("pk")
    row = (rows.filter(is_staff=False) if rows.model is User else rows).first()
    return str(row.pk) if row else "0"


def addresses() -> list[str]:
    """Every page of the map, its lists also searched and narrowed; `{app_model}` stands for the id of a row."""
    kinds = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    some = {kind: f"{{{kind}}}" for kind in kinds} | {"chat_assistant": "{chat_assistant}"}
    pages = [filled(address, some, name) for name, address in PAGES if name not in NOT_OPENED]
    lists = [address for name, address in PAGES if name.endswith("_changelist")]
    more = [f"{address}?{query}" for address in lists for query in ("q=M1", "o=1", "p=1")]
    narrowed = ["used_today=yes", "banned=no", "provider=none", "provider=kakao"]
    figures = [f"/admin/use/?days={days}" for days in (7, 30, 90)]
    return pages + more + [f"/admin/accounts/user/?{query}" for query in narrowed] + figures


@pytest.mark.parametrize("is_superuser", [False, True])
def test_more_rows_are_no_more_queries(opened: Callable[[bool], dict[str, int]], is_superuser: bool) -> None:
    members(0, 3)
    few = opened(is_superuser)
    members(3, 12)
    many = opened(is_superuser)
    assert len(few) > 50
    assert {page: (few[page], queries) for page, queries in many.items() if queries > few[page]} == {}
    assert {page: queries for page, queries in many.items() if queries > QUERIES_MAX} == {}


# ---------------------------------------------------------------- Long lists
@pytest.fixture
def hundred(db: None) -> None:
    User.objects.bulk_create(User(email=f"m{n}@example.com", nickname=f"M{n}") for n in range(30))


def test_an_address_is_found_from_its_beginning_and_a_nickname_anywhere(hundred: None) -> None:
    def nicknames(words: str) -> set[str]:
        return {member.nickname for member in finding.found(User.objects.all(), words)}

    User.objects.create(email="kim@example.com", nickname="달빛 바다")
    assert nicknames("KIM@EXAM") == nicknames("빛") == nicknames("바다 달빛") == nicknames("kim 바다") == {"달빛 바다"}
    assert nicknames("example.com") == nicknames("@example") == nicknames("바다 M1") == set()
    assert nicknames(str(User.objects.get(nickname="M7").pk)) == {"M7"}
    assert len(nicknames("")) == 31


def test_a_list_leads_to_its_first_pages_and_counts_all(
    hundred: None, plain_assets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.desk.members_admin.MemberAdmin.list_per_page", 1)
    root = User.objects.create_superuser("root@example.com", "x")
    client = Client(HTTP_HOST="localhost", headers={"Accept-Language": "en"})
    client.force_login(root, "accounts.guessing.GuardedBackend")
    page = client.get("/admin/accounts/user/").content.decode()
    assert "31 members" in page
    assert f"?p={PAGES_MAX}" in page
    assert f"?p={PAGES_MAX + 1}" not in page


def test_no_action_meets_members_who_were_not_ticked(hundred: None, plain_assets: None) -> None:
    root = User.objects.create_superuser("root@example.com", "x")
    client = Client(HTTP_HOST="localhost")
    client.force_login(root, "accounts.guessing.GuardedBackend")
    ticked = User.objects.get(nickname="M7")
    sent = {"action": "ban", "reason": "x", "index": "0", "select_across": "1", "_selected_action": [str(ticked.pk)]}
    assert client.post("/admin/accounts/user/", sent).status_code == 302
    assert [member.nickname for member in User.objects.filter(is_active=False)] == ["M7"]
