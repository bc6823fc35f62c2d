"""Statements of every request: a prepared query gives what the ORM gives, an inserted row is what the ORM reads."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from accounts.models import Session, User
from chat.models import Conversation, Message, ServiceUsage
from chat.tests.asking import new_conversation
from config.connections import is_away
from config.statements import Prepared, Statement, insertion, run, together
from conftest import Person

OWNED = Prepared(lambda owner, talk: Conversation.objects.owned_by(owner).filter(id=talk))


def columns(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.fixture
def talk(alice: Person) -> Conversation:
    made = Conversation.objects.get(id=new_conversation(alice))
    question = Message(
        conversation=made, role="user", position=1, content="안녕", inputs={"나이": [1, None]}, language="ko"
    )
    reply = Message(conversation=made, role="assistant", position=2, question=question, status="writing")
    together(insertion([question, reply]))
    return made


def test_a_prepared_query_gives_what_the_orm_gives(alice: Person, talk: Conversation) -> None:
    for _ in range(2):  # made at the first asking, used again at the second
        prepared = OWNED.first(owner=alice.user.pk, talk=talk.id)
        made_anew = Conversation.objects.owned_by(alice.user).get(id=talk.id)
        assert prepared is not None
        assert columns(prepared) == columns(made_anew)
        assert prepared.writing == made_anew.writing == Message.objects.get(status="writing").id


def test_what_is_selected_beside_it_comes_with_it(alice: Person, django_assert_num_queries: Any) -> None:
    named = Prepared(lambda login: Session.objects.filter(id=login).select_related("user"))
    found, member = named.first(login=alice.session.id), User.objects.get(id=alice.user.pk)
    assert found is not None
    with django_assert_num_queries(0):
        assert columns(found.user) == columns(member)


def test_a_query_for_columns_gives_them(alice: Person, talk: Conversation) -> None:
    titled = Prepared(lambda owner: Conversation.objects.owned_by(owner).values_list("id", "pinned", "created_at"))
    assert titled.all(owner=alice.user.pk) == [(talk.id, False, talk.created_at)]


def test_its_row_is_a_model_like_any_other(alice: Person, talk: Conversation) -> None:
    prepared = OWNED.first(owner=alice.user.pk, talk=talk.id)
    assert prepared is not None
    prepared.title = "다른 제목"
    prepared.save()
    talk.refresh_from_db()
    assert talk.title == "다른 제목"


def test_it_finds_nothing_for_other_values(alice: Person, bob: Person, talk: Conversation) -> None:
    assert OWNED.first(owner=bob.user.pk, talk=talk.id) is None
    assert OWNED.first(owner=alice.user.pk, talk=uuid4()) is None


def test_a_value_cannot_become_sql(alice: Person) -> None:
    named = Prepared(lambda device: Session.objects.filter(device=device))
    Session.objects.filter(user=alice.user).update(device="' OR 1=1 --")
    found = named.first(device="' OR 1=1 --")
    assert found is not None
    assert found.user_id == alice.user.pk
    assert named.first(device="x' OR 'a'='a") is None


def test_times_are_compared_as_times(alice: Person) -> None:
    alive = Prepared(lambda login, now: Session.objects.alive(now).filter(id=login))
    assert alive.first(login=alice.session.id, now=timezone.now()) is not None
    assert alive.first(login=alice.session.id, now=alice.session.expires_at) is None


def test_an_inserted_row_is_what_the_orm_would_have_written(talk: Conversation) -> None:
    question, reply = talk.messages.order_by("position")
    assert (question.content, question.inputs, question.status) == ("안녕", {"나이": [1, None]}, "")
    assert reply.question == question
    assert (reply.inputs, reply.tokens_input, reply.stop_requested) == (None, None, False)
    again = Message(**{**model_to_dict(reply, exclude=["id", "conversation", "question"]), "status": "complete"})
    again.conversation, again.question, again.position, again.created_at = talk, question, 3, reply.created_at
    again.save()
    Message.objects.filter(id=reply.id).update(status="complete", position=4)
    differ = {"id", "position"}
    saved, inserted = (columns(Message.objects.get(id=one.id)) for one in (again, reply))
    assert {name: value for name, value in saved.items() if name not in differ} == {
        name: value for name, value in inserted.items() if name not in differ
    }


def test_an_inserted_row_can_be_saved_again(talk: Conversation) -> None:
    said = Message(conversation=talk, role="user", position=3, content="안녕")
    together(insertion([said]))
    said.content = "잘 가"
    said.save()
    assert Message.objects.get(id=said.id).content == "잘 가"


ADD = "INSERT INTO chat_serviceusage (day, calls) VALUES (%(day)s, %(calls)s)"
ALL = "SELECT day, calls FROM chat_serviceusage ORDER BY day"
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def add(day: date, calls: int | None) -> Statement:
    return Statement(ADD, {"day": day, "calls": calls})


@pytest.mark.django_db(transaction=True)
def test_statements_together_run_in_their_order_and_the_last_one_answers() -> None:
    rows = together(add(TUESDAY, 2), add(MONDAY, 1), Statement(ALL, {}))
    assert [calls for _day, calls in rows] == [1, 2]
    assert together(add(date(2026, 3, 4), 3)) == []


@pytest.mark.django_db(transaction=True)
def test_statements_together_are_all_or_nothing() -> None:
    with pytest.raises(IntegrityError):
        together(add(MONDAY, 1), add(TUESDAY, None))
    assert not ServiceUsage.objects.exists()
    assert together(add(MONDAY, 1), Statement(ALL, {}))  # the connection goes on


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_they_are_a_part_of_it() -> None:
    with transaction.atomic():
        together(add(MONDAY, 1), add(TUESDAY, 2))
        assert ServiceUsage.objects.count() == 2
        transaction.set_rollback(True)
    assert not ServiceUsage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_another_connection_prepares_them_anew() -> None:
    for day in (MONDAY, TUESDAY):
        run(ADD, day=day, calls=1)
        connection.close()
    assert ServiceUsage.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_value_may_look_like_a_place_and_a_percent_sign_stands_for_itself() -> None:
    odd = "SELECT %(word)s || '%%' || %(word)s"
    for word in ("%(word)s", "$1", "; EXECUTE haru_0", "'"):
        assert together(Statement(odd, {"word": word})) == [(f"{word}%{word}",)]


@pytest.mark.skipif(settings.USES_SQLITE, reason="SQLite's driver keeps what it has prepared by itself")
@pytest.mark.django_db(transaction=True)
def test_postgresql_prepares_a_statement_once() -> None:
    connection.close()
    for calls in range(3):
        run("UPDATE chat_serviceusage SET calls = %(calls)s", calls=calls)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        assert len(cursor.fetchall()) == 1


@pytest.fixture
def changing(transactional_db: None) -> Iterator[None]:
    """A table with a word of at most five characters."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE changing (word varchar(5))")
    assert run("SELECT word FROM changing") == []
    yield
    connection.close()


def widen() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE changing ALTER word TYPE varchar(9)")


@pytest.mark.skipif(settings.USES_SQLITE, reason="SQLite's driver prepares anew by itself")
def test_a_migration_beside_a_running_worker_is_not_noticed(changing: None) -> None:
    widen()
    assert run("SELECT word FROM changing") == []
    assert run("SELECT count(*) FROM changing") == [(0,)]


@pytest.mark.skipif(settings.USES_SQLITE, reason="SQLite's driver prepares anew by itself")
def test_within_a_transaction_it_is_an_outage_of_a_moment(changing: None) -> None:
    widen()
    with pytest.raises(OperationalError) as asked, transaction.atomic():
        run("SELECT word FROM changing")
    assert is_away(asked.value)  # 503 with Retry-After, and a reply is settled again
    assert run("SELECT word FROM changing") == []
