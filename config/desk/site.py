"""The moderators' desk: the admin with today's figures on its first page, and a page of use and cost."""

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _

from accounts.two_step_site import TwoStepAdminSite

# Pages of Django's that nothing here leads to: names of any row for whoever asks, and a row's page on the site.
UNUSED = ("autocomplete", "view_on_site")


class DeskSite(TwoStepAdminSite):
    """Its own pages need models, so they are imported when they are asked for."""

    site_header = site_title = _("Haru: the desk")
    index_title = _("Today")
    enable_nav_sidebar = True

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from config.desk import use_views

        return super().index(request, {**(extra_context or {}), **use_views.strip(request)})

    def get_urls(self) -> list[URLResolver | URLPattern]:
        from config.desk import use_views

        return [
            path("use/", self.admin_view(use_views.use_view), name="use"),
            path("use.csv", self.admin_view(use_views.csv_view), name="use-csv"),
            path("use/roll-up/", self.admin_view(use_views.roll_up_view), name="use-roll-up"),
            *(page for page in super().get_urls() if getattr(page, "name", None) not in UNUSED),
        ]
