"""The queue of reports: looked at, decided, and told to the member who reported."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from accounts.tests.staff import Staff
from chat.models import Report
from chat.tests.asking import ask, new_conversation

REPORTS = "/admin/chat/report/"


@pytest.fixture
def reply(alice: Any) -> str:
    reply = str(ask(alice, new_conversation(alice), "a rude question [[over=0]]").json()["reply"]["id"])
    alice.put(f"chat/messages/{reply}/feedback/", json={"rating": "down", "comment": "It swore.", "report": True})
    return reply


def page() -> str:
    return f"{REPORTS}{Report.objects.get().pk}/change/"


def outcome(alice: Any, reply: str) -> Any:
    return alice.get(f"chat/messages/{reply}/feedback/").json()["outcome"]


def test_a_report_carries_its_question_and_reply_and_who_showed_them(mod: Staff, reply: str) -> None:
    assert "It swore." in mod.get(REPORTS).text
    shown = mod.get(page()).text
    assert "a rude question" in shown
    assert Report.objects.get().reply[:20] in shown
    assert ">Alice</a>" in shown


def test_its_words_are_shown_as_they_stand(mod: Staff, reply: str) -> None:
    Report.objects.update(question="<script>alert(1)</script>", reply="<img src=x onerror=alert(1)>")
    assert "<script>alert" not in mod.get(page()).text
    assert "<img src=x" not in mod.get(page()).text


def test_it_is_worked_closed_and_told(mod: Staff, alice: Any, reply: str) -> None:
    assert outcome(alice, reply) == {"state": "new", "result": None, "text": "", "at": None}
    decided = {"outcome": "acted", "answer": "Thank you, it is mended.", "notes": "prompt, line 3"}
    assert mod.submit(page(), state="working", **decided).status_code == 302
    assert outcome(alice, reply) == {"state": "working", "result": None, "text": "", "at": None}  # not decided yet
    assert mod.submit(page(), state="closed", **decided).status_code == 302
    told = outcome(alice, reply)
    assert (told["state"], told["result"], told["text"]) == ("closed", "acted", "Thank you, it is mended.")
    assert told["at"]
    assert "prompt, line 3" not in alice.get(f"chat/messages/{reply}/feedback/").text
    report = Report.objects.get()
    assert (report.handled_by, report.notes) == (mod.user, "prompt, line 3")
    assert [entry.user for entry in LogEntry.objects.all()] == [mod.user] * 2


def test_it_is_not_closed_without_an_outcome(mod: Staff, reply: str) -> None:
    assert "errorlist" in mod.submit(page(), state="closed", outcome="", answer="", notes="").text
    assert Report.objects.get().state == "new"


def test_nor_where_another_took_the_outcome_away_meanwhile(mod: Staff, reply: str) -> None:
    mod.change(page(), outcome="acted")
    open_page = mod.shown(page())
    mod.change(page(), outcome="")
    assert "errorlist" in mod.submit(page(), **open_page | {"state": "closed"}).text
    assert Report.objects.get().state == "new"


def test_notes_on_a_page_that_stood_open_open_no_closed_report(mod: Staff, alice: Any, reply: str) -> None:
    open_page = mod.shown(page())
    mod.change(page(), state="closed", outcome="acted", answer="It is mended.")
    assert mod.submit(page(), **open_page | {"notes": "prompt, line 3"}).status_code == 302
    told = outcome(alice, reply)
    assert (told["state"], told["result"], told["text"]) == ("closed", "acted", "It is mended.")
    assert Report.objects.get().notes == "prompt, line 3"


def test_open_ones_stand_above_closed_ones_the_oldest_first(mod: Staff, alice: Any, reply: str) -> None:
    for comment in ("second", "third"):
        later = ask(alice, new_conversation(alice)).json()["reply"]["id"]
        alice.put(f"chat/messages/{later}/feedback/", json={"rating": "down", "comment": comment, "report": True})
    Report.objects.filter(comment="It swore.").update(state="closed")
    text = mod.get(REPORTS).text
    assert text.index("second") < text.index("third") < text.index("It swore.")


def test_saying_something_new_opens_it_again_saying_the_same_does_not(mod: Staff, alice: Any, reply: str) -> None:
    mod.submit(page(), state="closed", outcome="no_fault", answer="", notes="")
    body = {"rating": "down", "comment": "It swore.", "report": True}
    alice.put(f"chat/messages/{reply}/feedback/", json=body)
    assert outcome(alice, reply)["state"] == "closed"
    first = outcome(alice, reply)["at"]
    alice.put(f"chat/messages/{reply}/feedback/", json=body | {"comment": "It swore twice."})
    assert outcome(alice, reply)["state"] == "new"
    mod.submit(page(), state="closed", outcome="acted", answer="", notes="")
    assert outcome(alice, reply)["at"] > first


def test_the_words_of_a_report_are_not_the_moderators_to_change(mod: Staff, reply: str) -> None:
    mod.submit(page(), state="working", outcome="", answer="", notes="", question="x", reply="x", comment="x")
    report = Report.objects.get()
    assert (report.question, report.comment) == ("a rude question [[over=0]]", "It swore.")


def test_what_is_taken_back_is_gone_from_the_queue(mod: Staff, alice: Any, reply: str) -> None:
    alice.delete(f"chat/messages/{reply}/feedback/")
    assert "It swore." not in mod.get(REPORTS).text
    assert outcome(alice, reply) is None
