"""What members show to the moderators of their own accord."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.conversations import COMMENT_MAX_CHARS, Conversation


class Report(models.Model):
    """A reply that its member reported, with its question, as both were then.

    It goes with its conversation, but outlives a reply that is tried again; hence the copies.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="reports")
    reply_id = models.UUIDField(unique=True)
    question = models.TextField()
    reply = models.TextField()
    comment = models.CharField(max_length=COMMENT_MAX_CHARS, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes: ClassVar = [models.Index(fields=["-created_at"], name="report_by_age")]

    def __str__(self) -> str:
        return str(self.id)
