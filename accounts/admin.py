"""Log-ins and linked accounts for moderators; members themselves are in `config.desk`."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import two_step
from accounts.models import Session, SocialAccount

for device in two_step.DEVICES:
    admin.site.unregister(device)  # the library's own pages show the secrets


class OfMembersAdmin(admin.ModelAdmin):
    """Rows of members that the service makes; those of staff are for superusers alone."""

    list_select_related = ("user",)
    search_fields = ("user__email", "user__nickname")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(user__is_staff=False)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("member"), ordering="user__nickname")
    def member(self, row: Session | SocialAccount) -> str:
        return row.user.nickname


class Living(admin.SimpleListFilter):
    """Log-ins that open something, or no longer."""

    title = _("living")
    parameter_name = "living"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, sessions: QuerySet) -> QuerySet:
        alive = Session.objects.alive().values("pk")
        if self.value() == "no":
            return sessions.exclude(pk__in=alive)
        return sessions.filter(pk__in=alive) if self.value() == "yes" else sessions


@admin.register(Session)
class SessionAdmin(OfMembersAdmin):
    """Log-ins: where a member is logged in; the action ends them at once."""

    list_display = ("member", "device", "created_at", "last_seen_at", "ended_at")
    list_filter = (Living,)
    ordering = ("-last_seen_at",)
    fields = readonly_fields = ("member", "device", "created_at", "last_seen_at", "expires_at", "ended_at")
    actions = ("end",)

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
    ordering = ("-created_at",)
    fields = readonly_fields = ("member", "provider", "uid", "created_at")
