"""What no answer may hold: hashes and keys by the document, prompts in fact; and whose token is whose."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.conf import settings

from chat.assistants import definition, prompts
from chat.models import Message
from chat.tests.asking import new_conversation
from chat.tests.test_ownership import routes
from config.tests import secrets

DOCUMENT = yaml.safe_load((settings.BASE_DIR / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
FORM = {"inputs": {"friend": "bori"}}
# The only secrets that are ever given out, to whom they belong.
GIVEN_OUT = {"access", "refresh"}
TELLING = ("password", "hash", "secret", "token", "key", "prompt", "email", "address", "session", "code", "template")
# Names that tell nothing: counts of the model's tokens, the word of an error, one's own profile.
HARMLESS = {"tokens", "code", "error_code", "email", "email_verified", "has_password"}


def shapes(schema: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names of all properties that an answer of this schema may have, at any depth."""
    if isinstance(schema, list):
        for part in schema:
            yield from shapes(part, seen)
    elif isinstance(schema, dict):
        if (name := str(schema.get("$ref", "")).rpartition("/")[2]) and name not in seen:
            yield from shapes(DOCUMENT["components"]["schemas"][name], seen | {name})
        yield from schema.get("properties", {})
        for part in (*schema.get("properties", {}).values(), *schema.values()):
            yield from shapes(part, seen)


ANSWERS = [
    (f"{method.upper()} {path} {status}", content.get("schema", {}))
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for status, answer in operation["responses"].items()
    if status < "400"
    for content in answer.get("content", {}).values()
]


@pytest.mark.parametrize(("answer", "schema"), ANSWERS, ids=[name for name, _ in ANSWERS])
def test_no_shape_that_is_given_out_has_a_place_for_a_secret(answer: str, schema: Any) -> None:
    names = {name for name in shapes(schema) if any(word in name for word in TELLING)}
    assert names - HARMLESS <= (GIVEN_OUT if "accounts" in answer else set())


def test_a_place_for_a_secret_is_noticed() -> None:
    asked: dict[str, Any] = {"properties": {"user": {"allOf": [{"properties": {"password_hash": {}}}]}}}
    assert "password_hash" in set(shapes(asked))


def test_no_answer_holds_what_the_model_is_told(alice: Any) -> None:
    """Neither the assistant's instructions nor the message made of a form, on whatever route."""
    made = next(one for one in definition.load_files() if one["slug"] == "english-friend")
    told = [prompts.system_prompt(made, language) for language in ("ko", "en")]
    told += [prompts.message(made, FORM["inputs"], language) for language in ("ko", "en")]
    conversation = new_conversation(alice, "english-friend")
    asked = alice.post(f"chat/conversations/{conversation}/messages/", json=FORM)
    reply = asked.json()["reply"]["id"]
    ids = {"chat/conversations": conversation, "chat/messages": reply, "accounts/sessions": str(alice.session.id)}
    answers = [asked.text, alice.get(f"chat/conversations/{conversation}/export/?format=json").text]
    for _, path, view in routes():
        if hasattr(view, "get") and path.startswith("api/v1/") and "<slug:provider>" not in path:
            own = next((found for prefix, found in ids.items() if prefix in path), "")
            url = path.removeprefix("api/v1/").replace("<uuid:id>", own).replace("<slug:slug>", "english-friend")
            answers.append(alice.get(url).text)
    assert len(answers) > 12
    for words in told:
        sentences = [line for line in words.splitlines() if len(line) > 20]
        assert sentences
        for sentence in sentences:
            escaped = json.dumps(sentence, ensure_ascii=False)[1:-1]
            assert not any(sentence in answer or escaped in answer for answer in answers)
    assert Message.objects.filter(role="user").count() == 1


def test_tokens_that_begin_alike_are_told_apart(alice: Any, bob: Any) -> None:
    hers, his = (person.headers["Authorization"] for person in (alice, bob))
    assert hers[:40] == his[:40]
    for _ in range(3):
        assert alice.get("accounts/me/").json()["nickname"] == "Alice"
        assert bob.get("accounts/me/").json()["nickname"] == "Bob"


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN EC " + "PRIVATE KEY-----",
        "key: sk-" + "a1" * 20,
        "DJANGO_SECRET_KEY=" + "x" * 50,
        "https://haru:" + "correcthorse@db.example/haru",
        ".".join(["eyJ" + "a" * 20, "eyJ" + "b" * 20, "c" * 20]),
        "AKIA" + "A1" * 8,
    ],
)
def test_a_secret_in_a_file_is_noticed(text: str) -> None:
    assert secrets.found(f"before\n{text}\nafter")
    assert secrets.found("OPENAI_API_KEY=\npostgresql://user:password@host:5432/name\nsk-…") == []
