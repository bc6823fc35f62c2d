"""Another member's ids are 404 on every route, the same as ids that do not exist; generated from the URL map."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from chat.tests.asking import ask, new_conversation

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What a route with an id names; a route that is not here fails the test, so a new one is covered by default.
OWNED = {
    "conversation": "conversation",
    "messages": "conversation",
    "conversation-export": "conversation",
    "message": "reply",
    "reply-stream": "reply",
    "reply-stop": "reply",
    "reply-retry": "reply",
    "reply-feedback": "reply",
    "session": "session",
}
OPEN = {
    "assistants",
    "assistant",
    "signup",
    "login",
    "logout",
    "token-refresh",
    "token-verify",
    "password-reset",
    "password-reset-confirm",
    "email-verify",
    "social",
    "social-start",
    "social-callback",
    "social-token",
    "announcements",
    "probe",
    "schema",
    "docs",
    "redoc",
}
MEMBERS_ONLY = {
    *("conversations", "quota", "me", "deletion", "export", "social-account"),
    *("sessions", "password-change", "email-change"),
}


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    """`(name, path, view class)` of every address below /api/."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith("api/"):
            yield str(pattern.name), path, getattr(pattern.callback, "view_class", None)


def owned_routes() -> list[tuple[str, str, str]]:
    return [
        (name, path, method)
        for name, path, view in routes()
        if "<uuid:" in path
        for method in METHODS
        if hasattr(view, method.lower())
    ]


def test_every_route_is_open_for_members_or_owned() -> None:
    assert {name for name, _, _ in routes()} == OPEN | MEMBERS_ONLY | set(OWNED)


@pytest.fixture
def of_alice(alice: Any) -> dict[str, str]:
    conversation = new_conversation(alice)
    reply = ask(alice, conversation).json()["reply"]["id"]
    return {"conversation": conversation, "reply": reply, "session": str(alice.session.id)}


def send(person: Any, method: str, path: str, id: str) -> Any:
    bodies = {
        "POST": {"content": "hi"},
        "PUT": {"title": "x", "pinned": True, "archived": True},
        "PATCH": {"title": "x"},
    }
    url = path.replace("<uuid:id>", id).removeprefix("api/v1/")
    return person.request(method, url, json=bodies.get(method))


@pytest.mark.parametrize(("name", "path", "method"), owned_routes())
def test_bob_gets_404_for_what_is_alices(
    of_alice: dict[str, str], alice: Any, bob: Any, name: str, path: str, method: str
) -> None:
    his = send(bob, method, path, of_alice[OWNED[name]])
    none = send(bob, method, path, str(uuid4()))
    assert (his.status_code, his.json()["code"]) == (404, "not_found")
    assert his.json() | {"request_id": ""} == none.json() | {"request_id": ""}
    assert alice.get(f"chat/messages/{of_alice['reply']}/").status_code == 200


@pytest.mark.parametrize(("name", "path", "method"), owned_routes())
def test_staff_get_404_too(of_alice: dict[str, str], member: Any, name: str, path: str, method: str) -> None:
    staff = member("Staff", is_staff=True, is_superuser=True)
    assert send(staff, method, path, of_alice[OWNED[name]]).status_code == 404


@pytest.mark.parametrize(("name", "path", "method"), owned_routes())
def test_nobody_gets_401(of_alice: dict[str, str], nobody: Any, name: str, path: str, method: str) -> None:
    response = send(nobody, method, path, of_alice[OWNED[name]])
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", [path for name, path, _ in routes() if name in MEMBERS_ONLY])
def test_members_routes_want_a_member(nobody: Any, path: str) -> None:
    assert nobody.get(path.removeprefix("api/v1/").replace("<slug:provider>", "kakao")).status_code == 401


def test_alice_reaches_her_own(of_alice: dict[str, str], alice: Any) -> None:
    for name, path, method in owned_routes():
        if method == "GET":
            assert send(alice, "GET", path, of_alice[OWNED[name]]).status_code == 200, name
