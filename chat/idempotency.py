"""A client's `Idempotency-Key`: the same key and body is the same request, accepted and counted once."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import IdempotencyKey
from config.problems import Problem

Made = TypeVar("Made", bound=Model)
KEPT_HOURS = 24
ACCEPTABLE = re.compile(r"[\x21-\x7e]{1,255}")


class Replayed(Exception):
    """The key was taken by a parallel twin in the meantime; the caller answers with what the twin made."""


@dataclass(frozen=True)
class Key:
    """A key of one member on one method and path, with the digest of the body that it came with."""

    member: Any
    key: str
    target: str
    body_digest: str

    def earlier(self) -> UUID | None:
        """The id of what was made under this key, if anything; another body is a Problem."""
        earlier = self.rows().filter(created_at__gt=timezone.now() - timedelta(hours=KEPT_HOURS)).first()
        if earlier is None:
            return None
        if earlier.body_digest != self.body_digest:
            raise Problem("idempotency_key_reused")
        return earlier.made_id

    def take(self, made_id: UUID) -> None:
        """Keeps the key for what is made, inside the caller's transaction, which rolls back when Replayed is raised."""
        aged = self.rows().filter(created_at__lte=timezone.now() - timedelta(hours=KEPT_HOURS))
        aged.delete()
        try:
            with transaction.atomic():
                self.rows().create(
                    member=self.member,
                    key=self.key,
                    target=self.target,
                    body_digest=self.body_digest,
                    made_id=made_id,
                )
        except IntegrityError:
            raise Replayed from None

    def keep(self, make: Callable[[], Made]) -> Made:
        """What `make` makes, kept under this key; Replayed if a twin has made it."""
        with transaction.atomic():
            made = make()
            self.take(made.pk)
        return made

    def rows(self) -> QuerySet[IdempotencyKey]:
        return IdempotencyKey.objects.filter(member=self.member, key=self.key, target=self.target)


def from_header(header: str | None, *, member: Any, target: str, body: object) -> Key | None:
    """The key of a request, None without the header; one that is not 1 to 255 visible characters is refused."""
    if header is None:
        return None
    if not ACCEPTABLE.fullmatch(header):
        raise Problem("invalid", errors={"Idempotency-Key": [_("Use 1 to 255 visible ASCII characters.")]})
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True)
    return Key(member, header, target, hashlib.sha256(canonical.encode()).hexdigest())
