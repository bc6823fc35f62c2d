"""`manage.py check_book` is silent about a true book and names each thing that does not agree."""

from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from chat.models import DailyUsage, Message, Reservation, ServiceUsage
from chat.tests.asking import ask, new_conversation


def checked() -> str:
    """What the command prints, whether or not it fails."""
    printed = StringIO()
    try:
        call_command("check_book", stdout=printed)
    except CommandError as error:
        return printed.getvalue() + str(error)
    return printed.getvalue()


@pytest.fixture
def replies(alice: Any, eventually: Callable[..., None]) -> dict[str, UUID]:
    """One reply of each kind, through the API."""
    asked = {
        "complete": ask(alice, new_conversation(alice)),
        "failed": ask(alice, new_conversation(alice), "[[fail=400]]"),
        "empty": ask(alice, new_conversation(alice), "[[stall=60]]", Prefer="respond-async"),
        "stopped": ask(alice, new_conversation(alice), "[[words=99]] [[over=30]]", Prefer="respond-async"),
        "writing": ask(alice, new_conversation(alice), "[[words=99]] [[over=30]]", Prefer="respond-async"),
    }
    ids = {name: UUID(answer.json()["reply"]["id"]) for name, answer in asked.items()}
    eventually(lambda: bool(Message.objects.get(id=ids["stopped"]).content))
    for name in ("empty", "stopped"):
        alice.post(f"chat/messages/{ids[name]}/stop/")
    return ids


def test_a_true_book_agrees(alice: Any, replies: dict[str, UUID]) -> None:
    assert checked() == "The book agrees.\n"
    assert alice.get("chat/quota/").json()["used"] == 3  # complete, stopped with text, writing
    alice.post(f"chat/messages/{replies['complete']}/retry/")
    alice.delete(f"chat/conversations/{Message.objects.get(id=replies['failed']).conversation_id}/")
    assert checked() == "The book agrees.\n"


def test_a_wrong_sum_is_said(replies: dict[str, UUID]) -> None:
    DailyUsage.objects.update(used=4)
    assert "says 4 used of 5 attempts; its requests are 3 of 5" in checked()
    DailyUsage.objects.all().delete()
    assert "is missing, but has requests" in checked()


@pytest.mark.parametrize("name", ["complete", "failed", "empty", "stopped", "writing"])
@pytest.mark.parametrize("state", ["held", "charged", "released"])
def test_a_request_in_a_wrong_state_is_said(replies: dict[str, UUID], name: str, state: str) -> None:
    request = Reservation.objects.get(reply_id=replies[name])
    right = request.state == state
    Reservation.objects.filter(reply_id=replies[name]).update(state=state)
    assert (checked() == "The book agrees.\n") == right
    assert right or f"Reply {replies[name]} is" in checked()


def test_a_reply_without_a_request_and_a_request_held_for_nothing_are_said(replies: dict[str, UUID]) -> None:
    Reservation.objects.filter(reply_id=replies["complete"]).delete()
    Message.objects.filter(id=replies["writing"]).delete()
    said = checked()
    assert f"Reply {replies['complete']} is complete; its request is not charged" in said
    assert f"Request {replies['writing']} is held; no such reply" in said


def test_fewer_calls_of_the_service_than_requests_are_said(replies: dict[str, UUID]) -> None:
    ServiceUsage.objects.update(calls=4)
    assert "says 4 calls; there are 5 requests" in checked()
