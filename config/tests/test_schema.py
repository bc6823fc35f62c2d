"""The OpenAPI document tells the truth: every route, every status, every code, and shapes that real answers have."""

import json
from typing import Any

import httpx
import pytest
import yaml
from django.conf import settings
from jsonschema import Draft202012Validator

from chat.tests.asking import ask, new_conversation
from chat.tests.test_ownership import routes
from config.problems import CODES

DOCUMENT = yaml.safe_load((settings.BASE_DIR / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
PAGES = {"schema", "docs", "redoc"}
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if method in ("get", "post", "put", "patch", "delete")
]


def test_it_is_openapi_3_1_of_this_version() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert DOCUMENT["info"]["version"] == settings.VERSION


def test_every_route_and_method_is_in_it_and_nothing_else() -> None:
    served = {
        ("/" + path.replace("<uuid:", "{").replace("<slug:", "{").replace(">", "}"), method)
        for name, path, view in routes()
        if name not in PAGES
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(view, method)
    }
    assert {(path, method) for path, method, _ in OPERATIONS} == served


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_says_what_it_answers(path: str, method: str, operation: Any) -> None:
    assert operation["summary"]
    assert operation["description"]
    expected = {"405", "406", "500"}
    if "{" in path:
        expected.add("404")
    if "requestBody" in operation:
        expected |= {"400", "413", "415"}
    if {} not in operation.get("security", [{}]):
        expected |= {"401", "403"}
    assert expected <= set(operation["responses"])
    for status, answer in operation["responses"].items():
        if status >= "400":
            assert list(answer["content"]) == ["application/problem+json"]
            assert all(
                example["value"]["status"] == int(status)
                for example in answer["content"]["application/problem+json"]["examples"].values()
            )


def test_asking_names_every_code_that_it_can_answer() -> None:
    answers = DOCUMENT["paths"]["/api/v1/chat/conversations/{id}/messages/"]["post"]["responses"]
    assert set(answers) >= set("200 201 202 400 401 403 404 405 406 409 413 415 422 429 500 503 504".split())
    assert "text/event-stream" in answers["200"]["content"]


def test_every_code_stands_in_the_table() -> None:
    for code, (status, _) in CODES.items():
        assert f"| `{code}` | {status} |" in DOCUMENT["info"]["description"]


def fits(shape: str, value: Any) -> None:
    """Holds a real answer against a component of the document."""
    schema = {"$ref": f"#/components/schemas/{shape}", "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(value)


def test_real_answers_have_the_shapes_it_promises(alice: Any, nobody: httpx.Client) -> None:
    fits("User", alice.get("accounts/me/").json())
    for assistant in nobody.get("chat/assistants/").json():
        fits("Assistant", assistant)
    conversation = new_conversation(alice)
    fits("Conversation", alice.get(f"chat/conversations/{conversation}/").json())
    fits("Answered", ask(alice, conversation).json())
    fits("ConversationPage", alice.get("chat/conversations/").json())
    for message in alice.get(f"chat/conversations/{conversation}/messages/").json()["results"]:
        fits("Message", message)
    fits("Quota", alice.get("chat/quota/").json())
    fits("Problem", ask(alice, conversation, "[[fail=500]]").json())
    fits("Problem", alice.post("chat/conversations/", json={}).json())
    fits("Export", alice.get(f"chat/conversations/{conversation}/export/?format=json").json())


def test_examples_have_the_shapes_they_stand_for() -> None:
    for _, _, operation in OPERATIONS:
        for answer in operation["responses"].values():
            for media_type, content in answer.get("content", {}).items():
                if "json" not in media_type:
                    continue
                for example in content.get("examples", {}).values():
                    schema = content["schema"] | {"components": DOCUMENT["components"]}
                    Draft202012Validator(schema).validate(example["value"])


def test_only_200_is_a_stream() -> None:
    streams = {
        (operation["operationId"], status)
        for _, _, operation in OPERATIONS
        for status, answer in operation["responses"].items()
        if "text/event-stream" in answer.get("content", {})
    }
    assert {status for _, status in streams} == {"200"}


def test_the_document_is_served_as_yaml_and_as_json(server: Any) -> None:
    as_yaml = httpx.get(f"{server.url}/api/schema/")
    as_json = httpx.get(f"{server.url}/api/schema/", headers={"Accept": "application/json"})
    assert yaml.safe_load(as_yaml.text) == as_json.json() == DOCUMENT
    assert json.loads(as_json.text)["info"]["title"] == "Haru"


@pytest.mark.parametrize("page", ["docs", "redoc"])
def test_the_pages_may_load_nothing_from_elsewhere(server: Any, page: str) -> None:
    answer = httpx.get(f"{server.url}/api/{page}/")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
