"""The only way to the model: opens a stream of Chat Completions, yields text, turns its errors into ours.

It knows no row of ours. What a provider says of an error is logged and never passed on.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx2
import openai
from django.conf import settings

logger = logging.getLogger("haru.provider")
OPENAI_URL = "https://api.openai.com/v1"  # said here, since the library would take an empty OPENAI_BASE_URL
CONNECT_SECONDS = 5
RETRY_WAIT_SECONDS = 0.5
REFUSAL_CODES = {"content_filter", "content_policy_violation"}
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REST_SECONDS = 2  # for the usage, which comes right behind the finish reason
REASON_MAX_CHARS = 40  # of a finish reason; what is longer or no count must not keep a reply from being stored
TOKENS_MAX = 10**9
SECRETS = re.compile(r"\bsk-\S+")


@dataclass(frozen=True)
class ModelRequest:
    """What the provider sees of us, and nothing else; `messages` are `{role, content}`."""

    model: str
    messages: list[dict[str, str]]
    max_output_tokens: int


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


class Provider:
    """One client a process, with its own pool of connections; without key and address every call fails."""

    def __init__(self, *, api_key: str, base_url: str) -> None:
        self.client = None
        if api_key or base_url:
            connections = settings.WORKER_REPLIES_MAX + 10
            self.client = openai.AsyncOpenAI(
                api_key=api_key or "none",
                base_url=base_url or OPENAI_URL,
                max_retries=0,  # ours is below: one, within the limit to the first word
                timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
                http_client=openai.DefaultAioHttpClient(
                    limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
                ),
            )

    async def close(self) -> None:
        if self.client:
            await self.client.close()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[str | Finish]:
        """The answer's text as it comes, at last its Finish; anything else is a ProviderFailure.

        The first word must come within `FIRST_WORD_SECONDS`, with one silent retry; how long the others may take is
        the reader's to say. Closing the iterator ends the call.
        """
        parts, first = await self.first_word(request)
        try:
            yield first
            async for part in parts:
                yield part
        finally:
            await parts.aclose()

    async def first_word(self, request: ModelRequest) -> tuple[Any, str | Finish]:
        """The open stream and its first part; a passing failure is tried once more if time allows."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + settings.FIRST_WORD_SECONDS
        try:
            async with asyncio.timeout_at(deadline):
                try:
                    return await self.opened(request)
                except ProviderFailure as failure:
                    wait = failure.retry_after if failure.retry_after is not None else RETRY_WAIT_SECONDS
                    if not failure.is_passing or loop.time() + wait >= deadline:
                        raise
                await asyncio.sleep(wait)
                return await self.opened(request)
        except TimeoutError:
            raise ProviderFailure("assistant_timeout") from None

    async def opened(self, request: ModelRequest) -> tuple[Any, str | Finish]:
        parts = self.parts(request)
        try:
            return parts, await anext(parts)
        except BaseException:
            await parts.aclose()
            raise

    async def parts(self, request: ModelRequest) -> AsyncGenerator[str | Finish]:
        """One call's text and Finish; the library's and the transport's errors become ours here."""
        if self.client is None:
            logger.error("No model: set OPENAI_API_KEY or OPENAI_BASE_URL.")
            raise ProviderFailure("assistant_unavailable")
        response = None
        try:
            # By the library's general call: `chat.completions.create` would look through every key of our plain
            # dict for files to encode, which costs more than all the rest of the call.
            opened = await self.client.post(
                "/chat/completions",
                body={
                    "model": request.model,
                    "messages": request.messages,
                    "max_completion_tokens": request.max_output_tokens,
                    "stream": True,
                    "stream_options": {"include_usage": True},
                },
                cast_to=object,
                stream=True,
                stream_cls=openai.AsyncStream[object],
            )
            response = opened.response
            answer = Answer()
            events = event_data(response.aiter_bytes())
            async for data in events:
                if text := answer.read(data):
                    yield text
                if answer.reason:
                    break
            if text := await answer.read_rest(events):
                yield text
            yield answer.finish()
        except (openai.APIError, httpx2.HTTPError) as error:
            fail(error)
        except ValueError:  # what came is not JSON, or not UTF-8
            logger.error("The model's stream is garbage.")
            raise ProviderFailure("assistant_unavailable") from None
        finally:
            if response is not None:
                await response.aclose()


