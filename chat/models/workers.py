"""The processes that write replies, each with the lease that says it lives."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models.functions import Now


class Worker(models.Model):
    """One process. `beat_at` is by the database's clock, since hosts disagree about the time."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    host = models.CharField(max_length=120)  # where `pid` means something: see chat.leases.this_host
    pid = models.PositiveIntegerField()
    born = models.CharField(max_length=40)  # when the process began, since a pid is used again
    beat_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["beat_at"], name="worker_by_beat")]

    def __str__(self) -> str:
        return str(self.id)
