"""The assistants as members meet them: listed for everybody, asked by form, each conversation with its version."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from chat import quota
from chat.assistants import catalogue
from chat.models import Assistant, AssistantVersion, Message
from chat.tests.asking import ask, new_conversation
from chat.tests.test_forms import GOOD

SLUGS = ["singapore-trip", "english-coach", "date-course", "cover-letter", "english-friend", "free-chat"]


def fresh(slug: str) -> dict[str, Any]:
    """A good form of today's."""
    today = quota.local_day(datetime.now(UTC))
    dates = {"departure_date": today.isoformat(), "return_date": (today + timedelta(days=3)).isoformat()}
    return GOOD[slug] | (dates if slug == "singapore-trip" else {})


def ask_form(person: Any, conversation: str, inputs: Any, **headers: str) -> Any:
    return person.post(f"chat/conversations/{conversation}/messages/", json={"inputs": inputs}, headers=headers)


def test_nobody_may_list_all_six_in_their_order(nobody: Any) -> None:
    shown = nobody.get("chat/assistants/").json()
    assert [assistant["slug"] for assistant in shown] == SLUGS
    for assistant in shown:
        assert set(assistant["name"]) == set(assistant["description"]) == {"ko", "en"}
        assert "prompt" not in json.dumps(assistant)
        assert nobody.get(f"chat/assistants/{assistant['slug']}/").json() == assistant


def test_an_unknown_or_withdrawn_assistant_is_404_and_cannot_be_chosen(alice: Any) -> None:
    assert alice.get("chat/assistants/nobody/").status_code == 404
    Assistant.objects.filter(slug="free-chat").update(is_active=False)
    assert alice.get("chat/assistants/free-chat/").status_code == 404
    assert alice.post("chat/conversations/", json={"assistant": "free-chat"}).status_code == 400


def test_the_trip_has_cards_for_everybody(nobody: Any) -> None:
    trip = nobody.get("chat/assistants/singapore-trip/").json()
    assert len(trip["cards"]) >= 90
    assert set(trip["cards"][0]) == {
        *("number", "name", "area", "kind", "latitude", "longitude", "text", "bundle"),
    }
    assert "cards" not in nobody.get("chat/assistants/free-chat/").json()


@pytest.mark.parametrize("slug", SLUGS[:-1])
def test_a_form_is_asked_answered_and_summed_up(alice: Any, slug: str) -> None:
    conversation = new_conversation(alice, slug)
    response = ask_form(alice, conversation, fresh(slug))
    assert response.status_code == 201, response.text
    body = response.json()
    assert body["message"]["inputs"] == fresh(slug)
    assert set(body["message"]["summary"]) == {"ko", "en"}
    assert body["message"]["content"] == ""
    assert alice.get(f"chat/conversations/{conversation}/").json()["title"]
    prompt = Message.objects.get(role="user").prompt
    assert prompt
    assert prompt not in json.dumps(body, ensure_ascii=False)


def test_the_example_of_each_form_can_be_sent_as_it_is(alice: Any, nobody: Any) -> None:
    for assistant in nobody.get("chat/assistants/").json()[:3]:
        response = ask_form(alice, new_conversation(alice, assistant["slug"]), assistant["example"]["ko"])
        assert response.status_code == 201, response.text


def test_the_first_message_must_be_the_form_and_later_ones_must_not(alice: Any) -> None:
    conversation = new_conversation(alice, "english-friend")
    assert list(ask(alice, conversation).json()["errors"]) == ["inputs"]
    assert ask_form(alice, conversation, {"friend": "bori"}).status_code == 201
    assert list(ask_form(alice, conversation, {"friend": "bori"}).json()["errors"]) == ["content"]
    assert ask(alice, conversation).status_code == 201


def test_a_wrong_form_is_named_at_its_field_in_the_readers_language(alice: Any) -> None:
    conversation = new_conversation(alice, "date-course")
    wrong = fresh("date-course") | {"end_time": "05:00"}
    english = ask_form(alice, conversation, wrong)
    assert english.status_code == 400
    assert list(english.json()["errors"]) == ["inputs.end_time"]
    korean = ask_form(alice, conversation, wrong, **{"Accept-Language": "ko"})
    assert any("가" <= character <= "힣" for character in korean.json()["errors"]["inputs.end_time"][0])
    assert list(ask_form(alice, conversation, []).json()["errors"]) == ["inputs"]
    assert not Message.objects.exists()