async def event_data(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The `data:` of each server-sent event up to `[DONE]`, wherever the chunks are cut."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data = line[5:].strip()
                if data == b"[DONE]":
                    return
                yield data


class Answer:
    """What has been read of one answer besides its text; lean, since it runs once a word."""

    def __init__(self) -> None:
        self.reason = ""
        self.half = ""
        self.has_text = False
        self.is_refused = False
        self.usage: Mapping[str, Any] = {}

    def read(self, data: bytes) -> str:
        """The text of one chunk, perhaps none; ValueError if it is not of the protocol's shape."""
        try:
            return self.interpret(json.loads(data))
        except (AttributeError, LookupError, TypeError):
            raise ValueError from None

    async def read_rest(self, events: AsyncIterator[bytes]) -> str:
        """What follows the finish reason: the usage, seldom more; a server that does not hang up is not waited for."""
        text = ""
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                async for data in events:
                    text += self.read(data)
        return text

    def interpret(self, chunk: Mapping[str, Any]) -> str:
        if chunk.get("error"):
            logger.error("The model failed in its stream: %s", worded(chunk["error"]))
            raise ProviderFailure("assistant_unavailable", is_passing=not self.has_text)
        self.usage = chunk.get("usage") or self.usage
        choices = chunk.get("choices")
        if not choices:  # the last chunk, with the usage
            return ""
        delta = choices[0].get("delta") or {}
        self.reason = UNSTORABLE.sub("", str(choices[0].get("finish_reason") or self.reason))
        self.is_refused = self.is_refused or bool(delta.get("refusal"))
        text = self.storable(delta.get("content") or "")
        self.has_text = self.has_text or bool(text)
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
        if self.is_refused or self.reason == "content_filter":
            raise ProviderFailure("assistant_refused")
        if not self.reason or not self.has_text:
            logger.error("The model's answer is %s.", "empty" if self.reason else "cut")
            raise ProviderFailure("assistant_unavailable", is_passing=not self.has_text)
        return Finish(
            self.reason[:REASON_MAX_CHARS], self.tokens_of("prompt_tokens"), self.tokens_of("completion_tokens")
        )

    def tokens_of(self, name: str) -> int | None:
        """A count of the usage, None where it is none."""
        counted = self.usage.get(name)
        return counted if isinstance(counted, int) and 0 <= counted <= TOKENS_MAX else None


def fail(error: openai.APIError | httpx2.HTTPError) -> NoReturn:
    """Raises the ProviderFailure for an error, having logged what the provider said."""
    if not isinstance(error, openai.APIStatusError):
        logger.error("The model cannot be reached: %s", type(error).__name__)
        raise ProviderFailure("assistant_unavailable", is_passing=True) from None
    logger.error("The model answered %d: %s", error.status_code, worded(error.body))
    if error.status_code == 400 and error.code in REFUSAL_CODES:
        raise ProviderFailure("assistant_refused") from None
    raise ProviderFailure(
        "assistant_unavailable",
        retry_after=seconds(error.response.headers.get("retry-after")),
        is_passing=error.status_code in (408, 409, 429) or error.status_code >= 500,
    ) from None


def worded(body: object) -> str:
    """A provider's error for the log, short and without keys."""
    said = body if isinstance(body, dict) else {"message": body}
    return SECRETS.sub("sk-…", " ".join(str(said.get(part)) for part in ("type", "code", "message")))[:300]


def seconds(header: str | None) -> float | None:
    """`Retry-After` in seconds; a date or nonsense counts as absent."""
    try:
        return max(0.0, float(header or ""))
    except ValueError:
        return None
