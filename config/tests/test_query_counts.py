"""What each route asks of the database, as a number; and that it is the same with one row and with thirty."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tokens
from accounts.models import Session, User
from chat import replies
from chat import worker as worker_module
from chat.assistants import catalogue
from chat.models import Assistant, Conversation, Message
from chat.models.assistants import known_version
from chat.questions import Asked
from chat.replies import Ending
from chat.tests.test_ownership import MEMBERS_ONLY, OWNED, routes
from config.desk.models import Announcement

FEW, MANY = 1, 30
# Statements of a GET; the first one of a member's finds the member and the log-in together.
BUDGET = {
    "assistants": 1,
    "assistant": 1,
    "announcements": 1,
    "conversations": 2,
    "conversation": 2,
    "conversation-export": 4,
    "messages": 4,
    "message": 2,
    "reply-feedback": 4,
    "quota": 2,
    "me": 2,
    "export": 11,
    "sessions": 2,
    "session": 2,
    "social": 0,
    "social-callback": 0,
    "social-start": 1,
    "schema": 0,
    "docs": 0,
    "redoc": 0,
}
# Of writes: (name of the route, method): body, statements.
WRITES: dict[tuple[str, str], tuple[Any, int]] = {
    ("conversations", "post"): ({"assistant": "free-chat"}, 4),
    ("conversation", "patch"): ({"title": "x"}, 3),
    ("conversation", "put"): ({"title": "x", "pinned": True, "archived": False}, 3),
    ("conversation", "delete"): (None, 11),
    ("reply-feedback", "put"): ({"rating": "up", "report": True}, 10),
    ("reply-feedback", "delete"): (None, 6),
    ("me", "patch"): ({"nickname": "Al"}, 3),
    ("sessions", "delete"): (None, 2),
    ("session", "delete"): (None, 3),
}
# Served on the event loop, outside of the request: chat/tests/test_connections.py.
STREAMED = {"reply-stream", "probe"}
PATHS = {name: path for name, path, _ in routes()}
GETS = [name for name, _, view in routes() if hasattr(view, "get") and name not in STREAMED]


@pytest.fixture
def alice(transactional_db: None) -> User:
    catalogue.load()
    return User.objects.create(email="alice@example.com", nickname="Alice")


def rows(alice: User, count: int) -> dict[str, str]:
    """So many more of everything that lists show; an id of each kind that routes name."""
    session = Session.begin(alice, device="test")
    version = Assistant.objects.offered().get(slug="free-chat").current
    assert version
    known_version(version.id)  # read once a process
    now = timezone.now()
    conversation = Conversation()
    for _ in range(count):
        Session.begin(alice, device="test")
        Announcement.objects.create(text_ko="공지", text_en="News")
        conversation = Conversation.objects.create(owner=alice, version=version, last_message_at=now)
    reply = Message()
    for position in range(0, 2 * count, 2):
        said = {"conversation": conversation, "content": "hi"}
        question = Message.objects.create(role="user", position=position, language="ko", **said)
        fields = {"role": "assistant", "position": position + 1, "question": question, "status": "complete"}
        reply = Message.objects.create(**said, **fields)
    token = tokens.token_pair(session)["access"]
    return {"conversation": str(conversation.id), "reply": str(reply.id), "session": str(session.id), "token": token}


def statements(client: Any, name: str, made: dict[str, str], method: str = "get", body: Any = None) -> list[str]:
    """What one request asks the database, without the transactions around it."""
    own = made.get(OWNED.get(name, ""), str(uuid4()))
    url = PATHS[name].replace("<uuid:id>", own).replace("<slug:slug>", "free-chat").replace("<slug:provider>", "kakao")
    headers = {"Authorization": f"Bearer {made['token']}"} if name in MEMBERS_ONLY | set(OWNED) else {}
    with CaptureQueriesContext(connection) as captured:
        answer = client.generic(method.upper(), f"/{url}", json.dumps(body), "application/json", headers=headers)
        assert answer.status_code in ((404,) if name.startswith("social-") else (200, 201, 204)), answer.content
        b"".join(answer.streaming_content) if answer.streaming else answer.content
    return told(captured)


def told(captured: CaptureQueriesContext) -> list[str]:
    """The statements, those of one message too, without the transactions around them."""
    bare = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    each = [sql for query in captured.captured_queries for sql in query["sql"].split("; EXECUTE ")]
    return [sql for sql in each if not sql.startswith(bare)]


@pytest.mark.parametrize("name", GETS)
def test_a_get_costs_its_budget_and_no_more_with_many_rows(client: Any, alice: User, name: str) -> None:
    few = statements(client, name, rows(alice, FEW))
    many = statements(client, name, rows(alice, MANY))
    assert len(many) == len(few), "\n".join(many)
    assert len(few) == BUDGET[name], "\n".join(few)


@pytest.mark.parametrize(("name", "method"), WRITES)
def test_a_write_costs_its_budget_and_no_more_with_many_rows(client: Any, alice: User, name: str, method: str) -> None:
    body, budget = WRITES[name, method]
    few = statements(client, name, rows(alice, FEW), method, body)
    many = statements(client, name, rows(alice, MANY), method, body)
    assert len(many) == len(few), "\n".join(many)
    assert len(few) == budget, "\n".join(few)


def asked(alice: User, count: int) -> tuple[list[str], list[str]]:
    """What accepting a question costs after so many, and what settling its reply costs."""
    conversation = Conversation.objects.owned_by(alice).get(id=rows(alice, count)["conversation"])
    conversation.last_position = 2 * count
    conversation.save()
    worker = uuid4()
    with CaptureQueriesContext(connection) as accepting:
        replies.check_free(conversation)
        question = Asked(content="hi")
        accepted = replies.accept(alice, conversation, question, worker_id=worker, key=None, now=timezone.now())
    with CaptureQueriesContext(connection) as settling:
        worker_module.settle_and_tell(accepted, worker, "Hello", Ending("complete", finish_reason="stop"))
    return told(accepting), told(settling)


def test_a_question_costs_its_budget_and_no_more_after_many(alice: User) -> None:
    for count in (FEW, MANY):
        accepting, settling = asked(alice, count)
        # The turns before, how things stand; in one message the end, both rows, that it is the end, the quota's four.
        assert len(accepting) == 9, "\n".join(accepting)
        assert len(settling) == 2, "\n".join(settling)  # the row; the book, which tells the figures


def test_every_route_that_is_read_has_a_budget() -> None:
    assert set(BUDGET) == set(GETS)
