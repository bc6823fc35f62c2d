"""Errors: one envelope everywhere, in the reader's language, under the request's id, without a word too much."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, ProgrammingError
from django.utils.translation import override
from rest_framework import exceptions

from accounts import views
from config import problems
from config.problems import CODES, Problem
from config.tests.test_logs import log_lines as log_lines

HANGUL = re.compile("[가-힣]")
API = "/api/v1"
MEMBERS = {"status", "title", "code", "detail", "request_id"}


@pytest.fixture
def web(server: Any) -> Any:
    """The server's root, a connection a request."""
    with httpx.Client(base_url=server.url, timeout=30) as client:
        client.headers["Connection"] = "close"
        yield client


Case = tuple[int, str, Callable[[httpx.Client], httpx.Response]]
JSON = {"Content-Type": "application/json"}
CASES: dict[str, Case] = {
    "an unknown address": (404, "not_found", lambda web: web.get("/nope")),
    "an unknown address of the API": (404, "not_found", lambda web: web.get("/api/nope/")),
    "an unknown address below the API": (404, "not_found", lambda web: web.post(f"{API}/accounts/nope/", json={})),
    "a missing trailing slash": (404, "not_found", lambda web: web.get(f"{API}/accounts/me")),
    "a missing trailing slash of a post": (404, "not_found", lambda web: web.post(f"{API}/accounts/login", json={})),
    "a doubled slash": (404, "not_found", lambda web: web.get(f"{web.base_url}//evil.example/")),
    "a very long address": (404, "not_found", lambda web: web.get("/" + "a" * 20_000)),
    "NUL in a path": (404, "not_found", lambda web: web.get(f"{API}/chat/assistants/%00/")),
    "no UTF-8 in a path": (404, "not_found", lambda web: web.get(f"{API}/chat/assistants/%ff/")),
    "NUL in a path outside": (404, "not_found", lambda web: web.get("/%00")),
    "no UTF-8 in a path outside": (404, "not_found", lambda web: web.get("/%ff")),
    "NUL among the assets": (404, "not_found", lambda web: web.get("/static/%00")),
    "a way out of the assets": (404, "not_found", lambda web: web.get("/static/%2e%2e/%2e%2e/manage.py")),
    "somebody who is nobody": (401, "not_authenticated", lambda web: web.get(f"{API}/accounts/me/")),
    "another method": (405, "method_not_allowed", lambda web: web.get(f"{API}/accounts/login/")),
    "a wish that cannot be met": (
        406,
        "not_acceptable",
        lambda web: web.get(f"{API}/chat/assistants/", headers={"Accept": "text/html"}),
    ),
    "fields": (400, "invalid", lambda web: web.post(f"{API}/accounts/login/", json={})),
    "malformed JSON": (
        400,
        "parse_error",
        lambda web: web.post(f"{API}/accounts/login/", content="{", headers=JSON),
    ),
    "a large body": (
        413,
        "payload_too_large",
        lambda web: web.post(f"{API}/accounts/login/", content="x" * 70_000, headers=JSON),
    ),
    "another type": (415, "unsupported_media_type", lambda web: web.post(f"{API}/accounts/login/", content="x")),
    "a wrong password": (
        401,
        "wrong_credentials",
        lambda web: web.post(f"{API}/accounts/login/", json={"email": "a", "password": "b"}),
    ),
    "another host": (
        400,
        "bad_request",
        lambda web: web.get(f"{API}/chat/assistants/", headers={"Host": "evil.example"}),
    ),
    "a host that is none": (400, "bad_request", lambda web: web.get("/api/nope/", headers={"Host": "a b/"})),
    "no host": (400, "bad_request", lambda web: web.get("/api/nope/", headers={"Host": ""})),
}


@pytest.mark.parametrize("name", CASES)
def test_every_error_is_a_problem_in_korean_or_english(web: httpx.Client, name: str) -> None:
    status, code, send = CASES[name]
    details = []
    for language in ("", "en", "ko", "fr", "en-GB,en;q=0.9,ko;q=0.1"):
        web.headers["Accept-Language"] = language
        response = send(web)
        body = response.json()
        assert (response.status_code, body["status"], body["code"]) == (status, status, code)
        assert response.headers["Content-Type"] == "application/problem+json"
        assert set(body) - {"errors"} == MEMBERS
        assert body["request_id"] == response.headers["X-Request-ID"]
        assert "Location" not in response.headers
        details.append(body["detail"])
    nothing_said, english, korean, french, british = details
    assert nothing_said == korean == french
    assert english == british
    assert HANGUL.search(korean)
    assert not HANGUL.search(english)


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ff", "q=%ed%a0%80", "%00=1", "cursor=%00", "cursor=%ff", "archived=%00", "&&=&"]
)
def test_rubbish_in_a_query_is_never_our_fault(alice: Any, query: str) -> None:
    response = alice.get(f"chat/conversations/?{query}")
    assert response.status_code in (200, 400, 404)
    if response.status_code != 200:
        assert response.headers["Content-Type"] == "application/problem+json"


def test_errors_ignore_what_is_accepted(web: httpx.Client) -> None:
    for accept in ("text/html", "text/event-stream", "garbage", "image/*"):
        response = web.get("/api/nope/", headers={"Accept": accept})
        assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_wrong_method_says_the_right_ones(web: httpx.Client) -> None:
    assert web.delete(f"{API}/accounts/login/").headers["Allow"] == "POST, OPTIONS"


