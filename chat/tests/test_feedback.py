"""Thumbs and reports: a report shows one question and one reply to the moderators, and says so."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chat.models import Message, Report
from chat.tests.asking import ask, new_conversation


@pytest.fixture
def reply(alice: Any) -> str:
    return str(ask(alice, new_conversation(alice), "hello [[over=0]]").json()["reply"]["id"])


def test_a_rating_is_kept_and_shown_on_the_reply(alice: Any, reply: str) -> None:
    response = alice.put(f"chat/messages/{reply}/feedback/", json={"rating": "up"})
    assert response.status_code == 200
    assert response.json() == {"rating": "up", "comment": "", "report": False, "notice": None, "outcome": None}
    assert alice.get(f"chat/messages/{reply}/feedback/").json() == response.json()
    assert alice.get(f"chat/messages/{reply}/").json()["rating"] == "up"
    assert not Report.objects.exists()


def test_a_report_carries_question_and_reply_and_says_so(alice: Any, reply: str) -> None:
    body = {"rating": "down", "comment": "rude", "report": True}
    response = alice.put(f"chat/messages/{reply}/feedback/", json=body)
    said: dict[str, Any] = {"notice": "The moderators can now see this question and this reply."}
    said["outcome"] = {"state": "new", "result": None, "text": "", "at": None}
    assert response.json() == body | said
    report = Report.objects.get()
    assert (report.question, report.comment) == ("hello [[over=0]]", "rude")
    assert report.reply == Message.objects.get(id=reply).content


def test_reporting_twice_is_one_report(alice: Any, reply: str) -> None:
    for comment in ("a", "b"):
        alice.put(f"chat/messages/{reply}/feedback/", json={"rating": "down", "comment": comment, "report": True})
    assert Report.objects.get().comment == "b"


@pytest.mark.parametrize("how", ["put", "delete"])
def test_a_report_can_be_taken_back(alice: Any, reply: str, how: str) -> None:
    alice.put(f"chat/messages/{reply}/feedback/", json={"rating": "down", "report": True})
    if how == "put":
        alice.put(f"chat/messages/{reply}/feedback/", json={"rating": "down"})
    else:
        assert alice.delete(f"chat/messages/{reply}/feedback/").status_code == 204
        assert alice.get(f"chat/messages/{reply}/").json()["rating"] is None
    assert not Report.objects.exists()


def test_a_report_outlives_a_retry_and_goes_with_its_conversation(alice: Any, reply: str) -> None:
    alice.put(f"chat/messages/{reply}/feedback/", json={"rating": "down", "report": True})
    assert alice.post(f"chat/messages/{reply}/retry/").status_code == 201
    assert Report.objects.count() == 1
    alice.delete(f"chat/conversations/{Message.objects.first().conversation_id}/")  # type: ignore[union-attr]
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "rating"),
        ({"rating": "good"}, "rating"),
        ({"rating": "up", "comment": "x" * 1001}, "comment"),
        ({"rating": "up", "comment": 1}, "comment"),
        ({"rating": "up", "report": "yes"}, "report"),
        ({"rating": "up", "to": "all"}, "to"),
    ],
)
def test_what_is_wrong_is_named(alice: Any, reply: str, body: dict[str, object], field: str) -> None:
    response = alice.put(f"chat/messages/{reply}/feedback/", json=body)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_a_question_has_no_feedback(alice: Any, reply: str) -> None:
    question = Message.objects.get(role="user").id
    assert alice.put(f"chat/messages/{question}/feedback/", json={"rating": "up"}).status_code == 404


def test_reporting_and_deleting_at_once_wait_for_each_other(
    alice: Any, reply: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = threading.Event()
    make = Report.objects.update_or_create

    def slowly(*args: Any, **kwargs: Any) -> Any:
        made = make(*args, **kwargs)
        reported.set()
        time.sleep(0.5)  # the deletion takes what it takes first
        return made

    monkeypatch.setattr(Report.objects, "update_or_create", slowly)
    path = f"chat/conversations/{Message.objects.get(id=reply).conversation_id}/"

    def delete() -> int:
        reported.wait(5)
        return int(alice.delete(path).status_code)

    with ThreadPoolExecutor(1) as pool:
        deleting = pool.submit(delete)
        body = {"rating": "down", "comment": "x", "report": True}
        # Its own answer may find the reply gone by then.
        assert alice.put(f"chat/messages/{reply}/feedback/", json=body).status_code in (200, 404)
        assert deleting.result() == 204
    assert not Report.objects.exists()
