"""Reading one answer of the model: its server-sent events, the chunks in them, their text, how it ended."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger("haru.provider")
from_json = json.JSONDecoder().raw_decode  # `json.loads` guesses encodings and looks for blanks, at every word
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REASON_MAX_CHARS = 40  # of a finish reason; what is longer or no count must not keep a reply from being stored
TOKENS_MAX = 10**9
LINE_MAX_BYTES = 2**20  # a thousand times what a provider sends at once: memory stays bounded whatever stands there
BROKEN_OFF = {"error", "abort", "insufficient_system_resource"}  # the reasons of OpenRouter, vLLM and DeepSeek for it
TELLING = ("type", "code", "param", "message", "detail", "loc", "msg")  # of OpenAI's errors, and of FastAPI's
TELLING_DEPTH = 6
SECRETS = re.compile(r"\bsk-\S+")


@dataclass(frozen=True)
class Finish:
    """How a whole answer ended: `stop` or `length`, and its tokens if the provider counts them."""

    reason: str
    tokens_input: int | None = None
    tokens_output: int | None = None


class ProviderFailure(Exception):
    """No answer, or half of one; `code` is `assistant_unavailable`, `assistant_timeout` or `assistant_refused`."""

    def __init__(self, code: str, *, retry_after: float | None = None, is_passing: bool = False) -> None:
        super().__init__(code)
        self.code, self.retry_after, self.is_passing = code, retry_after, is_passing


class Answer:
    """What has been read of one answer besides its text; lean, since it runs once a word."""

    def __init__(self) -> None:
        self.cut = b""  # a line whose end has not come
        self.half = ""  # a character of which that is true
        self.reason = ""
        self.is_over = False
        self.has_text = False
        self.is_refused = False
        self.usage: Mapping[str, Any] = {}

    @property
    def has_ended(self) -> bool:
        """Whether the model has said all that it will: what becomes of the wire afterwards spoils nothing."""
        return bool(self.reason) or self.is_over

    def events(self, piece: bytes) -> list[bytes]:
        """The `data:` of the server-sent events that end in this piece of the wire, up to `[DONE]`.

        ValueError for a line longer than `LINE_MAX_BYTES`.
        """
        *lines, self.cut = (self.cut + piece).split(b"\n")
        if len(self.cut) > LINE_MAX_BYTES:
            raise ValueError("a line without an end")
        datas = [line[5:].strip() for line in lines if line.startswith(b"data:")]
        if b"[DONE]" in datas:
            self.is_over = True
            del datas[datas.index(b"[DONE]") :]
        return datas

    def read(self, data: bytes) -> str:
        """The text of one chunk, perhaps none; ValueError if it is not of the protocol's shape."""
        try:
            chunk, _end = from_json(data.decode("utf-8", "surrogatepass"))
            return self.interpret(chunk)
        except (AttributeError, LookupError, RecursionError, TypeError):
            raise ValueError("not of the protocol's shape") from None

    def interpret(self, chunk: Mapping[str, Any]) -> str:
        if chunk.get("error") or chunk.get("object") == "error":
            logger.error("The model failed in its stream: %s", worded(chunk.get("error") or chunk))
            raise ProviderFailure("assistant_unavailable", is_passing=not self.has_text)
        if isinstance(usage := chunk.get("usage"), dict):
            self.usage = usage
        choices = chunk.get("choices")
        if not choices:  # the last chunk, with the usage
            return ""
        delta = choices[0].get("delta") or {}
        if reason := choices[0].get("finish_reason"):
            self.reason = UNSTORABLE.sub("", str(reason))
        self.is_refused = self.is_refused or bool(delta.get("refusal"))
        text = self.storable(delta.get("content") or "")
        if not self.has_text and not text.strip():
            return ""  # lines that some leave empty before their first word
        self.has_text = True
        return text

    def storable(self, text: str) -> str:
        """The text without NUL, and with surrogates joined that a server cut into two chunks."""
        text, self.half = self.half + text, ""
        if not UNSTORABLE.search(text):
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self.half = text[:-1], text[-1]
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return joined.replace("\x00", "")

    def finish(self) -> Finish:
        """The Finish of a whole answer; a refusal, a cut stream and an empty answer are failures."""
        if self.is_refused or self.reason.startswith("content_filter"):  # Gemini says why behind it
            raise ProviderFailure("assistant_refused")
        is_cut = not self.reason or self.reason in BROKEN_OFF
        if is_cut or not self.has_text:
            reason = self.reason[:REASON_MAX_CHARS] or "no reason given"
            logger.error("The model's answer is %s (%s).", "cut" if is_cut else "empty", reason)
            is_spent = self.reason == "length"  # on thoughts: the same again would cost as much
            raise ProviderFailure("assistant_unavailable", is_passing=not self.has_text and not is_spent)
        return Finish(
            self.reason[:REASON_MAX_CHARS], self.tokens_of("prompt_tokens"), self.tokens_of("completion_tokens")
        )

    def tokens_of(self, name: str) -> int | None:
        """A count of the usage, None where it is none."""
        counted = self.usage.get(name)
        return counted if isinstance(counted, int) and 0 <= counted <= TOKENS_MAX else None


def worded(body: object) -> str:
    """A provider's error for the log, short, without keys, and without what it repeats of the question."""
    return SECRETS.sub("sk-…", " ".join(telling(body)))[:300]


def telling(said: object, depth: int = 0) -> Iterator[str]:
    """The parts of an error that may be logged: Pydantic's, for one, stand beside the `input` that they are about."""
    if isinstance(said, dict | list) and depth < TELLING_DEPTH:
        for part in said if isinstance(said, list) else [said[name] for name in TELLING if name in said]:
            yield from telling(part, depth + 1)
    elif isinstance(said, str | int) and said:
        yield str(said)
