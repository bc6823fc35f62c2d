"""Leaving for good: every row goes, whatever was going on; taking along: everything that is kept."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import leaving
from accounts.models import Session, SocialAccount, User
from chat.models import Message, Report
from chat.tests.asking import ask, new_conversation
from conftest import PASSWORD


def everything_kept() -> Iterator[tuple[str, str]]:
    """Every row of every table, as (table, text)."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield table, " ".join(str(value) for value in row)
    for kept in BrowserSession.objects.all():  # signed and packed, so that no word of it is seen above
        yield "django_session", str(kept.get_decoded())


def traces_of(*words: str) -> list[str]:
    found = [(table, text.replace("-", "").lower()) for table, text in everything_kept()]
    return [table for table, text in found if any(word.replace("-", "").lower() in text for word in words)]


@pytest.fixture
def traces(alice: Any, bob: Any) -> list[str]:
    """Something of Alice's in every table that has rows of members, and what would give her away."""
    conversation = new_conversation(alice, title="A title of Alice's")
    reply = ask(alice, conversation, "a secret of alice [[over=0]]", Idempotency_Key="key-of-alice").json()["reply"][
        "id"
    ]
    alice.put(f"chat/messages/{reply}/feedback/", json={"rating": "down", "comment": "no-of-alice", "report": True})
    ask(alice, new_conversation(alice), "[[fail=400]]")
    SocialAccount.objects.create(user=alice.user, provider="kakao", uid="uid-of-alice")
    LogEntry.objects.create(
        user=bob.user,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(alice.user.pk),
        action_flag=CHANGE,
    )
    Client().force_login(alice.user)  # who was a moderator once, and is demoted
    return [str(alice.user.pk), "alice", conversation, reply]


def test_no_row_of_any_table_tells_of_who_left(alice: Any, bob: Any, traces: list[str]) -> None:
    kept = ask(bob, new_conversation(bob)).json()["reply"]
    assert len(set(traces_of(*traces))) >= 10
    response = alice.post("accounts/me/deletion/", json={"password": PASSWORD})
    assert (response.status_code, response.content) == (204, b"")
    assert traces_of(*traces) == []
    assert bob.get(f"chat/messages/{kept['id']}/").json() == kept
    assert alice.get("accounts/me/").json()["code"] == "session_ended"


def test_a_reply_that_is_being_written_is_stopped_first(
    alice: Any, server: Any, eventually: Callable[..., None]
) -> None:
    reply = ask(alice, new_conversation(alice), "[[words=200]] [[over=20]]", Prefer="respond-async").json()["reply"]
    eventually(lambda: bool(Message.objects.get(id=reply["id"]).content))
    assert alice.post("accounts/me/deletion/", json={"password": PASSWORD}).status_code == 204
    eventually(lambda: server.model.get("/calls").json()["open"] == 0, 2)


def test_leaving_while_asking_leaves_no_row_and_no_bare_error(alice: Any, traces: list[str]) -> None:
    # Five requests a day: one made the traces, four are asked here.
    conversations = [new_conversation(alice) for _ in range(5)]

    def at_once(number: int) -> Any:
        if number == 2:
            return alice.post("accounts/me/deletion/", json={"password": PASSWORD})
        return ask(alice, conversations[number])

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(at_once, range(5)))
    assert answers[2].status_code == 204
    assert {answer.status_code for answer in answers} <= {201, 204, 401, 404, 503}
    assert traces_of(*traces) == []


@pytest.mark.parametrize("body", [{}, {"password": "wrong"}, {"confirm": "Alice"}, {"password": ""}])
def test_a_member_with_a_password_says_it(alice: Any, body: dict[str, str]) -> None:
    response = alice.post("accounts/me/deletion/", json=body)
    assert (response.status_code, list(response.json()["errors"])) == (400, ["password"])
    assert User.objects.filter(pk=alice.user.pk).exists()


def test_a_member_without_a_password_types_the_nickname(alice: Any) -> None:
    alice.user.set_unusable_password()
    alice.user.save(update_fields=["password"])
    refused = alice.post("accounts/me/deletion/", json={"confirm": "alice"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["confirm"])
    assert alice.post("accounts/me/deletion/", json={"confirm": "Alice"}).status_code == 204


def test_everything_is_taken_along_for_programs_and_for_people(alice: Any, bob: Any, traces: list[str]) -> None:
    Session.begin(alice.user, device="a phone")
    Report.objects.update(notes="for moderators alone")
    ask(bob, new_conversation(bob), "a secret of bob [[over=0]]")
    response = alice.get("accounts/me/export/", headers={"Accept": "application/zip"})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"] == 'attachment; filename="haru.zip"'
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    files = {name: archive.read(name) for name in archive.namelist()}
    account = json.loads(files["account.json"])
    assert account["profile"]["nickname"] == "Alice"
    assert {login["device"] for login in account["log_ins"]} == {"test", "a phone"}
    assert account["social_accounts"][0]["uid"] == "uid-of-alice"
    begun = account["log_ins"][0]["created_at"]
    assert (begun[10], datetime.fromisoformat(begun).utcoffset()) == ("T", timedelta(0))
    assert account["profile"]["daily_limit"] is None
    assert json.loads(files["usage.json"])[0]["used"] == 1
    assert [request["state"] for request in json.loads(files["requests.json"])] == ["charged", "released"]
    told = json.loads(files["feedback.json"])
    assert told["ratings"][0]["comment"] == "no-of-alice"
    assert told["reports"][0]["outcome"]["state"] == "new"
    assert told["reports"][0]["reply"]
    assert "question" not in told["reports"][0]  # it may be a prompt
    assert b"for moderators alone" not in response.content + b"".join(files.values())
    talks = [json.loads(text) for name, text in files.items() if name.startswith("conv") and name.endswith(".json")]
    assert {talk["conversation"]["title"] for talk in talks} >= {"A title of Alice's"}
    assert any("a secret of alice" in str(talk["messages"]) for talk in talks)
    assert any(b"a secret of alice" in text for name, text in files.items() if name.endswith(".md"))
    assert not any(b"bob" in text for text in files.values())
    assert b"pbkdf2" not in response.content


def test_what_takes_long_comes_before_the_reply_that_a_worker_writes(alice: Any) -> None:
    """Whoever writes for many members waits for the reply's row as soon as it is settled."""
    ask(alice, new_conversation(alice), "hello [[over=0]]")
    reply = ask(alice, new_conversation(alice), "[[words=200]] [[over=20]]", Prefer="respond-async").json()["reply"]
    with CaptureQueriesContext(connection) as asked:
        leaving.leave(alice.user)
    told = [query["sql"] for query in asked.captured_queries]
    first_deletion = next(number for number, sql in enumerate(told) if sql.startswith('DELETE FROM "chat_message"'))
    settling = next(number for number, sql in enumerate(told) if "'stopped'" in sql)
    assert first_deletion < settling
    assert not Message.objects.filter(id=reply["id"]).exists()
