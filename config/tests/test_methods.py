"""Every route answers every method with one of our own answers, generated from the URL map."""

from typing import Any

import httpx
import pytest

from chat.tests.test_ownership import routes

ABSENT_ID = "00000000-0000-4000-8000-000000000000"
PATHS = [
    path.removeprefix("api/v1/").replace("<uuid:id>", ABSENT_ID).replace("<slug:slug>", "free-chat")
    for _, path, _ in routes()
    if path.startswith("api/v1/") and "<slug:provider>" not in path  # those are 404 without a provider's keys
]


@pytest.mark.parametrize("path", PATHS)
def test_options_says_the_methods_and_nothing_else(alice: Any, path: str) -> None:
    response = alice.options(path)
    assert response.status_code == 200
    assert "OPTIONS" in response.headers["Allow"]
    assert response.json() == {}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["TRACE", "QUERY", "PROPFIND"])
def test_a_method_that_nobody_has_is_405(alice: Any, path: str, method: str) -> None:
    response = alice.request(method, path)
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("page", ["schema", "docs", "redoc"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS", "TRACE", "QUERY"])
def test_the_documents_are_read_and_nothing_else(server: Any, page: str, method: str) -> None:
    response = httpx.request(method, f"{server.url}/api/{page}/")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD"
    assert httpx.head(f"{server.url}/api/{page}/").status_code == 200
