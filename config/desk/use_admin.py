"""What members used on each day, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from chat.models import DailyUsage
from config.desk.read_only import ReadOnlyAdmin


@admin.register(DailyUsage)
class DailyUsageAdmin(ReadOnlyAdmin):
    """What members used on a day; more for today is given on the member's own page."""

    list_display = ("nickname", "day", "used", "attempts", "extra")
    list_select_related = ("member",)
    list_filter = ("day",)
    search_fields = ("member__email", "member__nickname")
    show_full_result_count = False
    ordering = ("-day",)

    @admin.display(description=_("member"))
    def nickname(self, usage: DailyUsage) -> str:
        return str(usage.member.nickname)
