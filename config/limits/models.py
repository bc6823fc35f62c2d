"""The one table of all limits; how its rows are counted is in hits.py."""

from typing import ClassVar

from django.db import models


class Counter(models.Model):
    """What one key (a rule and who is held to it) has left in its window; of no meaning when that has ended."""

    key = models.CharField(primary_key=True, max_length=80)  # never an address or an e-mail in the clear
    remaining = models.PositiveIntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="counter_by_end")]

    def __str__(self) -> str:
        return self.key
