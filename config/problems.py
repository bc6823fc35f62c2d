"""Every error's code, status and words, and the one way it leaves: `application/problem+json` (RFC 9457)."""

import logging
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.exceptions import APIException

from config import connections, logs

logger = logging.getLogger("haru.problems")
DATABASE_RETRY_SECONDS = 5

# code: (status, what the sentence for people is unless the error brings its own)
CODES: dict[str, tuple[int, Any]] = {
    "invalid": (400, _("Some fields need another look.")),
    "parse_error": (400, _("The body is not valid JSON.")),
    "bad_request": (400, _("The request cannot be understood.")),
    "social_code_invalid": (400, _("This log-in link was used or has expired. Please start again.")),
    "not_authenticated": (401, _("Please log in.")),
    "wrong_credentials": (401, _("The e-mail or the password is wrong.")),
    "session_ended": (401, _("This log-in has ended. Please log in again.")),
    "token_invalid": (401, _("The token is not valid or has expired.")),
    "banned": (403, _("This account has been suspended.")),
    "email_unverified": (403, _("Please confirm your e-mail address first.")),
    "permission_denied": (403, _("You may not do this.")),
    "not_found": (404, _("There is nothing here.")),
    "method_not_allowed": (405, _("This address does not take that method.")),
    "not_acceptable": (406, _("This address cannot answer in any of the types asked for.")),
    "email_taken": (409, _("There is already an account with this e-mail.")),
    "reply_in_progress": (409, _("A reply is still being written in this conversation.")),
    "not_last": (409, _("Only the last reply can be tried again.")),
    "idempotency_key_reused": (409, _("This idempotency key was used with another body.")),
    "last_way_in": (409, _("This is the only way into the account.")),
    "payload_too_large": (413, _("The body is too large.")),
    "unsupported_media_type": (415, _("Bodies must be application/json.")),
    "assistant_refused": (422, _("The assistant may not answer this. It was not counted.")),
    "daily_limit_reached": (429, _("All of today's requests are used.")),
    "too_many_attempts": (429, _("Too many attempts have failed today. Please come back tomorrow.")),
    "too_many_requests": (429, _("Too many requests. Please wait a moment.")),
    "server_error": (500, _("Something went wrong on our side. It has been noted.")),
    # Said by Nginx alone, where no host answered (nginx/maps.conf.template).
    "unreachable": (502, _("The service cannot be reached. Please try again in a moment.")),
    "assistant_unavailable": (503, _("The assistant cannot be reached. It was not counted.")),
    "interrupted": (503, _("The reply was interrupted. It was not counted.")),
    "maintenance": (503, _("The service is being maintained. Please come back soon.")),
    "draining": (503, _("This server is restarting. Please try again.")),
    "busy": (503, _("Too many replies are being written. Please try again in a moment.")),
    "service_limit_reached": (503, _("The service has reached its limit for today.")),
    "not_ready": (503, _("The service is starting or its database is away.")),
    "assistant_timeout": (504, _("The assistant took too long. It was not counted.")),
}
DRF_CODES = {
    "authentication_failed": "token_invalid",
    "throttled": "too_many_requests",
    "error": "server_error",
}


class Problem(APIException):
    """An error of the vocabulary above; raised anywhere, it leaves as its status and envelope.

    `detail` says more than the code's own sentence, `errors` is {field: [texts]}, `retry_after` seconds, `members` what
    the case adds to the envelope.
    """

    def __init__(
        self,
        code: str,
        *,
        detail: Any = None,
        errors: Mapping[str, list[str]] | None = None,
        retry_after: int | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        self.code, self.errors, self.retry_after, self.members = code, errors, retry_after, members
        self.status_code, words = CODES[code]
        self.detail = detail or words


def envelope(
    code: str,
    *,
    detail: object = None,
    errors: Mapping[str, Any] | None = None,
    members: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """`{status, title, code, detail, errors?, request_id, …members}` in the language that is active."""
    status, words = CODES[code]
    body: dict[str, Any] = {
        "status": status,
        "title": HTTPStatus(status).phrase,
        "code": code,
        "detail": str(detail or words),
    }
    if errors:
        body["errors"] = errors
    return body | {"request_id": logs.request_id.get()} | dict(members or {})


def response(code: str, *, retry_after: int | None = None, **parts: Any) -> JsonResponse:
    """The answer for a code; `parts` are those of `envelope`."""
    answer = JsonResponse(
        envelope(code, **parts),
        status=CODES[code][0],
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="api"'  # every 401 must say how one logs in (RFC 9110)
    if retry_after is not None:
        answer["Retry-After"] = str(retry_after)
    answer.problem_code = code  # type: ignore[attr-defined]  # config/next_host.py asks for it
    return answer


def flattened(errors: object, field: str = "") -> dict[str, list[str]]:
    """DRF's nested errors as {dotted field: [texts]}; what belongs to no field is `non_field_errors`."""
    if isinstance(errors, dict):
        found: dict[str, list[str]] = {}
        for key, value in errors.items():
            found |= flattened(value, f"{field}.{key}" if field else str(key))
        return found
    texts = errors if isinstance(errors, list) else [errors]
    return {field or "non_field_errors": [str(text) for text in texts]}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's `EXCEPTION_HANDLER`: what is not in the vocabulary goes on to Django, which answers 500."""
    if isinstance(error, Problem):
        said = {"detail": error.detail, "errors": error.errors, "members": error.members}
        answer = response(error.code, retry_after=error.retry_after, **said)
    elif isinstance(error, exceptions.ValidationError):
        answer = response("invalid", errors=flattened(error.detail))
    elif isinstance(error, Http404 | ObjectDoesNotExist):  # the latter went while it was being worked on
        answer = response("not_found")
    elif isinstance(error, DjangoPermissionDenied):
        answer = response("permission_denied")
    elif isinstance(error, RequestDataTooBig):
        answer = response("payload_too_large")
    elif isinstance(error, APIException):
        code = DRF_CODES.get(str(error.default_code), str(error.default_code))
        wait = ceil(seconds) if (seconds := getattr(error, "wait", None)) else None
        answer = response(code, retry_after=wait, detail=error.detail if code == "parse_error" else None)
    else:
        return None
    answer.exception = True  # type: ignore[attr-defined]  # DRF's own mark on an error's answer
    return answer


# ---------------------------------------------------------------- Outside DRF
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`: a bad host name, a body too large, an unreadable query."""
    if isinstance(exception, RequestDataTooBig):
        return response("payload_too_large")
    if isinstance(exception, SuspiciousOperation):
        logger.warning("Refused: %s", type(exception).__name__)
    return response("bad_request")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler403`; the admin keeps Django's page."""
    if request.path.startswith("/admin/"):
        return defaults.permission_denied(request, exception)
    return response("permission_denied")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`; the admin keeps Django's page."""
    if request.path.startswith("/admin/"):
        return defaults.page_not_found(request, exception)
    return response("not_found")


class ProblemPageMiddleware:
    """A Problem of a page (the admin's log-in, when it is guessed at) as a page in plain words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Problem):
            return None
        page = render(request, "problem.html", {"detail": error.detail}, status=error.status_code)
        if error.retry_after is not None:
            page["Retry-After"] = str(error.retry_after)
        return page


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`, called while the exception is handled; Django logs it under the request's id.

    A database that is away, and a row that went while one was made for it (an account was deleted), pass: come again.
    """
    error = sys.exc_info()[1]
    if connections.is_away(error) or isinstance(error, IntegrityError):
        return response("not_ready", retry_after=DATABASE_RETRY_SECONDS)
    return response("server_error")
