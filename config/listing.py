"""Long lists of the admin: pages that stay quick however many rows there are, and actions on what was ticked alone."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.core.paginator import Paginator

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


class LongListAdmin(admin.ModelAdmin):
    """Ordered as its index is; `sortable_by` names the columns that have another."""

    show_full_result_count = False
    paginator = FirstPages
    action_form: ClassVar[type[ActionForm]] = TickedActionForm
    sortable_by: ClassVar[tuple[str, ...]] = ()
