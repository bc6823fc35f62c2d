"""How tests ask: a conversation, a question, the events of its answer."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

SSE = {"Accept": "text/event-stream"}


def new_conversation(person: httpx.Client, assistant: str = "free-chat", **fields: Any) -> str:
    """The id of a new conversation."""
    response = person.post("chat/conversations/", json={"assistant": assistant, **fields})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def ask(
    person: httpx.Client, conversation: str, content: str = "[[words=3]] [[over=0]] hi", **headers: str
) -> httpx.Response:
    """The answer as JSON, when the reply has ended."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return person.post(f"chat/conversations/{conversation}/messages/", json={"content": content}, headers=headers)


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Server-sent events as `{event, id, data}`; comments are passed over."""
    event: dict[str, Any] = {}
    for line in lines:
        if line.startswith(("event:", "id:", "data:")):
            name, _, value = line.partition(": ")
            event[name] = json.loads(value) if name == "data" else int(value) if name == "id" else value
        elif not line and event:
            yield event
            event = {}


def stream(person: httpx.Client, conversation: str, content: str = "[[words=5]] [[over=0]] hi") -> list[dict[str, Any]]:
    """All events of the answer to a question."""
    with person.stream(
        "POST", f"chat/conversations/{conversation}/messages/", json={"content": content}, headers=SSE
    ) as response:
        assert response.status_code == 200, response.read()
        return list(events(response.iter_lines()))


def text_of(found: list[dict[str, Any]]) -> str:
    """The deltas put together."""
    return "".join(event["data"]["text"] for event in found if event["event"] == "delta")
