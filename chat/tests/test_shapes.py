"""What is written out by hand is what the serializers, which the document is made from, would say."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chat.models import Conversation, Message
from chat.serializers import ConversationSerializer, QuestionSerializer, ReplySerializer
from chat.shapes import conversation_json, message_json
from chat.tests.asking import new_conversation
from conftest import Person

AT = datetime(2026, 3, 1, 15, 30, 7, 123456, tzinfo=UTC)  # after midnight in Seoul
ENDED: list[dict[str, Any]] = [
    {"status": "writing"},
    {"status": "complete", "content": "네", "finish_reason": "stop", "tokens_input": 0, "tokens_output": 7},
    {"status": "failed", "error_code": "assistant_refused", "finished_at": AT + timedelta(seconds=3)},
    {"status": "complete", "rating": "up", "transcript_trimmed": True, "model": "gpt-x", "finished_at": AT},
]


@pytest.fixture
def talk(alice: Person) -> Conversation:
    return Conversation.objects.owned_by(alice.user).get(id=new_conversation(alice))


@pytest.fixture(params=["Asia/Seoul", "UTC", "America/New_York"])
def zone(request: Any, settings: Any) -> None:
    settings.TIME_ZONE = request.param


@pytest.mark.parametrize("inputs", [None, {"나이": [1, None]}])
def test_a_question(talk: Conversation, zone: None, inputs: Any) -> None:
    summary = inputs and {"ko": "나이 하나", "en": "an age"}
    asked = Message(conversation=talk, role="user", content="안녕", inputs=inputs, summary=summary, created_at=AT)
    assert message_json(asked) == QuestionSerializer(asked).data
    assert list(message_json(asked)) == list(QuestionSerializer(asked).data)


@pytest.mark.parametrize("ended", ENDED, ids=lambda ended: ended["status"])
def test_a_reply(talk: Conversation, zone: None, ended: dict[str, Any]) -> None:
    reply = Message(conversation=talk, role=Message.Role.ASSISTANT, question_id=uuid4(), created_at=AT, **ended)
    assert message_json(reply) == ReplySerializer(reply).data
    assert list(message_json(reply)) == list(ReplySerializer(reply).data)


@pytest.mark.parametrize("writing", [None, uuid4()], ids=["rests", "writing"])
@pytest.mark.parametrize("kept_days", [0, 30])
def test_a_conversation(talk: Conversation, zone: None, settings: Any, writing: Any, kept_days: int) -> None:
    settings.CONVERSATION_RETENTION_DAYS = kept_days
    talk.title, talk.pinned, talk.archived, talk.writing = "싱가포르", True, True, writing
    talk.created_at, talk.last_message_at = AT, AT + timedelta(days=1)
    assert conversation_json(talk) == ConversationSerializer(talk).data
    assert list(conversation_json(talk)) == list(ConversationSerializer(talk).data)
