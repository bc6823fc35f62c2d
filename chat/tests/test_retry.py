"""Another reply to the last question: counted like any; of the two, the one with words stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chat import events as events_of
from chat.models import Conversation, Message, Reservation
from chat.tests.asking import SSE, ask, events, new_conversation


def retry(person: Any, reply: dict[str, Any], **headers: str) -> Any:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return person.post(f"chat/messages/{reply['id']}/retry/", headers=headers)


def told(response: Any) -> tuple[int, dict[str, Any]]:
    """An answer but for the request's own id."""
    body = response.json()
    body.pop("request_id", None)
    return response.status_code, body


def listed(person: Any, conversation: str) -> list[str]:
    return [row["id"] for row in person.get(f"chat/conversations/{conversation}/messages/").json()["results"]]


def test_a_retry_with_words_takes_the_place_of_the_old_reply(alice: Any) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation).json()
    response = retry(alice, first["reply"])
    assert response.status_code == 201
    body = response.json()
    assert body["message"] == first["message"]
    assert body["reply"]["question"] == first["message"]["id"]
    assert body["quota"]["used"] == 2
    assert response.headers["RateLimit"].startswith('"daily";r=3;')
    assert listed(alice, conversation) == [first["message"]["id"], body["reply"]["id"]]
    assert alice.get(f"chat/messages/{first['reply']['id']}/").status_code == 404
    assert Reservation.objects.filter(state="charged").count() == 2


def test_both_are_listed_while_the_new_one_is_written(alice: Any) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation).json()
    Message.objects.filter(role="user").update(content="[[words=20]] [[over=2]]")
    again = retry(alice, first["reply"], Prefer="respond-async")
    assert again.status_code == 202
    new = again.json()["reply"]["id"]
    assert again.headers["Location"] == f"/api/v1/chat/messages/{new}/stream/"
    assert listed(alice, conversation) == [first["message"]["id"], first["reply"]["id"], new]
    assert alice.get(f"chat/conversations/{conversation}/").json()["writing"] == new


def test_a_retry_without_words_leaves_the_old_reply(alice: Any) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation).json()
    Message.objects.filter(role="user").update(content="[[fail=400]]")
    response = retry(alice, first["reply"], Idempotency_Key="k1")
    assert (response.status_code, response.json()["code"]) == (503, "assistant_unavailable")
    assert response.json()["quota"]["used"] == 1
    assert listed(alice, conversation) == [first["message"]["id"], first["reply"]["id"]]
    assert told(retry(alice, first["reply"], Idempotency_Key="k1")) == told(response)
    assert {row.state for row in Reservation.objects.all()} == {"charged", "released"}
    Message.objects.filter(role="user").update(content="[[words=3]] [[over=0]]")
    assert retry(alice, first["reply"], Idempotency_Key="k2").status_code == 201
    status, body = told(retry(alice, first["reply"], Idempotency_Key="k1"))  # what it replaced is gone
    assert (status, body["reply"], body["quota"]["used"]) == (503, response.json()["reply"], 2)


def test_a_retry_stopped_before_its_first_word_is_told_again_as_it_ended(alice: Any) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation).json()
    Message.objects.filter(role="user").update(content="[[stall=60]]")
    again = retry(alice, first["reply"], Idempotency_Key="k1", Prefer="respond-async").json()["reply"]
    stopped = alice.post(f"chat/messages/{again['id']}/stop/").json()
    assert listed(alice, conversation) == [first["message"]["id"], first["reply"]["id"]]
    status, body = told(retry(alice, first["reply"], Idempotency_Key="k1"))
    assert (status, body["reply"], body["quota"]) == (201, stopped["reply"], stopped["quota"])
    path, headers = f"chat/messages/{first['reply']['id']}/retry/", {**SSE, "Idempotency-Key": "k1"}
    with alice.stream("POST", path, headers=headers) as response:
        found = list(events(response.iter_lines()))
    assert [event["event"] for event in found] == ["start", "done"]
    assert found[-1]["data"]["reply"] == stopped["reply"]


def test_a_stream_of_a_retry_has_the_same_events(alice: Any) -> None:
    first = ask(alice, new_conversation(alice)).json()
    with alice.stream("POST", f"chat/messages/{first['reply']['id']}/retry/", headers=SSE) as response:
        found = list(events(response.iter_lines()))
    assert [found[0]["event"], found[-1]["event"]] == ["start", "done"]
    assert found[0]["data"]["message"] == first["message"]


def test_a_retry_that_is_repeated_is_the_same_one_though_the_reply_it_replaced_is_gone(alice: Any) -> None:
    first = ask(alice, new_conversation(alice)).json()
    new = retry(alice, first["reply"], Idempotency_Key="k1").json()
    again = retry(alice, first["reply"], Idempotency_Key="k1")
    assert (again.status_code, again.json()["reply"]) == (201, new["reply"])
    assert again.json()["quota"]["used"] == 2
    assert retry(alice, first["reply"], Idempotency_Key="k2").status_code == 404


