"""The admin's pages on which an assistant is previewed and tried."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chat import quota
from chat.worker import this_process
from config.desk import trying
from config.limits import hits
from config.problems import Problem


def try_view(request: HttpRequest, admin: Any, *, which: str, assistant: str | None, definition: Any) -> HttpResponse:
    """The assistant's form, and under it what its inputs make; the trial itself is asked for by the page's script."""
    form = form_of(request, definition)
    preview = form.preview() if form.is_bound and form.is_valid() else None
    changed = "admin:chat_assistant_change" if assistant else "admin:chat_assistant_add"
    back = reverse(changed, args=[assistant] if assistant else [])
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Preview and try"),
        "subtitle": definition["name"]["en" if get_language() == "en" else "ko"],
        "opts": admin.opts,
        "form": form,
        "preview": preview,
        "is_draft": which == "draft",
        "back": f"{back}?from=draft" if which == "draft" else back,
        "answer_url": reverse("admin:chat_assistant_answer", args=[which]),
    }
    return TemplateResponse(request, "desk/try.html", context)


def form_of(request: HttpRequest, definition: Any) -> trying.TryForm:
    shown_in = "en" if get_language() == "en" else "ko"
    return trying.TryForm(request.POST if request.method == "POST" else None, definition=definition, shown_in=shown_in)


@require_POST
def answer_view(request: HttpRequest, admin: Any, *, definition: Any, **which: Any) -> HttpResponseBase:
    """The model's answer as lines of JSON, charged to nobody; the service's calls of the day count it."""
    form = form_of(request, definition)
    if not form.is_valid():
        return JsonResponse(
            {"detail": " ".join(str(said) for errors in form.errors.values() for said in errors)}, status=400
        )
    now = timezone.now()
    try:
        hits.take(("try", request.user.pk), now=now)
        if not quota.take_call(quota.local_day(now)):
            raise Problem("service_limit_reached")
    except Problem as problem:
        return JsonResponse({"detail": str(problem.detail)}, status=problem.status_code)
    parts = trying.answer(this_process.provider, trying.request_for(definition, form.preview()))
    stream = StreamingHttpResponse(parts, content_type="application/x-ndjson")
    stream["Cache-Control"], stream["X-Accel-Buffering"] = "no-store", "no"
    return stream