def test_an_error_of_a_head_request_has_no_body(web: httpx.Client) -> None:
    response = web.head("/api/nope/")
    assert (response.status_code, response.content) == (404, b"")


def test_several_fields_are_named_with_their_texts(web: httpx.Client) -> None:
    body = web.post(f"{API}/accounts/login/", json={"email": 5}).json()
    assert set(body["errors"]) == {"email", "password"}
    assert all(isinstance(text, str) for texts in body["errors"].values() for text in texts)


# ---------------------------------------------------------------- The request's id
@pytest.mark.parametrize("given", ["12345678", "a" * 64, "2f1c-AB_9" * 3])
def test_a_safe_request_id_is_kept(web: httpx.Client, given: str) -> None:
    for path in ("/healthz", "/nope", f"{API}/chat/assistants/", f"{API}/accounts/me/", "/admin/login/x"):
        assert web.get(path, headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


def test_an_unsafe_request_id_is_replaced(web: httpx.Client) -> None:
    for given in ("", "1234567", "a" * 65, "1234 5678", "12345678\u00e9", "1234567;", '12345678"', "../../etc/x"):
        response = web.get("/nope", headers={b"X-Request-ID": given.encode("latin-1")})
        made = response.headers["X-Request-ID"]
        assert re.fullmatch("[0-9a-f]{32}", made), given
        assert response.json()["request_id"] == made


def test_each_request_has_an_id_of_its_own(web: httpx.Client) -> None:
    assert len({web.get("/healthz").headers["X-Request-ID"] for _ in range(20)}) == 20


def test_an_answer_that_is_no_error_has_an_id_too(web: httpx.Client, alice: Any) -> None:
    for response in (
        web.get("/healthz"),
        web.get("/readyz"),
        alice.get("accounts/me/"),
        alice.post("accounts/logout/"),
    ):
        assert response.is_success or response.is_redirect
        assert response.headers["X-Request-ID"]


# ---------------------------------------------------------------- Our own faults
@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """One view that fails for a reason nobody outside shall read."""

    def get(self: object, request: object) -> None:
        raise RuntimeError("the launch code is 0000")

    monkeypatch.setattr(views.MeView, "get", get)


def test_our_own_fault_says_nothing_of_itself(alice: Any, broken: None) -> None:
    response = alice.get("accounts/me/", headers={"X-Request-ID": "request-of-alice"})
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (set(body), body["code"], body["request_id"]) == (MEMBERS, "server_error", "request-of-alice")
    for word in ("launch", "0000", "RuntimeError", "Traceback", "views.py"):
        assert word not in response.text
    assert HANGUL.search(alice.get("accounts/me/", headers={"Accept-Language": "ko"}).json()["detail"])


def test_our_own_fault_is_in_the_log_under_the_requests_id(alice: Any, broken: None, log_lines: Any) -> None:
    alice.get("accounts/me/", headers={"X-Request-ID": "request-of-alice"})
    line = next(line for line in log_lines() if "exception" in line)
    assert (line["level"], line["request_id"]) == ("ERROR", "request-of-alice")
    assert "the launch code is 0000" in line["exception"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DatabaseError("server closed the connection"), "not_ready"),
        (OperationalError("the database is at 10.0.0.5"), "not_ready"),
        (InterfaceError("connection already closed"), "not_ready"),
        (IntegrityError("the account went"), "not_ready"),
        (ProgrammingError("no such column"), "server_error"),
    ],
)
def test_a_database_that_is_away_is_no_fault_of_ours(
    alice: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def get(self: object, request: object) -> None:
        raise error

    monkeypatch.setattr(views.MeView, "get", get)
    response = alice.get("accounts/me/")
    assert (response.status_code, response.json()["code"]) == (CODES[code][0], code)
    assert ("Retry-After" in response.headers) == (code == "not_ready")
    assert str(error) not in response.text


# ---------------------------------------------------------------- The vocabulary itself
@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_status_and_a_sentence_in_both_languages(code: str) -> None:
    status, words = CODES[code]
    assert 400 <= status < 600
    with override("en"):
        assert str(words).endswith(".")
    with override("ko"):
        assert HANGUL.search(str(words)), "no Korean"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Problem("busy", retry_after=5), 503, "busy"),
        (exceptions.Throttled(wait=3), 429, "too_many_requests"),
        (exceptions.AuthenticationFailed(), 401, "token_invalid"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (exceptions.NotFound("a secret place"), 404, "not_found"),
        (exceptions.APIException("the disk is on fire"), 500, "server_error"),
        (exceptions.ValidationError({"a": {"b": ["c"]}}), 400, "invalid"),
        (PermissionDenied("a secret reason"), 403, "permission_denied"),
    ],
)
def test_every_error_that_is_raised_leaves_in_our_words(error: Exception, status: int, code: str) -> None:
    answer = problems.exception_handler(error, {})
    assert answer is not None
    body = json.loads(answer.content)
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert "secret" not in answer.content.decode()
    assert "fire" not in answer.content.decode()


def test_a_throttled_client_is_told_when_to_come_back() -> None:
    answer = problems.exception_handler(exceptions.Throttled(wait=2.2), {})
    assert answer is not None
    assert answer["Retry-After"] == "3"


def test_an_error_deep_in_a_form_is_named_with_dots() -> None:
    errors = {"inputs": {"return_date": ["Too early."]}, "other": "Odd."}
    assert problems.flattened(errors) == {"inputs.return_date": ["Too early."], "other": ["Odd."]}
    assert problems.flattened(["Odd."]) == {"non_field_errors": ["Odd."]}
