"""Log-ins and linked accounts for moderators; members themselves are in `config.desk`."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import devices, finding, two_step
from accounts.models import Session, SocialAccount, User
from config.listing import LongListAdmin, YesNoFilter

for device in two_step.DEVICES:
    admin.site.unregister(device)  # the library's own pages show the secrets


class OfMembersAdmin(LongListAdmin):
    """Rows of members that the service makes; those of staff are for superusers alone."""

    list_select_related = ("user",)
    search_fields = ("user",)  # see get_search_results
    search_help_text = finding.HELP

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows: QuerySet = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.exclude(user__in=User.objects.filter(is_staff=True))

    def get_search_results(self, request: HttpRequest, rows: QuerySet, words: str) -> tuple[QuerySet, bool]:
        """By the member."""
        return (rows.filter(user__in=finding.ids(words)) if words.split() else rows), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def called(self, row: Session | SocialAccount) -> str:
        return row.user.nickname

    @admin.display(description=_("member"))
    def member(self, row: Session | SocialAccount) -> str:
        return row.user.nickname


class Living(YesNoFilter):
    """Log-ins that open something, or no longer."""

    title = _("living")
    parameter_name = "living"

    def queryset(self, request: HttpRequest, sessions: Any) -> Any:
        if self.value() == "no":
            return sessions.filter(Q(ended_at__isnull=False) | Q(expires_at__lte=timezone.now()))
        return sessions.alive() if self.value() == "yes" else sessions


@admin.register(Session)
class SessionAdmin(OfMembersAdmin):
    """Log-ins: where a member is logged in; the action ends them at once."""

    list_display = ("member", "device_name", "created_at", "last_seen_at", "ended_at")
    list_filter = (Living,)
    ordering = ("-created_at",)
    fields = readonly_fields = (
        "member",
        "device_name",
        "device",
        "created_at",
        "last_seen_at",
        "expires_at",
        "ended_at",
    )
    actions = ("end",)

    @admin.display(description=_("device"))
    def device_name(self, session: Session) -> str:
        return devices.name_of(session.device)

    @admin.action(description=_("End the selected log-ins"), permissions=["change"])
    def end(self, request: HttpRequest, sessions: QuerySet[Session, Session]) -> None:
        living = Session.objects.alive().filter(pk__in=sessions.values("pk")).select_related("user")
        ending = list(living)
        for session in ending:
            self.log_change(request, session, gettext("Log-in ended."))
        ended = Session.objects.filter(pk__in=[session.pk for session in ending]).end()
        self.message_user(request, gettext("Log-ins ended: %d.") % ended)


@admin.register(SocialAccount)
class SocialAccountAdmin(OfMembersAdmin):
    """Which providers open which account; a moderator may take one away, as when a thief linked it."""

    list_display = ("member", "provider", "created_at")
    list_filter = ("provider",)
    ordering = ("-id",)  # the newest first
    fields = readonly_fields = ("member", "provider", "uid", "created_at")
