"""What the operator has to say to everybody: announcements, and that the service is being maintained."""

from typing import ClassVar
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

TEXT_MAX_CHARS = 500


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def showing(self) -> "AnnouncementQuerySet":
        """Those of now, the weightiest first, then the newest."""
        now = timezone.now()
        current = self.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)
        weight = models.Case(models.When(level=Announcement.Level.WARNING, then=0), default=1)
        return current.order_by(weight, "-starts_at", "id")


class Announcement(models.Model):
    """A sentence or two in both languages, shown on the page from one time to another."""

    class Level(models.TextChoices):
        INFO = "info", _("information")
        WARNING = "warning", _("warning")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    text_ko = models.CharField(_("text in Korean"), max_length=TEXT_MAX_CHARS)
    text_en = models.CharField(_("text in English"), max_length=TEXT_MAX_CHARS)
    level = models.CharField(_("level"), max_length=7, choices=Level, default=Level.INFO)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("to"), null=True, blank=True, help_text=_("Empty: until it is changed here."))

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering: ClassVar = ["-starts_at"]

    def __str__(self) -> str:
        return self.text[get_language() or "ko"]

    def clean(self) -> None:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("This must be after the start.")})

    @property
    def text(self) -> dict[str, str]:
        return {"ko": self.text_ko, "en": self.text_en}


class Maintenance(models.Model):
    """The one row of the maintenance switch; what it does is in `config.desk.maintenance`."""

    ROW = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ROW, editable=False)
    is_on = models.BooleanField(
        _("maintenance"), default=False, help_text=_("On: replies that are being written end, nobody asks a new one.")
    )
    text_ko = models.CharField(_("text in Korean"), max_length=TEXT_MAX_CHARS, blank=True)
    text_en = models.CharField(_("text in English"), max_length=TEXT_MAX_CHARS, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=10, help_text=_("After so many minutes programs try again.")
    )

    class Meta:
        verbose_name = _("maintenance")
        verbose_name_plural = _("maintenance")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
