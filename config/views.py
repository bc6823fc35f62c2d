"""The documentation of the API: Swagger UI, ReDoc and the document they show."""

import json
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView

from config import problems

READING = ["get", "head"]  # another method, OPTIONS too, finds no template or meets Django's own pages
# Both pages bring their scripts in the page; nothing may come from or go to elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src blob:; frame-ancestors 'none'"
)


@cache
def document(media_type: str) -> bytes:
    """docs/openapi.yaml, which `make check` holds against the code, as YAML or JSON."""
    text = (settings.BASE_DIR / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    if media_type == "application/yaml":
        return text.encode()
    return json.dumps(yaml.load(text, Loader=yaml.CSafeLoader), ensure_ascii=False).encode()  # a second less, in C


@method_decorator(csrf_exempt, name="dispatch")  # nothing is taken in
class SchemaView(View):
    """The OpenAPI document: YAML, or JSON where it is asked for."""

    http_method_names = READING

    def get(self, request: HttpRequest) -> HttpResponse:
        wants_json = "json" in request.headers.get("Accept", "") or request.GET.get("format") == "json"
        media_type = "application/json" if wants_json else "application/yaml"
        return HttpResponse(document(media_type), content_type=media_type)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = problems.response("method_not_allowed")
        answer["Allow"] = ", ".join(READING).upper()
        return answer


def local_only(view: Any) -> Any:
    """Adds the policy above to a page's answer."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    return answer


@method_decorator(local_only, name="dispatch")
class SwaggerView(SpectacularSwaggerView):
    """Swagger UI, with our own copy of its assets."""

    http_method_names = READING


@method_decorator(local_only, name="dispatch")
class RedocView(SpectacularRedocView):
    """ReDoc, with our own copy of its assets."""

    http_method_names = READING
