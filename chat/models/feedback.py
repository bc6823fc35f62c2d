"""What members show to the moderators of their own accord."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.conversations import COMMENT_MAX_CHARS, Conversation


class Report(models.Model):
    """A reply that its member reported, with its question, as both were then.

    It goes with its conversation, but outlives a reply that is tried again; hence the copies. `answer` is told to the
    member, `notes` to nobody but moderators.
    """

    class State(models.TextChoices):
        NEW = "new", _("new")
        WORKING = "working", _("being looked at")
        CLOSED = "closed", _("closed")

    class Outcome(models.TextChoices):
        ACTED = "acted", _("something was done about it")
        NO_FAULT = "no_fault", _("nothing was wrong")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="reports")
    reply_id = models.UUIDField(unique=True)
    question = models.TextField()
    reply = models.TextField()
    comment = models.CharField(max_length=COMMENT_MAX_CHARS, blank=True)
    created_at = models.DateTimeField(_("reported at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.NEW, db_default="new")
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True, default="", db_default="")
    answer = models.CharField(
        _("answer"),
        max_length=COMMENT_MAX_CHARS,
        blank=True,
        default="",
        db_default="",
        help_text=_("Told to the member who reported, with the outcome, once this is closed."),
    )
    notes = models.TextField(
        _("notes"), blank=True, default="", db_default="", help_text=_("For moderators; the member is not told.")
    )
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes: ClassVar = [models.Index(fields=["-created_at"], name="report_by_age")]

    def __str__(self) -> str:
        return str(self.id)
