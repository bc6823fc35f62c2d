"""Which log-ins live, for those who keep a connection open for one."""

from typing import Any
from uuid import UUID

from accounts.models import Session


def over(sender: object, *, ids: set[UUID], **_: Any) -> set[UUID]:
    """Of these log-ins, those that have ended or expired, or whose member was banned or is gone."""
    alive = Session.objects.alive().filter(id__in=ids, user__is_active=True)
    return ids - set(alive.values_list("id", flat=True))
