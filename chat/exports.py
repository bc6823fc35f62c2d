"""A conversation to take away: Markdown for people, JSON for programs."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chat.assistants import forms, prompts
from chat.models import Conversation, Message
from chat.shapes import conversation_json, message_json
from config.problems import CODES

TYPES = {"markdown": ("text/markdown; charset=utf-8", "md"), "json": ("application/json", "json")}


def as_json(conversation: Conversation, messages: Iterable[Message]) -> str:
    """`{conversation, messages}` in the shapes of the API."""
    body: dict[str, Any] = {
        "conversation": conversation_json(conversation),
        "messages": [message_json(message) for message in messages],
    }
    return json.dumps(body, ensure_ascii=False, indent=2)


def as_markdown(conversation: Conversation, messages: Iterable[Message]) -> str:
    """Title, then each message under its speaker and time, as it was written; how a reply stands that is not whole."""
    name = conversation.begun_with.definition["name"][get_language() or "ko"]
    parts = [f"# {conversation.title or name}"]
    for message in messages:
        speaker = _("Me") if message.role == Message.Role.USER else name
        when = timezone.localtime(message.created_at)
        parts += [f"## {speaker} · {when:%Y-%m-%d %H:%M}", *said(message, conversation.begun_with.definition)]
    return "\n\n".join(parts) + "\n"


def said(message: Message, definition: prompts.Definition) -> list[str]:
    """A message's words, and a reply's end if it is not complete; a form as its filled fields."""
    if message.inputs is not None:
        return [filled_in(message.inputs, definition, get_language() or "ko")]
    return [part for part in (message.content, ending(message)) if part]


def filled_in(inputs: Mapping[str, Any], definition: prompts.Definition, language: str) -> str:
    """A list of labels and what a member chose or wrote."""
    read = prompts.readings(definition, inputs, language)
    fields = [field for field in definition["fields"] if not forms.is_empty(inputs.get(field["name"]))]
    return "\n".join(f"- {field['label'][language]}: {indented(read[field['name']])}" for field in fields)


def indented(text: str) -> str:
    """A text of several lines as one item of a list."""
    return text.replace("\n", "\n  ")


def ending(message: Message) -> str:
    """How a reply stands that is not complete; nothing of any other message."""
    texts: dict[str, Any] = {
        Message.Status.WRITING: _("This reply is still being written."),
        Message.Status.STOPPED: _("This reply was stopped."),
        Message.Status.FAILED: CODES.get(message.error_code, CODES["server_error"])[1],
    }
    return f"*{texts[message.status]}*" if message.status in texts else ""


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