def test_the_date_courses_title_is_the_labels(alice: Any) -> None:
    conversation = new_conversation(alice, "date-course")
    ask_form(alice, conversation, fresh("date-course"), **{"Accept-Language": "ko"})
    assert alice.get(f"chat/conversations/{conversation}/").json()["title"] == "서울시 봄 데이트 코스"


def test_the_plan_and_its_form_are_known_in_the_next_turn(alice: Any) -> None:
    conversation = new_conversation(alice, "date-course")
    first = ask_form(alice, conversation, fresh("date-course")).json()
    echoed = ask(alice, conversation, "[[echo]] change the second stop").json()["reply"]["content"]
    sent = json.loads(echoed[echoed.index("{") : echoed.rindex("}") + 1])["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "user"]
    assert "서울시" in sent[1]["content"]
    assert sent[2]["content"] == first["reply"]["content"]


def test_the_language_of_the_form_is_the_language_of_the_prompt(alice: Any) -> None:
    prompts = []
    for language in ("ko", "en"):
        conversation = new_conversation(alice, "date-course")
        ask_form(alice, conversation, fresh("date-course"), **{"Accept-Language": language})
        prompts.append(Message.objects.get(conversation__id=conversation, role="user").prompt)
    assert "봄" in prompts[0]
    assert "Spring" in prompts[1]


def test_loading_twice_changes_nothing(server: Any) -> None:
    before = AssistantVersion.objects.count()
    assert catalogue.load() == []
    assert AssistantVersion.objects.count() == before == 6


def test_a_newer_file_becomes_a_new_version(server: Any) -> None:
    assistant = Assistant.objects.get(slug="free-chat")
    assert assistant.current
    newer = assistant.current.definition | {"max_output_tokens": 7}
    assert catalogue.load_one(newer)
    assistant.refresh_from_db()
    assert assistant.current
    assert (assistant.current.number, assistant.current.definition["max_output_tokens"]) == (2, 7)


def test_a_moderators_edit_is_never_overwritten(server: Any) -> None:
    assistant = Assistant.objects.get(slug="free-chat")
    assert assistant.current
    edited = assistant.publish(assistant.current.definition | {"icon": "star"})
    assert catalogue.load() == []
    assert not catalogue.load_one(edited.definition | {"icon": "file"})
    assert catalogue.public(Assistant.objects.offered().get(slug="free-chat"), today=date(2026, 1, 1))["icon"] == "star"


def test_of_two_who_publish_at_once_each_has_a_version(server: Any) -> None:
    def publish(_: int) -> int:
        assistant = Assistant.objects.get(slug="free-chat")
        assert assistant.current
        both.wait(10)
        with transaction.atomic():
            number = assistant.publish(assistant.current.definition).number
            time.sleep(0.3)  # the rest of the request
        connection.close()
        return number

    both = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(publish, range(2))) == [2, 3]


def test_a_model_is_asked_as_long_as_the_operator_allows_it(alice: Any, settings: Any) -> None:
    assistant = Assistant.objects.get(slug="free-chat")
    assert assistant.current
    assistant.publish(assistant.current.definition | {"model": "gpt-dear"})
    conversation = new_conversation(alice)
    for allowed, asked in [(["gpt-dear"], "gpt-dear"), ([], settings.OPENAI_MODEL)]:
        settings.OPENAI_MODELS_ALLOWED = [settings.OPENAI_MODEL, *allowed]
        reply = ask(alice, conversation, "[[echo]]").json()["reply"]
        assert reply["model"] == asked
        assert f'"model":"{asked}"' in reply["content"]


def test_a_conversation_stays_with_the_version_it_began_with(alice: Any) -> None:
    conversation = new_conversation(alice)
    assistant = Assistant.objects.get(slug="free-chat")
    assert assistant.current
    assistant.publish(assistant.current.definition | {"system_prompt": {"ko": "다른 말", "en": "other words"}})
    assert "other words" not in ask(alice, conversation, "[[echo]]").text
    assert "other words" in ask(alice, new_conversation(alice), "[[echo]]").text
