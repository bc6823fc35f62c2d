"""Django's admin with a second step between its log-in form and everything else."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from accounts import two_step, two_step_views
from accounts.password_forms import OwnPasswordForm


class TwoStepAdminSite(AdminSite):
    """Whoever owes a step reaches that step's page, the log-out, and nothing else."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether nothing is owed; once it is so it stays so for the request, which asks more than once."""
        if not super().has_permission(request):
            return False
        if getattr(request, "owes_no_step", None) != request.user.pk and two_step.owed(request.user) is None:
            request.owes_no_step = request.user.pk  # type: ignore[attr-defined]
        return getattr(request, "owes_no_step", None) == request.user.pk

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The password's form; whom it has let in already is sent on to what they owe."""
        if request.method == "GET" and two_step.is_staff(request.user) and (page := two_step.owed(request.user)):
            onward = {REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))}
            return redirect(f"{reverse(f'admin:{page}')}?{urlencode(onward)}")
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            two_step.begin(request)
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One's own password."""
        return PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context=self.each_context(request) | (extra_context or {}),
        )(request)

    def staff_view(self, view: Any) -> Any:
        """For staff whom the password has let in, whatever they still owe."""

        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not two_step.is_staff(request.user):
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            response: HttpResponse = view(request, *args, **kwargs)
            return response

        return csrf_protect(never_cache(inner))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        half_way = {
            "logout/": ("logout", self.logout),
            "two-step/code/": ("two-step-code", two_step_views.SecondStepView.as_view(site=self)),
            "two-step/enrolment/": ("two-step-enrolment", two_step_views.EnrolmentView.as_view(site=self)),
        }
        whole = {
            "two-step/": ("two-step", two_step_views.TwoStepView.as_view(site=self)),
            "two-step/recovery-codes/": (
                "two-step-recovery-codes",
                two_step_views.RecoveryCodesView.as_view(site=self),
            ),
            "two-step/removal/": ("two-step-removal", two_step_views.RemovalView.as_view(site=self)),
        }
        return [
            *(path(route, self.staff_view(view), name=name) for route, (name, view) in half_way.items()),
            *(path(route, self.admin_view(view), name=name) for route, (name, view) in whole.items()),
            *super().get_urls(),
        ]
