"""Conversations and messages as the contract shapes them; what is taken in, and the document, are `serializers`' part.

Written out: every question, every reply and every row of a list is shaped by these, and the serializers, which say the
same in DRF's general way, take five times as long. A test compares the two.
"""

from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from chat.models import Conversation, Message

Shape = dict[str, Any]


def moment(at: datetime) -> str:
    """A time in ISO 8601 of `TIME_ZONE`, as DRF writes it."""
    written = localtime(at).isoformat()
    return f"{written[:-6]}Z" if written.endswith("+00:00") else written


def message_json(message: Message) -> Shape:
    """A question or a reply."""
    return reply_json(message) if message.role == Message.Role.ASSISTANT else question_json(message)


def question_json(question: Message) -> Shape:
    """What a member asked; the prompt made from a form is never given out."""
    return {
        "id": str(question.id),
        "role": question.role,
        "content": question.content,
        "inputs": question.inputs,
        "summary": question.summary,
        "created_at": moment(question.created_at),
    }


def reply_json(reply: Message) -> Shape:
    """An assistant's answer, finished or still being written."""
    return {
        "id": str(reply.id),
        "role": reply.role,
        "question": str(reply.question_id),
        "content": reply.content,
        "status": reply.status,
        "error_code": reply.error_code or None,
        "finish_reason": reply.finish_reason or None,
        "transcript_trimmed": reply.transcript_trimmed,
        "model": reply.model,
        "tokens": {"input": reply.tokens_input, "output": reply.tokens_output},
        "rating": reply.rating or None,
        "created_at": moment(reply.created_at),
        "finished_at": moment(reply.finished_at) if reply.finished_at else None,
    }


def conversation_json(conversation: Conversation) -> Shape:
    """A conversation, without its messages."""
    kept_until = conversation.kept_until
    return {
        "id": str(conversation.id),
        "assistant": conversation.begun_with.assistant.slug,
        "title": conversation.title,
        "pinned": conversation.pinned,
        "archived": conversation.archived,
        "writing": str(conversation.writing) if conversation.writing else None,
        "created_at": moment(conversation.created_at),
        "last_message_at": moment(conversation.last_message_at),
        "kept_until": moment(kept_until) if kept_until else None,
    }
