"""Assistants and their versions, which never change; what a definition holds is in `chat.assistants`."""

from functools import lru_cache
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.problems import Problem

VERSIONS_KNOWN = 200  # in a process; with 20 kB each four megabytes at most


class AssistantQuerySet(models.QuerySet["Assistant"]):
    def offered(self) -> "AssistantQuerySet":
        """Those that members may choose, in their order, each with its newest version."""
        return self.filter(is_active=True, current__isnull=False).select_related("current").order_by("order", "slug")

    def named(self, slug: str) -> "Assistant":
        """The offered assistant, or Problem `invalid` at the field `assistant`."""
        if found := self.offered().filter(slug=slug).first():
            return found
        raise Problem("invalid", errors={"assistant": [str(_("There is no such assistant."))]})


class Assistant(models.Model):
    """One assistant; `current` is the version that new conversations begin with."""

    slug = models.SlugField(unique=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)
    current = models.ForeignKey("AssistantVersion", models.PROTECT, null=True, related_name="+", editable=False)

    kept: int = 0  # annotated by chat.caps: what a member has of all assistants
    objects = AssistantQuerySet.as_manager()

    class Meta:
        verbose_name = _("assistant")
        verbose_name_plural = _("assistants")
        ordering: ClassVar = ["order", "slug"]

    def __str__(self) -> str:
        return self.slug

    def publish(self, definition: dict[str, Any], *, file_digest: str = "", author: Any = None) -> "AssistantVersion":
        """Makes the definition the current version; `file_digest` says that it came from a file of ours.

        Of two at once the second waits for its number.
        """
        with transaction.atomic():
            Assistant.objects.select_for_update().get(pk=self.pk)
            newest = self.versions.aggregate(models.Max("number"))["number__max"] or 0
            self.current = self.versions.create(
                number=newest + 1, definition=definition, file_digest=file_digest, author=author
            )
            self.save(update_fields=["current"])
        return self.current


class AssistantVersion(models.Model):
    """A definition as it was at one time; a conversation stays with the version that it began with."""

    assistant = models.ForeignKey(Assistant, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    definition = models.JSONField(_("definition"))
    file_digest = models.CharField(max_length=64, blank=True, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("version of an assistant")
        verbose_name_plural = _("versions of assistants")
        constraints: ClassVar = [models.UniqueConstraint(fields=["assistant", "number"], name="version_number")]

    def __str__(self) -> str:
        return f"{self.assistant_id}.{self.number}"


@lru_cache(maxsize=VERSIONS_KNOWN)
def known_version(version_id: int) -> AssistantVersion:
    """A version and its assistant, read once a process: nearly every request wants one, and a definition is large.

    That never changes of them: the definition, and the assistant's slug.
    """
    return AssistantVersion.objects.select_related("assistant").get(id=version_id)
