"""How much one member may keep and make; requests a day are quota.py's, streams at once followers.py's."""

from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Count, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from chat.idempotency import Key, Replayed
from chat.models import Assistant, Conversation
from config.limits import hits
from config.problems import Problem


def begin(member: Any, slug: str, *, title: str, key: Key | None, now: datetime) -> Conversation:
    """A new conversation with an assistant that is offered, or the one that was begun under this key.

    Problems: `invalid` (no such assistant), `too_many_requests` for who keeps `CONVERSATIONS_MAX` (no time of waiting
    helps) or made too many this hour, `idempotency_key_reused`. Several at once may pass the first cap, the second is
    exact. Conversation.DoesNotExist if what was begun under the key is deleted.
    """
    if key and (earlier := key.earlier()):
        return Conversation.objects.owned_by(member).get(id=earlier)
    owned = Conversation.objects.filter(owner=member).order_by().values("owner")
    kept = Coalesce(Subquery(owned.annotate(kept=Count("pk")).values("kept")), Value(0))
    assistant = Assistant.objects.annotate(kept=kept).named(slug)  # type: ignore[no-redef]  # declared by the class
    if assistant.kept >= settings.CONVERSATIONS_MAX:
        detail = _("You keep %d conversations. Please delete some to begin another.") % assistant.kept
        raise Problem("too_many_requests", detail=detail)
    hits.take(("conversation", member.pk), now=now)
    new = partial(Conversation.objects.begin, member, assistant, title=title)
    try:
        return key.keep(new) if key else new()
    except Replayed:
        return begin(member, slug, title=title, key=key, now=now)


def check_not_full(conversation: Conversation) -> None:
    """Problem `too_many_requests` where a conversation has had `CONVERSATION_MESSAGES_MAX` messages."""
    if conversation.last_position >= settings.CONVERSATION_MESSAGES_MAX:
        raise Problem("too_many_requests", detail=_("This conversation is full. Please begin a new one."))
