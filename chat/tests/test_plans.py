"""How PostgreSQL reads the lists: by an index, a page of rows and no more, in the middle as at the start."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.models import User
from chat import book
from chat.assistants import catalogue
from chat.models import Assistant, Conversation, Message
from chat.pagination import FIRST_PAGE, PAGE_SIZE, ConversationPages, MessagePages
from chat.replies import OURS

pytestmark = pytest.mark.skipif(settings.USES_SQLITE, reason="plans are read in PostgreSQL's words")

MANY, WRITTEN = 5_000, 150
BUFFERS_MAX = 150  # of 8 kB; MANY rows lie in several hundred
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def erin(db: None) -> User:
    """A member with MANY conversations, the newest of MANY messages; WRITTEN replies have been written, none is now."""
    catalogue.load()
    erin = User.objects.create(nickname="Erin")
    version = Assistant.objects.get(slug="free-chat").current
    talks = Conversation.objects.bulk_create(
        Conversation(owner=erin, version=version, last_message_at=BEGAN + timedelta(minutes=number))
        for number in range(MANY)
    )
    said = (Message(conversation=talks[-1], role="user", position=n, content="How is Busan?") for n in range(MANY))
    Message.objects.bulk_create(said)
    worker = uuid4()
    replies = (
        Message(conversation=talk, role="assistant", position=MANY, worker_id=worker) for talk in talks[:WRITTEN]
    )
    for reply in Message.objects.bulk_create(replies):
        Message.objects.filter(id=reply.id).update(status="writing")
    Message.objects.writing().update(status="complete")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE chat_conversation, chat_message")
    return erin


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def plan_of(pages: CursorPagination, rows: QuerySet[Any], **query: str) -> dict[str, Any]:
    """How the database ran the query of one page."""
    with CaptureQueriesContext(connection) as asked:
        pages.paginate_queryset(rows, Request(APIRequestFactory().get("/", query)))
    return plan(asked.captured_queries[-1]["sql"])


def plan(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        found = cursor.fetchone()[0]
    return dict((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])


def holds(plan: dict[str, Any], index: str) -> None:
    """The index is read, no list whole, and little in all."""
    found = list(nodes(plan))
    assert index in {node.get("Index Name") for node in found}
    read = sum(node["Actual Rows"] for node in found if node.get("Index Name") == index)
    assert read <= 2 * PAGE_SIZE
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= BUFFERS_MAX


def looks_up_what_is_written(plan: dict[str, Any]) -> None:
    """By the row's own conversation, though the figures say that nothing is being written: they may be of the night."""
    (look,) = (node for node in nodes(plan) if node.get("Alias") == "chat_message")
    assert (look.get("Index Name"), "conversation_id" in look.get("Index Cond", "")) == ("one_reply_in_writing", True)


def cursor_at(position: object) -> str:
    return b64encode(urlencode({"p": str(position)}).encode()).decode()


def test_a_page_of_conversations_is_read_through_its_index(erin: User) -> None:
    mine = Conversation.objects.owned_by(erin).narrowed(archived=False)
    page = plan_of(ConversationPages(), mine)
    holds(page, "conversation_by_owner")
    looks_up_what_is_written(page)


def test_the_prepared_first_page_is_read_so_too_whoever_asks(erin: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        for _ in range(7):  # from the sixth on PostgreSQL may take one plan for every member
            assert len(FIRST_PAGE.all(owner=erin.pk)) == PAGE_SIZE + 1
    assert asked.captured_queries[-1]["sql"].startswith("EXECUTE")
    page = plan(asked.captured_queries[-1]["sql"])
    holds(page, "conversation_by_owner")
    looks_up_what_is_written(page)


def test_what_a_worker_writes_is_read_through_an_index_by_a_plan_for_all_workers(erin: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    with CaptureQueriesContext(connection) as asked:
        assert OURS.all(worker=uuid4()) == []
    (read,) = (node for node in nodes(plan(asked.captured_queries[-1]["sql"])) if node.get("Alias") == "chat_message")
    assert read.get("Index Name") in {"written_by_worker", "one_reply_in_writing"}  # both of rows in writing alone


def test_a_page_in_the_middle_costs_no_more(erin: User) -> None:
    mine = Conversation.objects.owned_by(erin).narrowed(archived=False)
    middle = cursor_at(BEGAN + timedelta(minutes=MANY // 2))
    holds(plan_of(ConversationPages(), mine, cursor=middle), "conversation_by_owner")


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_a_page_of_a_long_conversation_is_read_through_its_index(erin: User, order: str) -> None:
    newest = Conversation.objects.filter(owner=erin).latest("last_message_at")
    holds(plan_of(MessagePages(), newest.messages.all(), order=order), "message_position")
    middle = cursor_at(MANY // 2)
    holds(plan_of(MessagePages(), newest.messages.all(), order=order, cursor=middle), "message_position")


def test_the_book_is_checked_without_comparing_every_reply_with_every_request(db: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert list(book.differences()) == []
    with connection.cursor() as cursor:
        for query in asked:
            cursor.execute(f"EXPLAIN {query['sql'][query['sql'].index('SELECT') :]}")
            assert "SubPlan" not in str(cursor.fetchall())
