"""Pages of other origins: exactly those that are allowed, without credentials, errors included."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.conf import settings as live_settings

PAGE = "http://localhost:5500"
SENT = "accept-language,authorization,content-type,idempotency-key,last-event-id,prefer,x-request-id"
EXPOSED = {
    "Content-Disposition",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
}


def listed(value: str) -> set[str]:
    return {part.strip().lower() for part in value.split(",")}


def preflight(nobody: httpx.Client, origin: str, path: str = "chat/quota/", method: str = "POST") -> httpx.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": SENT}
    return nobody.options(path, headers=headers)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_page_may_send_all_that_the_contract_knows(nobody: httpx.Client, method: str) -> None:
    response = preflight(nobody, PAGE, method=method)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert listed(SENT) <= listed(response.headers["Access-Control-Allow-Headers"])
    assert method.lower() in listed(response.headers["Access-Control-Allow-Methods"])


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:5501",
        "https://localhost:5500",
        "http://localhost:5500.evil.example",
    ],
)
def test_another_origin_may_do_nothing(nobody: httpx.Client, origin: str) -> None:
    for response in (preflight(nobody, origin), nobody.get("chat/assistants/", headers={"Origin": origin})):
        assert not [name for name in response.headers if name.lower().startswith("access-control-")]


def test_a_page_can_read_our_headers(nobody: httpx.Client) -> None:
    response = nobody.get("chat/assistants/", headers={"Origin": PAGE})
    assert listed(response.headers["Access-Control-Expose-Headers"]) == {name.lower() for name in EXPOSED}


def test_no_credentials_are_ever_allowed(nobody: httpx.Client) -> None:
    for response in (preflight(nobody, PAGE), nobody.get("chat/assistants/", headers={"Origin": PAGE})):
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert response.headers["Access-Control-Allow-Origin"] != "*"
        assert "origin" in listed(response.headers["Vary"])


JSON = {"Content-Type": "application/json"}
ERRORS: dict[int, Callable[[httpx.Client], httpx.Response]] = {
    400: lambda page: page.post("accounts/login/", json={}),
    401: lambda page: page.get("accounts/me/"),
    404: lambda page: page.get("nope/"),
    405: lambda page: page.get("accounts/login/"),
    406: lambda page: page.get("chat/assistants/", headers={"Accept": "text/html"}),
    413: lambda page: page.post("accounts/login/", content="x" * 70_000, headers=JSON),
    415: lambda page: page.post("accounts/login/", content="x"),
}


@pytest.mark.parametrize("status", ERRORS)
def test_a_page_can_read_errors_too(nobody: httpx.Client, status: int) -> None:
    nobody.headers["Origin"] = PAGE
    response = ERRORS[status](nobody)
    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert "x-request-id" in listed(response.headers["Access-Control-Expose-Headers"])


def test_a_page_can_read_that_the_day_is_used_up(member: Callable[..., Any]) -> None:
    carol = member("Carol", daily_limit=0)
    conversation = carol.post("chat/conversations/", json={"assistant": "free-chat"}).json()["id"]
    response = carol.post(
        f"chat/conversations/{conversation}/messages/", json={"content": "hi"}, headers={"Origin": PAGE}
    )
    assert response.status_code == 429
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert {"retry-after", "ratelimit"} <= listed(response.headers["Access-Control-Expose-Headers"])


def test_a_page_can_read_a_stream(alice: Any) -> None:
    conversation = alice.post("chat/conversations/", json={"assistant": "free-chat"}).json()["id"]
    response = alice.post(
        f"chat/conversations/{conversation}/messages/",
        json={"content": "[[words=2]] [[over=0]] hi"},
        headers={"Origin": PAGE, "Accept": "text/event-stream"},
    )
    assert response.headers["Access-Control-Allow-Origin"] == PAGE


def test_probes_may_be_read_and_the_admin_may_not(server: Any) -> None:
    assert "Access-Control-Allow-Origin" in httpx.get(f"{server.url}/healthz", headers={"Origin": PAGE}).headers
    response = httpx.get(f"{server.url}/admin/", headers={"Origin": PAGE})
    assert "Access-Control-Allow-Origin" not in response.headers


def test_the_settings_name_the_headers_of_the_contract() -> None:
    assert set(live_settings.CORS_EXPOSE_HEADERS) == EXPOSED
    assert listed(SENT) <= set(live_settings.CORS_ALLOW_HEADERS)
