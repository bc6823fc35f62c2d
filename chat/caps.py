"""How much one member may keep and make; requests a day are quota.py's, streams at once followers.py's."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from chat.models import Assistant, Conversation
from config.limits import hits
from config.problems import Problem


def begin(member: Any, slug: str, *, title: str, now: datetime) -> Conversation:
    """A new conversation with an assistant that is offered.

    Problems: `invalid` (no such assistant), `too_many_requests` for who keeps `CONVERSATIONS_MAX` (no time of waiting
    helps) or made too many this hour. Several at once may pass the first of the two, the second is exact.
    """
    owned = Conversation.objects.filter(owner=member).order_by().values("owner")
    kept = Coalesce(Subquery(owned.annotate(kept=Count("pk")).values("kept")), Value(0))
    assistant = Assistant.objects.annotate(kept=kept).named(slug)  # type: ignore[no-redef]  # declared by the class
    if assistant.kept >= settings.CONVERSATIONS_MAX:
        detail = _("You keep %d conversations. Please delete some to begin another.") % assistant.kept
        raise Problem("too_many_requests", detail=detail)
    hits.take(("conversation", member.pk), now=now)
    return Conversation.objects.begin(member, assistant, title=title)


def hold(conversation: Conversation) -> None:
    """Problem `too_many_requests` where a conversation has had `CONVERSATION_MESSAGES_MAX` messages."""
    if conversation.last_position >= settings.CONVERSATION_MESSAGES_MAX:
        raise Problem("too_many_requests", detail=_("This conversation is full. Please begin a new one."))
