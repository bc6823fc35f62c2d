"""Asking: three shapes of an answer, one order of refusals, nothing stored before all is well."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from chat import replies
from chat.assistants.definition import QUESTION_MAX_CHARS
from chat.models import Conversation, Message, Reservation
from chat.questions import Asked
from chat.tests.asking import SSE, ask, new_conversation, stream, text_of
from chat.worker import this_process


def test_json_waits_for_the_whole_reply(alice: Any) -> None:
    response = ask(alice, new_conversation(alice))
    assert response.status_code == 201
    body = response.json()
    assert set(body) == {"message", "reply", "quota"}
    assert body["message"]["role"] == "user"
    assert body["reply"]["status"] == "complete"
    assert body["reply"]["finish_reason"] == "stop"
    assert body["reply"]["question"] == body["message"]["id"]
    assert body["reply"]["tokens"]["output"] > 0
    assert body["quota"]["remaining"] == 4


def test_a_stream_starts_grows_and_is_done_with_the_same_text(alice: Any) -> None:
    found = stream(alice, new_conversation(alice))
    assert [found[0]["event"], found[-1]["event"]] == ["start", "done"]
    assert found[0]["id"] == 0
    assert text_of(found) == found[-1]["data"]["reply"]["content"]
    assert found[-1]["id"] == len(text_of(found)) + 1
    grown = 0
    for event in found[1:-1]:
        grown += len(event["data"]["text"])
        assert event["id"] == grown


def test_the_reply_of_a_stream_is_there_by_get(alice: Any) -> None:
    reply = stream(alice, new_conversation(alice))[-1]["data"]["reply"]
    assert alice.get(f"chat/messages/{reply['id']}/").json() == reply


def test_a_stream_of_emoji_counts_code_points(alice: Any) -> None:
    found = stream(alice, new_conversation(alice), "[[emoji]] [[split]] [[over=0]]")
    assert any(ord(character) > 0xFFFF for character in text_of(found))
    assert found[-1]["id"] == len(found[-1]["data"]["reply"]["content"]) + 1
    assert text_of(found) == found[-1]["data"]["reply"]["content"]


def test_a_stream_is_neither_stored_nor_buffered_on_its_way(alice: Any) -> None:
    conversation = new_conversation(alice)
    with alice.stream(
        "POST", f"chat/conversations/{conversation}/messages/", json={"content": "[[over=0]]"}, headers=SSE
    ) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Accel-Buffering"] == "no"
        assert "Content-Encoding" not in response.headers


def test_respond_async_answers_at_once_and_leads_to_the_stream(alice: Any, server: Any) -> None:
    response = ask(alice, new_conversation(alice), "[[words=3]] [[over=1]] hi", Prefer="respond-async")
    assert response.status_code == 202
    assert response.headers["Preference-Applied"] == "respond-async"
    body = response.json()
    assert body["reply"]["status"] == "writing"
    assert response.headers["Location"] == f"/api/v1/chat/messages/{body['reply']['id']}/stream/"
    with alice.stream("GET", server.url + response.headers["Location"]) as answer:
        assert "event: done" in answer.read().decode()


def test_a_client_that_leaves_changes_nothing(alice: Any, eventually: Callable[..., None]) -> None:
    conversation = new_conversation(alice)
    with alice.stream(
        "POST",
        f"chat/conversations/{conversation}/messages/",
        json={"content": "[[words=20]] [[over=1]] hi"},
        headers=SSE,
    ) as response:
        next(response.iter_lines())
    eventually(lambda: Message.objects.filter(status="complete").exists())
    assert alice.get("chat/quota/").json()["used"] == 1


def test_a_reply_that_no_task_writes_is_given_back(alice: Any, eventually: Callable[..., None]) -> None:
    conversation = new_conversation(alice)
    ask(alice, conversation)
    long_ago = timezone.now() - timedelta(seconds=31)
    Message.objects.update(created_at=long_ago)
    Message.objects.filter(role="assistant").update(status="writing", worker_id=this_process.id)
    Reservation.objects.update(state="held")
    eventually(lambda: Message.objects.filter(status="failed", error_code="interrupted").exists(), 60)
    assert alice.get("chat/quota/").json()["used"] == 0


def test_one_reply_is_written_in_a_conversation_at_a_time(alice: Any) -> None:
    conversation = new_conversation(alice)
    ask(alice, conversation, "[[words=3]] [[over=1]] hi", Prefer="respond-async")
    response = ask(alice, conversation)
    assert (response.status_code, response.json()["code"]) == (409, "reply_in_progress")
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": ""}, "content"),
        ({"content": "  "}, "content"),
        ({"content": "가" * 4001}, "content"),
        ({"content": 5}, "content"),
        ({"content": None}, "content"),
        ({"content": "a", "inputs": {}}, "inputs"),
        ({"content": "a", "model": "gpt-9"}, "model"),
        ({"content": "a", "api_base": "http://x"}, "api_base"),
        ({"inputs": {}}, "content"),
    ],
)
def test_a_bad_question_is_named_at_its_field_and_takes_nothing(alice: Any, body: Any, field: str) -> None:
    conversation = new_conversation(alice)
    response = alice.post(f"chat/conversations/{conversation}/messages/", json=body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert field in response.json()["errors"]
    assert not Message.objects.exists()
    assert alice.get("chat/quota/").json()["used"] == 0


def test_a_question_of_4000_code_points_is_taken(alice: Any) -> None:
    assert ask(alice, new_conversation(alice), "[[over=0]]" + "😀" * 3990).status_code == 201


def test_the_provider_sees_its_fields_and_no_others(alice: Any) -> None:
    reply = ask(alice, new_conversation(alice), "[[echo]]").json()["reply"]["content"]
    sent = json.loads(reply[reply.index("{") : reply.rindex("}") + 1])
    assert set(sent) == {"model", "messages", "max_completion_tokens", "stream", "stream_options"}
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]


def test_the_next_question_is_asked_with_what_was_said(alice: Any) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation, "[[words=3]] [[over=0]] one").json()
    echoed = ask(alice, conversation, "[[echo]] two").json()["reply"]["content"]
    assert "[[words=3]] [[over=0]] one" in echoed
    assert first["reply"]["content"][:5] in echoed


def test_the_first_words_become_the_title(alice: Any) -> None:
    conversation = new_conversation(alice)
    ask(alice, conversation, "[[words=1]]  hello \n world")
    assert alice.get(f"chat/conversations/{conversation}/").json()["title"] == "[[words=1]] hello world"


def test_a_title_that_the_member_gave_is_never_changed(alice: Any) -> None:
    named, renamed = new_conversation(alice, title="Mine"), new_conversation(alice)
    alice.patch(f"chat/conversations/{renamed}/", json={"title": "Ours"})
    ask(alice, named)
    ask(alice, renamed)
    titles = {row.title for row in Conversation.objects.all()}
    assert titles == {"Mine", "Ours"}


def test_asking_answers_only_json_or_a_stream(alice: Any) -> None:
    response = ask(alice, new_conversation(alice), Accept="text/html")
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")
    assert "RateLimit" in response.headers


def test_a_reply_in_progress_is_said_before_a_drain(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = new_conversation(alice)
    ask(alice, conversation, "[[words=100]] [[over=10]]", Prefer="respond-async")
    monkeypatch.setattr(this_process, "is_draining", True)
    assert ask(alice, conversation).json()["code"] == "reply_in_progress"


def test_a_failed_answer_has_its_request_id_its_language_and_the_figures_of_now(alice: Any) -> None:
    response = ask(alice, new_conversation(alice), "[[fail=400]]")
    body = response.json()
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert body["detail"].startswith("The assistant")
    assert body["quota"]["remaining"] == 5
    assert response.headers["RateLimit"].startswith('"daily";r=5;')


@pytest.mark.parametrize(("language", "said"), [("ko", "어시스턴트"), ("en", "The assistant")])
def test_a_failure_in_a_stream_is_told_in_the_language_of_who_asked(alice: Any, language: str, said: str) -> None:
    alice.headers["Accept-Language"] = language
    assert said in stream(alice, new_conversation(alice), "[[fail=400]]")[-1]["data"]["detail"]


def test_a_title_that_was_just_given_stays(alice: Any) -> None:
    conversation = new_conversation(alice)
    read_before = Conversation.objects.owned_by(alice.user).get(id=conversation)
    alice.patch(f"chat/conversations/{conversation}/", json={"title": "Mine"})
    asked = Asked(content="hello")
    replies.accept(alice.user, read_before, asked, worker_id=uuid4(), key=None, now=timezone.now())
    assert alice.get(f"chat/conversations/{conversation}/").json()["title"] == "Mine"


def test_a_list_is_no_stream(alice: Any) -> None:
    response = alice.get(f"chat/conversations/{new_conversation(alice)}/messages/", headers=SSE)
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")


def test_a_head_of_a_stream_has_no_body_and_holds_nothing(alice: Any) -> None:
    reply = ask(alice, new_conversation(alice), "[[words=100]] [[over=10]]", Prefer="respond-async").json()["reply"]
    response = alice.head(f"chat/messages/{reply['id']}/stream/", timeout=2)
    assert (response.status_code, response.content) == (200, b"")
    assert alice.get("chat/quota/", timeout=2).status_code == 200


def test_a_last_event_id_that_is_none_begins_at_the_start(alice: Any) -> None:
    reply = ask(alice, new_conversation(alice)).json()["reply"]
    response = alice.get(f"chat/messages/{reply['id']}/stream/", headers={"Last-Event-ID": "abc"})
    assert response.text.startswith("event: start\nid: 0\n")


@pytest.mark.parametrize("languages", [("ko", "en"), ("en", "ko")])
def test_what_is_wrong_is_said_in_the_language_of_each_who_asks(alice: Any, languages: tuple[str, str]) -> None:
    conversation, said = new_conversation(alice), set()
    for language in languages:
        path, body = f"chat/conversations/{conversation}/messages/", {"content": "a" * (QUESTION_MAX_CHARS + 1)}
        errors = alice.post(path, json=body, headers={"Accept-Language": language}).json()["errors"]
        (text,) = errors["content"]
        assert ("자" in text) == (language == "ko"), text
        said.add(text)
    assert len(said) == 2
