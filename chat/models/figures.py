"""Use and cost by day, rolled up from the book: counts that stay when members and conversations go."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class DailyFigures(models.Model):
    """One day's requests to one assistant and model."""

    day = models.DateField()
    assistant = models.CharField(max_length=50, blank=True)
    model = models.CharField(max_length=100, blank=True)
    requests = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=dict)  # {reason: how many}
    tokens_input = models.PositiveBigIntegerField(default=0)
    tokens_output = models.PositiveBigIntegerField(default=0)
    first_words = models.JSONField(default=list)  # how many in each span of chat.figures.SPANS_MS

    class Meta:
        verbose_name = _("use and cost")
        verbose_name_plural = _("use and cost")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "assistant", "model"], name="figures_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.assistant} {self.model}"


class DailyMembers(models.Model):
    """How many members asked on a day, and on the 7, 30 and 90 days to it; a day that has its row is rolled up."""

    day = models.DateField(primary_key=True)
    active = models.PositiveIntegerField(default=0)
    active_7 = models.PositiveIntegerField(null=True)  # only of the last day of each rolling-up
    active_30 = models.PositiveIntegerField(null=True)
    active_90 = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return str(self.day)
