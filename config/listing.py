"""Lists of the admin: actions are the role's and meet the ticked rows alone, and long lists open quickly."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

# Nobody turns so many pages, one searches; and a page costs the database all rows before it.
PAGES_MAX = 20


class FirstPages(Paginator):
    """Counts all rows, and leads to the first `PAGES_MAX` pages."""

    @property
    def num_pages(self) -> int:
        return min(super().num_pages, PAGES_MAX)


class TickedActionForm(ActionForm):
    """Never all rows of all pages at once: nobody has read whom that would meet."""

    def clean_select_across(self) -> bool:
        return False


class ListAdmin(admin.ModelAdmin):
    """An action that the role does not have is refused aloud, where Django says that none was chosen."""

    show_full_result_count = False
    action_form: ClassVar[type[ActionForm]] = TickedActionForm

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not set(filter(None, request.POST.getlist("action"))) <= set(self.get_actions(request)):
            raise PermissionDenied
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer


class LongListAdmin(ListAdmin):
    """Ordered as its index is; `sortable_by` names the columns that have another."""

    paginator = FirstPages
    sortable_by: ClassVar[tuple[str, ...]] = ()
