"""What a request to the model may hold, refused as OpenAI would; how it is answered is not here."""

import json
from collections.abc import Mapping
from typing import Any

Body = dict[str, Any]

PARAMETER_NAMES = """
    audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens
    max_tokens messages metadata modalities model moderation n parallel_tool_calls prediction
    presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort
    response_format safety_identifier seed service_tier stop store stream stream_options
    temperature tool_choice tools top_logprobs top_p user verbosity web_search_options
"""
PARAMETERS = frozenset(PARAMETER_NAMES.split())
ROLES = ("assistant", "developer", "function", "system", "tool", "user")


class InvalidRequestError(Exception):
    """What OpenAI answers with 400 or 401: `status`, and a message with `param` and `code`."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.param, self.code, self.status = param, code, status


def check_key(authorization: str) -> None:
    """Any bearer key will do, none will not."""
    if not authorization.startswith("Bearer "):
        raise InvalidRequestError("You didn't provide an API key.", status=401)


def checked_body(content: bytes) -> Body:
    """The request's body; raises `InvalidRequestError` for what OpenAI would refuse."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise InvalidRequestError("We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict):
        raise InvalidRequestError("The JSON body of your request must be an object.")
    for name in body:
        if name not in PARAMETERS:
            raise InvalidRequestError(f"Unrecognized request argument supplied: {name}")
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise InvalidRequestError("you must provide a model parameter")
    check_stream(body)
    check_messages(body.get("messages"))
    return body


def check_stream(body: Body) -> None:
    options = body.get("stream_options")
    if not isinstance(body.get("stream"), bool | None):
        raise InvalidRequestError("Invalid type for 'stream'.", "stream", "invalid_type")
    if not isinstance(options, dict | None):
        message = "Invalid type for 'stream_options'."
        raise InvalidRequestError(message, "stream_options", "invalid_type")
    if options is not None and not body.get("stream"):
        reason = "is only allowed when 'stream' is enabled."
        raise InvalidRequestError(f"The 'stream_options' parameter {reason}", "stream_options")


def check_messages(messages: object) -> None:
    """Wants a list of messages, each with a known role and a content."""
    if messages is None:
        message = "Missing required parameter: 'messages'."
        raise InvalidRequestError(message, "messages", "missing_required_parameter")
    if not isinstance(messages, list) or not messages:
        raise InvalidRequestError("Invalid type for 'messages'.", "messages", "invalid_type")
    for index, message in enumerate(messages):
        if where := wrong_part(message):
            place = f"messages[{index}]{where}"
            raise InvalidRequestError(f"Invalid value for '{place}'.", place, "invalid_value")


def wrong_part(message: object) -> str | None:
    """Which part of a message is wrong, `.role` or `.content`; None when both are right."""
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        return ".role"
    content = message.get("content")
    may_be_empty = message["role"] == "assistant" and content is None
    return None if isinstance(content, str | list) or may_be_empty else ".content"


def text_of(message: Mapping[str, Any]) -> str:
    """A message's words, be its content a string or a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


def texts_by_role(body: Body, *roles: str) -> list[str]:
    """The words of the messages in these roles, oldest first."""
    return [text_of(message) for message in body["messages"] if message["role"] in roles]
