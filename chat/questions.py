"""What is asked: the question's row, the conversation's title, and what the model is sent of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from chat import transcript
from chat.assistants import prompts
from chat.models import Conversation, Message
from chat.models.conversations import TITLE_MAX_CHARS
from chat.provider import ModelRequest


@dataclass(frozen=True)
class Asked:
    """What a member asks: either `content`, or `inputs` (validated) on the first message to a form."""

    content: str = ""
    inputs: dict[str, Any] | None = None
    language: str = "ko"


def question_of(conversation: Conversation, asked: Asked, now: datetime) -> Message:
    """The question's row, with what the model gets of a form and the line by which people know it again."""
    definition = conversation.begun_with.definition
    question = Message(
        conversation=conversation,
        role=Message.Role.USER,
        position=conversation.last_position + 1,
        content=asked.content,
        inputs=asked.inputs,
        language=asked.language,
        created_at=now,
    )
    if asked.inputs is not None:
        question.prompt = prompts.message(definition, asked.inputs, asked.language)
        question.summary = prompts.summary(definition, asked.inputs)
    return question


def turns_before(question: Message) -> list[Message]:
    before = Message.objects.filter(conversation=question.conversation_id, position__lt=question.position)
    return list(before.order_by("position"))


def model_request(conversation: Conversation, question: Message) -> tuple[ModelRequest, bool]:
    """What the model is sent for a question, and whether older turns had to be left out."""
    definition = conversation.begun_with.definition
    earlier = turns_before(question) if question.position > 1 else []
    language = earlier[0].language if earlier else question.language
    seen = transcript.build(
        prompts.system_prompt(definition, language),
        earlier,
        question.prompt or question.content,
        has_form=bool(definition["fields"] and earlier),
    )
    return ModelRequest(model_of(definition), seen.messages, definition["max_output_tokens"]), seen.trimmed


def model_of(definition: Mapping[str, Any]) -> str:
    """The model that the assistant names, as long as the operator allows it; otherwise the service's own."""
    named = definition.get("model")
    return str(named) if named in settings.OPENAI_MODELS_ALLOWED else settings.OPENAI_MODEL


def title_for(conversation: Conversation, question: Message) -> str:
    """From the form, or the first words of the question."""
    if question.inputs is not None:
        title = prompts.title(conversation.begun_with.definition, question.inputs, question.language)
    else:
        title = " ".join(question.content.split())
    return title if len(title) <= TITLE_MAX_CHARS else title[: TITLE_MAX_CHARS - 1].rstrip() + "…"
