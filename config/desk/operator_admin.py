"""What is said to everybody: announcements by moderators, the maintenance switch by superusers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config.desk.as_seen import AsSeenForm
from config.desk.models import Announcement, Maintenance
from config.listing import ListAdmin


@admin.register(Announcement)
class AnnouncementAdmin(ListAdmin):
    """Announcements, and which of them the page shows now."""

    form = AsSeenForm
    list_display = ("text_ko", "level", "starts_at", "ends_at", "standing")
    list_filter = ("level",)
    search_fields = ("text_ko", "text_en")
    fields = ("text_ko", "text_en", "level", "starts_at", "ends_at")

    def get_form(
        self, request: HttpRequest, obj: Announcement | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        for name in ("text_ko", "text_en"):
            form.base_fields[name].widget.attrs["class"] = "vLargeTextField"
        return form

    def called(self, row: Announcement) -> str:
        return Truncator(row.text_en if get_language() == "en" else row.text_ko).chars(40)

    @admin.display(description=_("standing"))
    def standing(self, announcement: Announcement) -> Any:
        now = timezone.now()
        if announcement.starts_at > now:
            return _("later")
        return _("over") if announcement.ends_at and announcement.ends_at <= now else _("shown now")


@admin.register(Maintenance)
class MaintenanceAdmin(ListAdmin):
    """One row, so the list leads straight to it."""

    form = AsSeenForm
    fields = ("is_on", "text_ko", "text_en", "minutes")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Maintenance | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)  # asks for the right
        Maintenance.objects.get_or_create(pk=Maintenance.ROW)
        return redirect("admin:desk_maintenance_change", Maintenance.ROW) if answer.status_code == 200 else answer
