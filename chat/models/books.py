"""The quota's book: what each member used on each day, and the single requests that add up to it."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DailyUsage(models.Model):
    """One member's local day: the running sum of their reservations, and what a moderator added."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    day = models.DateField(_("day"))
    used = models.PositiveIntegerField(_("used"), default=0)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    extra = models.PositiveIntegerField(_("extra for the day"), default=0)

    class Meta:
        verbose_name = _("daily use")
        verbose_name_plural = _("daily use")
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "day"], name="one_row_a_member_and_day")]
        indexes: ClassVar = [models.Index(fields=["day"], name="usage_by_day")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.day}"


class ServiceUsage(models.Model):
    """Calls of everybody together on one local day."""

    day = models.DateField(_("day"), primary_key=True)
    calls = models.PositiveIntegerField(_("calls"), default=0)
    # Whether the operator was told that the cap is near; the database's default serves hosts of the release before.
    is_told = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        verbose_name = _("service use")
        verbose_name_plural = _("service use")

    def __str__(self) -> str:
        return str(self.day)


class Reservation(models.Model):
    """One request's place in the quota. It outlives its conversation: deleting gives nothing back."""

    class State(models.TextChoices):
        HELD = "held"
        CHARGED = "charged"
        RELEASED = "released"

    reply_id = models.UUIDField(primary_key=True, default=uuid4)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    day = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.HELD)
    reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    # What it was spent on, for use and cost: here, since replies are deleted, and tried again.
    assistant = models.CharField(max_length=50, blank=True, default="", db_default="")
    model = models.CharField(max_length=100, blank=True, default="", db_default="")
    tokens_input = models.PositiveIntegerField(null=True)
    tokens_output = models.PositiveIntegerField(null=True)
    first_word_ms = models.PositiveIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["member", "day"], name="reservation_by_day"),
            models.Index(fields=["day"], name="reservations_of_day"),
        ]

    def __str__(self) -> str:
        return str(self.reply_id)


class IdempotencyKey(models.Model):
    """A request that was accepted under a client's key; kept 24 hours, so that a repeat is the same request.

    `made_id` is of the reply that was accepted, or of the conversation that was begun.
    """

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    key = models.CharField(max_length=255)
    target = models.CharField(max_length=200)  # method and path
    body_digest = models.CharField(max_length=64)
    made_id = models.UUIDField(db_column="reply_id")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "key", "target"], name="one_use_a_key")]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="key_by_age")]

    def __str__(self) -> str:
        return str(self.made_id)
