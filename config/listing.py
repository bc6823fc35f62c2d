"""Lists of the admin: actions are the role's and meet the ticked rows alone, and long lists open quickly."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

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


class YesNoFilter(admin.SimpleListFilter):
    """Those of whom something is so, or the others."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]


class ListAdmin(admin.ModelAdmin):
    """An action that the role does not have is refused aloud, where Django says that none was chosen.

    Pages are headed by names: Django's Korean for "select a member to change" does not read as Korean.
    """

    show_full_result_count = False
    action_form: ClassVar[type[ActionForm]] = TickedActionForm

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not set(filter(None, request.POST.getlist("action"))) <= set(self.get_actions(request)):
            raise PermissionDenied
        titled = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        answer: HttpResponse = super().changelist_view(request, titled)
        return answer

    def called(self, row: Any) -> str:
        """What stands over a row's page; an id tells people nothing."""
        return str(row)

    def save_model(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        """Writes what the form changed and nothing else: somebody may be changing the rest."""
        changed = {field.name for field in row._meta.concrete_fields}.intersection(form.changed_data)
        row.save(update_fields=changed if change else None)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if original := context.get("original"):
            is_read = not self.has_change_permission(request, original)
            context |= {"subtitle": self.called(original)} | ({"title": self.opts.verbose_name} if is_read else {})
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page


class LongListAdmin(ListAdmin):
    """In the order of an index; `sortable_by` names the other columns that have one."""

    paginator = FirstPages
    sortable_by: ClassVar[tuple[str, ...]] = ()
