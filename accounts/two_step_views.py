"""The admin's pages of the second step: enrol, give a code, see how it stands, new recovery codes, turn it off."""

from typing import Any

from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView
from django.views.generic.base import ContextMixin

from accounts import two_step
from accounts.two_step_forms import CodeForm

SECRET_SESSION_KEY = "two_step_secret"  # noqa: S105  # where it is kept until a first code proves that the app has it


class AdminPage(ContextMixin):
    """A page in the admin's frame."""

    request: HttpRequest
    site: Any = None
    title: Any = _("Two-step log-in")

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**{**self.site.each_context(self.request), "title": self.title} | context)


class CodePage(AdminPage, FormView):  # type: ignore[type-arg]  # generic for mypy only, not when it runs
    """A page that asks for a code."""

    form_class = CodeForm

    def accept(self, code: str) -> Any:
        return two_step.use(self.request.user, code)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "accept": self.accept}

    def form_invalid(self, form: CodeForm) -> HttpResponse:
        response = super().form_invalid(form)
        if form.wait:
            response.status_code, response["Retry-After"] = 429, str(form.wait)
        return response

    def show_codes(self, codes: list[str]) -> HttpResponse:
        """The recovery codes, in the answer to the form and nowhere else."""
        context = self.get_context_data(codes=codes, title=_("Recovery codes"))
        return self.response_class(self.request, "two_step/recovery_codes.html", context)


class SecondStepView(RedirectURLMixin, CodePage):
    """The second step of a log-in."""

    template_name = "two_step/code.html"
    title = _("Second step")
    next_page = "admin:index"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if two_step.owed(request.user) != "two-step-code":
            return redirect("admin:index")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        two_step.finish(self.request, form.outcome)
        return redirect(self.get_success_url())


class EnrolmentView(CodePage):
    """Turns the step on: a secret of this log-in alone, shown until the app's first code."""

    template_name = "two_step/enrolment.html"
    title = _("Turn two-step log-in on")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if two_step.is_on(request.user):
            return redirect("admin:two-step")
        self.secret = request.session.setdefault(SECRET_SESSION_KEY, two_step.new_secret())
        return super().dispatch(request, *args, **kwargs)

    def accept(self, code: str) -> Any:
        return two_step.enrol(self.request.user, self.secret, code)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        svg = mark_safe(two_step.secret_as_svg(self.request.user, self.secret))  # noqa: S308  # black squares
        return super().get_context_data(**{"svg": svg, "secret": two_step.secret_as_text(self.secret)} | context)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        device, codes = form.outcome
        del self.request.session[SECRET_SESSION_KEY]
        two_step.finish(self.request, device)
        return self.show_codes(codes)


class TwoStepView(AdminPage, TemplateView):
    """How one's own step stands, and what can be done about it."""

    template_name = "two_step/two_step.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not two_step.is_on(request.user):
            return redirect("admin:two-step-enrolment")
        return self.render_to_response(self.get_context_data(left=two_step.recovery_codes_left(request.user)))


class OnlyWhenOn(CodePage):
    """A page of those whose step is on."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not two_step.is_on(request.user):
            return redirect("admin:two-step-enrolment")
        return super().dispatch(request, *args, **kwargs)


class RecoveryCodesView(OnlyWhenOn):
    """New recovery codes for a code."""

    template_name = "two_step/ask.html"
    title = _("New recovery codes")
    extra_context = {"words": _("The codes that you have now stop working."), "button": _("Make new codes")}

    def form_valid(self, form: CodeForm) -> HttpResponse:
        return self.show_codes(two_step.new_recovery_codes(self.request.user))


class RemovalView(OnlyWhenOn):
    """Turns the step off for a code."""

    template_name = "two_step/ask.html"
    title = _("Turn two-step log-in off")
    extra_context = {"words": _("Then the app's codes and the recovery codes stop working."), "button": _("Turn off")}

    def form_valid(self, form: CodeForm) -> HttpResponse:
        two_step.remove(self.request.user)
        return redirect("admin:index")
