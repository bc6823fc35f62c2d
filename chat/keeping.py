"""What chat does when a member takes their data along or leaves, and when the night falls."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from chat import exports, feedback, replies
from chat.idempotency import KEPT_HOURS
from chat.models import Conversation, DailyUsage, IdempotencyKey, Message, Report, Reservation

CONVERSATIONS_AT_ONCE = 50
OF_REQUESTS = "reply_id day state reason created_at settled_at assistant model tokens_input tokens_output".split()


def stop_all(sender: object, *, member: Any, **_: Any) -> None:
    """Settles what is being written for a member who leaves; their rows go with the account.

    Locks what an ask locks in its order (conversation, then day): the two wait for each other without a deadlock.
    """
    owned = Conversation.objects.filter(owner=member)
    list(owned.select_for_update().order_by("id"))
    # What takes long comes first: a worker that writes for the member, and for many others, waits from the settling on.
    owned.exclude(id__in=Message.objects.owned_by(member).writing().values("conversation")).delete()
    list(DailyUsage.objects.select_for_update().filter(member=member).order_by("day"))
    for conversation in owned.all():
        replies.stop_all_of(conversation)


def files_of(sender: object, *, member: Any, **_: Any) -> Iterator[tuple[str, Any]]:
    """Each conversation for people and for programs, what was said of replies and came of it, and the quota's book."""
    conversations = Conversation.objects.owned_by(member).order_by("created_at").prefetch_related("messages")
    for conversation in conversations.iterator(chunk_size=CONVERSATIONS_AT_ONCE):
        messages = sorted(conversation.messages.all(), key=lambda message: message.position)
        name = f"conversations/{conversation.created_at:%Y-%m-%d}-{conversation.id}"
        yield f"{name}.md", exports.as_markdown(conversation, messages)
        yield f"{name}.json", exports.as_json(conversation, messages)
    rated = Message.objects.owned_by(member).exclude(rating="").values("id", "rating", "comment")
    reported = Report.objects.filter(conversation__owner=member).order_by("created_at")
    yield "feedback.json", {"ratings": list(rated), "reports": [report_json(report) for report in reported]}
    days = DailyUsage.objects.filter(member=member).order_by("day").values("day", "used", "attempts", "extra")
    yield "usage.json", list(days)
    yield "requests.json", list(Reservation.objects.filter(member=member).order_by("created_at").values(*OF_REQUESTS))


def report_json(report: Report) -> dict[str, Any]:
    """A report with its copy of the reply, and its outcome as the member is told it.

    Not the notes, which are the moderators', nor the copy of the question, which may be the prompt made from a form.
    """
    told = {name: getattr(report, name) for name in ("reply_id", "comment", "created_at", "reply")}
    return told | {"outcome": feedback.outcome_of(report)}


def clean(sender: object, *, now: datetime, is_rehearsal: bool, **_: Any) -> dict[str, int]:
    """Removes idempotency keys that have had their day, and conversations older than the operator keeps them."""
    keys, _kinds = IdempotencyKey.objects.filter(created_at__lte=now - timedelta(hours=KEPT_HOURS)).delete()
    old = too_old(now)
    return {"idempotency keys": keys, "conversations": old.count() if is_rehearsal else remove(old)}


def too_old(now: datetime) -> QuerySet[Conversation]:
    """Conversations whose last message is older than `CONVERSATION_RETENTION_DAYS`; none where that is 0."""
    if not settings.CONVERSATION_RETENTION_DAYS:
        return Conversation.objects.none()
    oldest = now - timedelta(days=settings.CONVERSATION_RETENTION_DAYS)
    return Conversation.objects.filter(last_message_at__lt=oldest)


def remove(conversations: QuerySet[Conversation]) -> int:
    """Deletes them a few at a time, each by the same code as its member's own deletion."""
    removed = 0
    while some := list(conversations[:CONVERSATIONS_AT_ONCE]):
        for conversation in some:
            with transaction.atomic():  # looked at again under its lock: somebody may just have asked
                if conversations.select_for_update().filter(id=conversation.id).first():
                    replies.delete(conversation)
                    removed += 1
    return removed
