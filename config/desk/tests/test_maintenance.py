"""The maintenance switch: what is being written ends by itself, what is asked anew is refused in the words set."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.staff import Staff
from chat.models import Message, Reservation
from chat.tests.asking import ask, new_conversation
from config.desk.models import Maintenance

PAGE = "/admin/desk/maintenance/1/change/"


@pytest.fixture
def switch(root: Staff) -> Callable[..., None]:
    """The switch as a superuser turns it."""

    def turn(**fields: str) -> None:
        assert root.get("/admin/desk/maintenance/").headers["Location"] == PAGE
        changes: dict[str, Any] = {"is_on": None, "minutes": "5", **fields}
        assert root.change(PAGE, **changes).status_code == 302

    return turn


def test_a_new_ask_is_refused_in_the_words_set_and_takes_nothing(alice: Any, switch: Callable[..., None]) -> None:
    conversation = new_conversation(alice)
    switch(is_on="on", text_ko="점검 중입니다. 3시에 돌아올게요.", text_en="We are back at three.")
    refused = ask(alice, conversation)
    assert (refused.status_code, refused.json()["code"]) == (503, "maintenance")
    assert refused.json()["detail"] == "We are back at three."
    assert refused.headers["Retry-After"] == "300"
    assert ask(alice, conversation, Accept_Language="ko").json()["detail"].endswith("3시에 돌아올게요.")
    assert not Message.objects.exists()
    assert not Reservation.objects.exists()
    assert alice.get("chat/quota/").json()["used"] == 0


def test_without_words_the_service_has_some_of_its_own(alice: Any, switch: Callable[..., None]) -> None:
    switch(is_on="on")
    assert ask(alice, new_conversation(alice)).json()["detail"].startswith("The service is being maintained.")


def test_a_retry_and_a_member_without_requests_left_hear_it_too(
    alice: Any, switch: Callable[..., None], settings: Any
) -> None:
    conversation = new_conversation(alice)
    reply = ask(alice, conversation).json()["reply"]["id"]
    settings.DAILY_CHAT_LIMIT = 1
    switch(is_on="on")
    assert alice.post(f"chat/messages/{reply}/retry/").json()["code"] == "maintenance"
    assert ask(alice, conversation).json()["code"] == "maintenance"


def test_a_running_reply_ends_well_and_all_else_goes_on(
    alice: Any, switch: Callable[..., None], eventually: Callable[..., None]
) -> None:
    conversation = new_conversation(alice)
    reply = ask(alice, conversation, "[[words=20]] [[over=2]]", Prefer="respond-async").json()["reply"]["id"]
    switch(is_on="on")
    assert alice.get(f"chat/conversations/{conversation}/messages/").status_code == 200
    eventually(lambda: Message.objects.get(id=reply).status == "complete")


def test_an_earlier_request_is_answered_again_under_its_key(alice: Any, switch: Callable[..., None]) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation, Idempotency_Key="one").json()
    switch(is_on="on")
    assert ask(alice, conversation, Idempotency_Key="one").json()["reply"] == first["reply"]
    assert ask(alice, conversation, Idempotency_Key="two").status_code == 503


def test_it_is_over_when_it_is_off(alice: Any, switch: Callable[..., None]) -> None:
    conversation = new_conversation(alice)
    switch(is_on="on")
    switch()
    assert ask(alice, conversation).status_code == 201


def test_words_that_another_changes_meanwhile_do_not_turn_it_off(root: Staff, switch: Callable[..., None]) -> None:
    Maintenance.objects.create()
    open_page = root.shown(PAGE)
    switch(is_on="on", text_en="We are back at three.")
    assert root.submit(PAGE, **open_page | {"text_ko": "3시에 돌아올게요."}).status_code == 302
    row = Maintenance.objects.get()
    assert (row.is_on, row.text_ko, row.text_en) == (True, "3시에 돌아올게요.", "We are back at three.")


def test_moderators_do_not_turn_it(mod: Staff) -> None:
    Maintenance.objects.create()
    assert mod.submit(PAGE, is_on="on", minutes="5").status_code == 403
    assert not Maintenance.objects.get().is_on


def test_it_costs_an_ask_no_query(alice: Any, monkeypatch: Any) -> None:
    from chat import replies
    from chat.models import Conversation
    from chat.questions import Asked, question_of
    from config.statements import together

    conversation = Conversation.objects.owned_by(alice.user).get(id=new_conversation(alice))
    question = question_of(conversation, Asked(content="hi"), conversation.created_at)
    reply = Message(question=question, position=2, created_at=conversation.created_at)
    with CaptureQueriesContext(connection) as queries:
        together(replies.advancing(conversation, question, reply))
    assert len(queries) == 1