def test_a_failed_reply_can_be_tried_again(alice: Any) -> None:
    conversation = new_conversation(alice)
    failed = ask(alice, conversation, "[[failfirst=400]] [[over=0]]").json()
    response = retry(alice, failed["reply"])
    assert response.status_code == 201
    assert response.json()["quota"]["used"] == 1
    assert listed(alice, conversation) == [failed["message"]["id"], response.json()["reply"]["id"]]


def test_only_the_last_reply_can_be_tried_again(alice: Any) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation).json()
    ask(alice, conversation)
    response = retry(alice, first["reply"])
    assert (response.status_code, response.json()["code"]) == (409, "not_last")
    assert alice.get("chat/quota/").json()["used"] == 2


def test_what_is_being_written_cannot_be_tried_again(alice: Any) -> None:
    reply = ask(alice, new_conversation(alice), "[[words=50]] [[over=5]]", Prefer="respond-async").json()["reply"]
    response = retry(alice, reply)
    assert (response.status_code, response.json()["code"]) == (409, "reply_in_progress")


def test_the_model_is_sent_the_same_as_before_and_not_the_old_reply(alice: Any) -> None:
    conversation = new_conversation(alice)
    ask(alice, conversation, "first [[over=0]]")
    told = ask(alice, conversation, "second [[echo]]").json()
    again = retry(alice, told["reply"]).json()
    assert again["reply"]["content"] == told["reply"]["content"]


def test_after_a_retry_the_conversation_goes_on_with_the_new_reply(alice: Any) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation).json()
    new = retry(alice, first["reply"]).json()["reply"]
    response = ask(alice, conversation, "[[echo]]")
    assert response.status_code == 201
    assert response.json()["reply"]["content"].count('"assistant"') == 1
    assert retry(alice, new).json()["code"] == "not_last"


def test_none_left_is_none_left_for_a_retry(member: Any) -> None:
    carol = member("Carol", daily_limit=1)
    first = ask(carol, new_conversation(carol)).json()
    response = retry(carol, first["reply"])
    assert (response.status_code, response.json()["code"]) == (429, "daily_limit_reached")
    assert response.headers["Retry-After"]


def test_a_body_is_refused_and_a_question_is_not_found(alice: Any) -> None:
    first = ask(alice, new_conversation(alice)).json()
    refused = alice.post(f"chat/messages/{first['reply']['id']}/retry/", json={"model": "x"})
    assert (refused.status_code, refused.json()["errors"]) == (400, {"model": ["This field is not known."]})
    assert alice.post(f"chat/messages/{first['reply']['id']}/retry/", json={}).status_code == 201
    assert retry(alice, first["message"]).status_code == 404


def test_ten_retries_at_once_are_one(alice: Any, server: Any, eventually: Callable[..., None]) -> None:
    first = ask(alice, new_conversation(alice)).json()
    Message.objects.filter(role="user").update(content="[[words=600]] [[over=60]]")
    server.model.post("/reset")
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: retry(alice, first["reply"], Prefer="respond-async"), range(10)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 9
    new = Message.objects.writing().get()
    eventually(lambda: bool(Message.objects.get(id=new.id).content))
    assert alice.post(f"chat/messages/{new.id}/stop/").json()["reply"]["status"] == "stopped"
    assert server.model.get("/calls").json()["started"] == 1
    assert set(Conversation.objects.get().messages.values_list("id", flat=True)) == {new.question_id, new.id}


def test_the_key_of_a_question_leads_to_the_reply_that_took_its_place(alice: Any) -> None:
    conversation = new_conversation(alice)
    first = ask(alice, conversation, Idempotency_Key="k1").json()
    new = retry(alice, first["reply"]).json()["reply"]
    assert ask(alice, conversation, Idempotency_Key="k1").json()["reply"] == new


def test_who_follows_elsewhere_hears_of_a_retry_that_got_no_words(alice: Any) -> None:
    first = ask(alice, new_conversation(alice)).json()
    Message.objects.filter(role="user").update(content="[[stall=30]]")
    again = retry(alice, first["reply"], Prefer="respond-async").json()["reply"]
    elsewhere = Message.objects.replies_to(alice.user).get(id=again["id"])
    body = alice.post(f"chat/messages/{again['id']}/stop/").json()
    assert (body["reply"]["status"], body["quota"]["used"]) == ("stopped", 1)
    last = events_of.of_vanished(elsewhere)
    assert last is not None
    assert (last.name, last.data["reply"]["status"], last.data["quota"]["used"]) == ("done", "stopped", 1)
    alice.delete(f"chat/conversations/{elsewhere.conversation_id}/")
    assert events_of.of_vanished(elsewhere) is None
