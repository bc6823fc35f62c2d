"""What members used on each day, to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import finding
from chat.models import DailyUsage
from config.desk.read_only import ReadOnlyAdmin
from config.listing import LongListAdmin


@admin.register(DailyUsage)
class DailyUsageAdmin(ReadOnlyAdmin, LongListAdmin):
    """What members used on a day; more for today is given on the member's own page."""

    list_display = ("nickname", "day", "used", "attempts", "extra")
    list_select_related = ("member",)
    list_filter = ("day",)
    search_fields = ("member",)  # see get_search_results
    search_help_text = finding.HELP
    ordering = ("-day",)
    fields = ("nickname", "day", "used", "attempts", "extra")
    readonly_fields = ("nickname",)

    def get_search_results(self, request: HttpRequest, rows: QuerySet, words: str) -> tuple[QuerySet, bool]:
        """By the member."""
        return (rows.filter(member__in=finding.ids(words)) if words.split() else rows), False

    def called(self, row: DailyUsage) -> str:
        return f"{row.member.nickname} · {row.day}"

    @admin.display(description=_("member"))
    def nickname(self, usage: DailyUsage) -> str:
        return str(usage.member.nickname)
