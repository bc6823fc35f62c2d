"""A conversation to take away: Markdown for people, JSON for programs."""

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chat.models import Conversation, Message
from chat.shapes import conversation_json, message_json

TYPES = {"markdown": ("text/markdown; charset=utf-8", "md"), "json": ("application/json", "json")}


def as_json(conversation: Conversation, messages: Iterable[Message]) -> str:
    """`{conversation, messages}` in the shapes of the API."""
    body: dict[str, Any] = {
        "conversation": conversation_json(conversation),
        "messages": [message_json(message) for message in messages],
    }
    return json.dumps(body, ensure_ascii=False, indent=2)


def as_markdown(conversation: Conversation, messages: Iterable[Message]) -> str:
    """Title, then each message under its speaker and time, as it was written."""
    name = conversation.begun_with.definition["name"][get_language() or "ko"]
    parts = [f"# {conversation.title or name}"]
    for message in messages:
        speaker = _("Me") if message.role == Message.Role.USER else name
        when = timezone.localtime(message.created_at)
        parts += [f"## {speaker} · {when:%Y-%m-%d %H:%M}", said(message)]
    return "\n\n".join(parts) + "\n"


def said(message: Message) -> str:
    """A message's words; of a form, its one line."""
    if message.summary:
        return str(message.summary[get_language() or "ko"])
    return message.content


def response(conversation: Conversation, format: str) -> HttpResponse:
    """The file; its name holds the id, since a title is the member's words."""
    messages = conversation.messages.order_by("position")
    text = as_json(conversation, messages) if format == "json" else as_markdown(conversation, messages)
    media_type, ending = TYPES[format]
    return HttpResponse(
        text,
        content_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="haru-{conversation.id}.{ending}"',
            "Cache-Control": "no-store",
        },
    )
