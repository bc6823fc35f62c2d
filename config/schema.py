"""The OpenAPI document: which statuses every route answers, and the words around it; a route's own are in its app."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import override
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, is_list_serializer
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from config import problems

PROBLEM_JSON = "application/problem+json"
EVERYWHERE = ("method_not_allowed", "not_acceptable", "server_error", "not_ready")
OF_MEMBERS = ("not_authenticated", "token_invalid", "session_ended", "banned")
OF_BODIES = ("invalid", "parse_error", "payload_too_large", "unsupported_media_type")
OF_LIMITS = ("too_many_requests",)
WAITING = {
    "daily_limit_reached",
    "too_many_attempts",
    "service_limit_reached",
    "maintenance",
    "draining",
    "busy",
    "not_ready",
    *OF_LIMITS,
}
REQUEST_ID = "6f1f6e0c5d3b4f6f9f57d1f1b9f0a2c4"


@dataclass(frozen=True)
class Operation:
    """What one method of a view takes and answers; the statuses that every route has are added to `codes`."""

    id: str
    tag: str
    summary: str
    description: str
    answers: Mapping[Any, Any]  # status, or (status, media type): serializer, OpenApiResponse, None without a body
    request: Any = None
    examples: Sequence[OpenApiExample] = ()
    codes: Sequence[str] = ()
    parameters: Sequence[OpenApiParameter] = ()
    is_open: bool = False
    has_query: bool = False
    headers: Mapping[str, tuple[str, list[int]]] = field(default_factory=dict)


def sent(value: object, name: str = "Request") -> OpenApiExample:
    """An example of a body that is sent."""
    return OpenApiExample(name, value=value, request_only=True)


def answered(value: object, status: int = 200) -> OpenApiExample:
    """An example of a body that comes back."""
    return OpenApiExample("Answer", value=value, response_only=True, status_codes=[str(status)])


def query(name: str, words: str, kind: Any = str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=words, **more)


def header(name: str, words: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=words, **more)


@cache
def operations() -> dict[tuple[str, str], Operation]:
    """Every operation by the name of its view and its method; made only when a document is."""
    return {
        **import_module("accounts.openapi").OPERATIONS,
        **import_module("chat.openapi").OPERATIONS,
        **import_module("config.desk.openapi").OPERATIONS,
    }


def problem_schema() -> dict[str, Any]:
    """The envelope of every error."""
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "RFC 9457. `code` is stable, `detail` is a sentence for people in the language asked for.",
        "required": ["status", "title", "code", "detail", "request_id"],
        "properties": {
            "status": {"type": "integer"},
            "title": text,
            "code": {**text, "enum": sorted(problems.CODES)},
            "detail": text,
            "errors": {"type": "object", "additionalProperties": {"type": "array", "items": text}},
            "request_id": text,
            "quota": {"$ref": "#/components/schemas/Quota"},
            "message": {"$ref": "#/components/schemas/Question"},
            "reply": {"$ref": "#/components/schemas/Reply"},
        },
    }


def problem_example(code: str) -> dict[str, Any]:
    """One error as it leaves, in English."""
    with override("en"):
        errors = {"field": ["This field is required."]} if code == "invalid" else None
        return problems.envelope(code, errors=errors) | {"request_id": REQUEST_ID}


def problem_answers(codes: Iterable[str]) -> dict[str, Any]:
    """The answers for some codes, grouped by status, each code an example."""
    answers: dict[str, Any] = {}
    for code in sorted(set(codes), key=lambda code: (problems.CODES[code][0], code)):
        status = str(problems.CODES[code][0])
        body = answers.setdefault(
            status,
            {
                "description": HTTPStatus(int(status)).phrase,
                "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        body["content"][PROBLEM_JSON]["examples"][code] = {"value": problem_example(code)}
        if code in WAITING:
            body["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return answers


class Schema(AutoSchema):
    """drf-spectacular's inspector, told what each operation is instead of guessing."""

    @property
    def operation(self) -> Operation:
        return operations()[type(self.view).__name__, self.method.lower()]

    def get_operation_id(self) -> str:
        return self.operation.id

    def get_tags(self) -> list[str]:
        return [self.operation.tag]

    def get_summary(self) -> str:
        return self.operation.summary

    def get_description(self) -> str:  # type: ignore[override]
        return self.operation.description

    def get_request_serializer(self) -> Any:
        return self.operation.request

    def get_response_serializers(self) -> Any:
        return dict(self.operation.answers) or {200: None}

    def get_examples(self) -> list[OpenApiExample]:
        return list(self.operation.examples)

    def get_override_parameters(self) -> list[Any]:
        headers = {
            "X-Request-ID": (
                "Names this request in the log.",
                [status[0] if isinstance(status, tuple) else status for status in self.operation.answers],
            )
        }
        in_answers = [
            header(name, words, response=statuses)
            for name, (words, statuses) in {**headers, **self.operation.headers}.items()
        ]
        return [*self.operation.parameters, *in_answers]

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(is_list_serializer(serializer))  # a bare list; pages are said by name

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        kind = ResolvedComponent.SCHEMA
        problem: Any = ResolvedComponent("Problem", kind, problem_schema(), "Problem")  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(problem)
        answers = problem_answers(self.codes()) | super()._get_response_bodies(direction)
        return dict(sorted(answers.items()))

    def codes(self) -> set[str]:
        """This operation's own codes, and those that follow from what it is."""
        operation = self.operation
        found = {*EVERYWHERE, *operation.codes}
        found.update(() if operation.is_open else OF_MEMBERS)
        found.update(OF_BODIES if operation.request else ())
        found.update(("invalid",) if operation.has_query else ())
        found.update(OF_LIMITS if hasattr(self.view, "throttle_scope") else ())
        found.update(("not_found",) if "{" in self.path else ())
        return found


class NothingElse(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says of every body that is sent what `StrictSerializer` does: keys that are not named are refused."""

    target_class = "config.fields.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        shape = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return shape | {"additionalProperties": False} if direction == "request" else shape


class BearerToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a member shows who they are."""

    target_class = "accounts.authentication.SessionTokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The `access` token."}


def codes_table() -> str:
    """Every code of an error with its status and words, as Markdown."""
    with override("en"):
        rows = [f"| `{code}` | {status} | {words} |" for code, (status, words) in problems.CODES.items()]
    return "\n".join(["| code | status | detail |", "|---|---|---|", *rows])


def description() -> str:
    """The document's first page: how to begin, the stream and a client of it, the codes."""
    client = (Path(settings.BASE_DIR) / "docs" / "sse-client.js").read_text(encoding="utf-8")
    text = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text(encoding="utf-8")
    return text.replace("{client}", client.strip()).replace("{codes}", codes_table())


def describe(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Post-processing hook: puts the description in, which is longer than a setting should be."""
    result["info"]["description"] = description()
    return result
