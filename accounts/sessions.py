"""Which log-ins live: for their member, and for those who keep a connection open for one; which are forgotten."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session as BrowserSession
from django.db.models import Q

from accounts.models import Session, SessionQuerySet, SocialHandover, User

KEPT_DAYS = 30  # after its end, for a member who asks who was there
# Nobody looks through more, and a list has to end somewhere; ending all others ends those beyond it too.
SHOWN_MAX = 100


def of(user: User) -> SessionQuerySet:
    """A member's living log-ins, newest seen first, at most `SHOWN_MAX`."""
    return Session.objects.alive().filter(user=user).order_by("-last_seen_at", "id")[:SHOWN_MAX]


def over(sender: object, *, ids: set[UUID], **_: Any) -> set[UUID]:
    """Of these log-ins, those that have ended or expired, or whose member was banned or is gone."""
    alive = Session.objects.alive().filter(id__in=ids, user__is_active=True)
    return ids - set(alive.values_list("id", flat=True))


def clean(sender: object, *, now: datetime, **_: Any) -> dict[str, int]:
    """Removes log-ins that are long over, hand-overs nobody fetched, and ended sessions of the admin."""
    long_ago = now - timedelta(days=KEPT_DAYS)
    logins, _kinds = Session.objects.filter(Q(ended_at__lt=long_ago) | Q(expires_at__lt=long_ago)).delete()
    handovers, _kinds = SocialHandover.objects.filter(created_at__lt=now - timedelta(days=1)).delete()
    browsers, _kinds = BrowserSession.objects.filter(expire_date__lt=now).delete()
    return {"log-ins": logins, "hand-overs": handovers, "admin sessions": browsers}
