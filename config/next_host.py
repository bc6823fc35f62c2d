"""How a host that is being stopped lets the Nginx before it ask another one, instead of refusing a question.

Nginx repeats no POST that a host may have read. A draining host has read it and taken nothing, which only it can say:
asked by `X-Elsewhere: redirect` it answers `X-Accel-Redirect: @elsewhere`, a place of nginx/api.conf.template where the
request, untouched, is asked of all hosts in turn. There (`X-Elsewhere: status`) it answers 502, which no host does
otherwise, so that Nginx goes on to the next. Without the header, as behind other proxies, 503 `draining` stays.
"""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

PLACE = "@elsewhere"


class NextHostMiddleware:
    """Changes nothing but the answer `draining`, and that only where the proxy can make use of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if getattr(response, "problem_code", None) == "draining":
            way = request.headers.get("X-Elsewhere")
            if way == "redirect":
                response["X-Accel-Redirect"] = PLACE
            elif way == "status":
                response.status_code = 502
        return response
