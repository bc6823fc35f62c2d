"""OpenAI's wire format: chunks, whole answers, errors; no timing and no choice of words."""

import json
import secrets
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from config.standin.request import ROLES, Body, texts_by_role

ERROR_KINDS = {
    401: ("invalid_request_error", "invalid_api_key"),
    429: ("requests", "rate_limit_exceeded"),
}
DONE = b"data: [DONE]\n\n"


def encoded(content: object) -> bytes:
    """JSON in UTF-8 without escapes, as OpenAI's; a lone surrogate becomes a question mark."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def error_body(message: str, kind: str, param: str | None = None, code: str | None = None) -> Body:
    """The one shape of OpenAI's errors."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def scripted_error(status: int, *, secret: bool) -> Body:
    """The error a script asks for; `secret` puts words into it that no member may ever see."""
    usual = ("server_error" if status >= 500 else "invalid_request_error", None)
    kind, code = ERROR_KINDS.get(status, usual)
    note = " Key: sk-upstream-secret." if secret else ""
    return error_body(f"The stand-in was asked to fail with {status}.{note}", kind, None, code)


def tokens(text: str) -> int:
    """About as many tokens as a model would count: a third of the UTF-8 bytes."""
    return -(-len(text.encode("utf-8", "replace")) // 3)


def usage(body: Body, answer: str) -> dict[str, int]:
    """The estimated tokens of question and answer."""
    prompt = sum(tokens(text) + 4 for text in texts_by_role(body, *ROLES))
    completion = tokens(answer)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


@lru_cache(maxsize=4096)
def encoded_word(word: str) -> bytes:
    """A word as a JSON string; the same few words make up most replies."""
    return encoded(word)


def envelope(body: Body, kind: str) -> Body:
    """What a chunk and a whole answer have in common."""
    identity = {"id": f"chatcmpl-{secrets.token_hex(12)}", "object": kind}
    return {**identity, "created": int(time.time()), "model": body["model"]}


class Chunks:
    """The chunks of one stream; what they have in common is encoded once."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        self.envelope = envelope(body, "chat.completion.chunk")
        self.before, self.after = self.delta({"content": "\0"}).split(encoded("\0"))

    def event(self, fields: Mapping[str, Any]) -> bytes:
        return b"data: " + encoded({**self.envelope, **fields}) + b"\n\n"

    def delta(self, delta: Mapping[str, str], finish_reason: str | None = None) -> bytes:
        """A chunk with one choice; its usage is null where the last chunk will tell it."""
        usage_is_later = {"usage": None} if self.with_usage else {}
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return self.event({"choices": [choice], **usage_is_later})

    def word(self, word: str) -> bytes:
        """A chunk with a piece of the text."""
        return self.before + encoded_word(word) + self.after

    def ending(self, finish_reason: str | None, answer: str) -> bytes:
        """The finish (None: without one), the usage if it was asked for, and `[DONE]`."""
        finish = self.delta({}, finish_reason) if finish_reason else b""
        if not self.with_usage:
            return finish + DONE
        return finish + self.event({"choices": [], "usage": usage(self.body, answer)}) + DONE


def completion(body: Body, message: Mapping[str, str | None], finish_reason: str | None) -> Body:
    """The answer in one piece."""
    whole = {"role": "assistant", **message}
    return {
        **envelope(body, "chat.completion"),
        "choices": [{"index": 0, "message": whole, "finish_reason": finish_reason}],
        "usage": usage(body, message["content"] or ""),
    }


def model_list(name: str, created: int) -> Body:
    """The answer to `GET /v1/models`; `created` in seconds since 1970."""
    model = {"id": name, "object": "model", "created": created, "owned_by": "haru"}
    return {"object": "list", "data": [model]}
