"""The events of a reply in the contract's words, made from its rows: `start`, `done`, `error`."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import override

from chat import quota
from chat.models import Message, Reservation
from chat.quota import Quota, Use
from chat.shapes import question_json, reply_json
from chat.streams import Event
from config.problems import CODES


def start(question: Message, reply: Message, figures: Quota) -> Event:
    """The first event: the question is stored, the reply is in writing."""
    return Event(
        "start",
        0,
        {"message": question_json(question), "reply": reply_json(reply), "quota": figures.as_json()},
    )


def start_of(reply: Message) -> Event:
    """The first event of a reply that is come into later, as things stand now."""
    assert reply.question is not None  # noqa: S101  # every reply has one
    return start(reply.question, reply, quota.remaining(reply.conversation.owner, timezone.now()))


def last(reply: Message, use: Use | None = None) -> Event:
    """`done` for a complete or stopped reply, `error` for a failed one, with its member's figures of now.

    `use`: these figures, where settling has just told them; otherwise they are read.
    """
    owner = reply.conversation.owner
    figures = quota.quota_of(owner, *use) if use else quota.remaining(owner, timezone.now())
    data: dict[str, Any] = {"reply": reply_json(reply), "quota": figures.as_json()}
    position = len(reply.content) + 1
    if reply.status != Message.Status.FAILED:
        return Event("done", position, data)
    with override(reply.question.language if reply.question else None):
        detail = str(CODES[reply.error_code][1])
    return Event("error", position, {"code": reply.error_code, "detail": detail, **data})


def of_vanished(reply: Message) -> Event | None:
    """The last event of a second try that got no words, and so has no row any more; None for what was deleted."""
    ended = Reservation.objects.filter(reply_id=reply.id, state=Reservation.State.RELEASED).first()
    if ended is None or reply.replaces_id is None or reply.question_id is None:
        return None
    if not Message.objects.filter(id=reply.question_id).exists():
        return None
    was_stopped = ended.reason == Message.Status.STOPPED
    reply.status = Message.Status.STOPPED if was_stopped else Message.Status.FAILED
    reply.error_code = "" if was_stopped else ended.reason
    reply.content, reply.model = "", ended.model
    reply.created_at, reply.finished_at = ended.created_at, ended.settled_at
    return last(reply)


def progress(reply_ids: list[UUID]) -> dict[UUID, tuple[str, Event | None]]:
    """The text of each reply so far, and its last event once it has ended; deleted ones are missing."""
    rows = Message.objects.filter(id__in=reply_ids).select_related("question", "conversation__owner")
    return {row.id: (row.content, None if row.status == Message.Status.WRITING else last(row)) for row in rows}
