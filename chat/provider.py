"""The only way to the model: opens a stream of Chat Completions, hands its text on, turns its errors into ours.

It knows no row of ours. What a provider says of an error is logged and never passed on.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import NoReturn, cast

import aiohttp
import httpx2
import openai
from django.conf import settings

from chat.chunks import Answer, Finish, ProviderFailure, worded

logger = logging.getLogger("haru.provider")
Take = Callable[[str], bool | None]  # what is done with a piece of text; true for: that is enough
OPENAI_URL = "https://api.openai.com/v1"  # said here, since the library would take an empty OPENAI_BASE_URL
CONNECT_SECONDS = 5
RETRY_WAIT_SECONDS = 0.5
REST_SECONDS = 2  # for the usage, which comes right behind the finish reason
ERROR_MAX_BYTES = 2**16  # of an answer that is none: what it says is logged, cut, and no more is read of it
END_SECONDS = 0.1  # for the body's end, right behind `[DONE]`: only a body that was read to it leaves a connection open
REFUSAL_CODES = {"content_filter", "content_policy_violation"}


@dataclass(frozen=True)
class ModelRequest:
    """What the provider sees of us, and nothing else; `messages` are `{role, content}`."""

    model: str
    messages: list[dict[str, str]]
    max_output_tokens: int


class Provider:
    """One client a process, with its own pool of connections; without key and address every call fails.

    Address, headers and transport are the library's, and each call is one request of its transport: the library's own
    way to it, made for whatever its service can do, costs four times the processor.
    """

    def __init__(self, *, api_key: str, base_url: str) -> None:
        self.http = None
        if api_key or base_url:
            connections = settings.WORKER_REPLIES_MAX + 10
            self.http = openai.DefaultAioHttpClient(
                limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
                timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            )
            url = base_url or OPENAI_URL
            client = openai.AsyncOpenAI(api_key=api_key or "none", base_url=url, http_client=self.http)
            self.url = httpx2.URL(f"{client.base_url}chat/completions")
            told = {**client.default_headers, **client.auth_headers}
            self.headers = {name: value for name, value in told.items() if isinstance(value, str)}
            self.headers["Accept-Encoding"] = "identity"  # words are short, and unpacking one costs more

    async def close(self) -> None:
        if self.http:
            await self.http.aclose()

    async def answer(self, request: ModelRequest, take: Take) -> Finish:
        """Hands the answer's text to `take` as it comes, and returns its Finish; anything else is a ProviderFailure.

        The first word must come within `FIRST_WORD_SECONDS`, with one silent retry; how long the others may take is
        the caller's to say. Cancelling it ends the call.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + settings.FIRST_WORD_SECONDS
        try:
            return await self.call(request, take, deadline)
        except ProviderFailure as failure:
            wait = failure.retry_after if failure.retry_after is not None else RETRY_WAIT_SECONDS
            if not failure.is_passing or loop.time() + wait >= deadline:
                raise
        await asyncio.sleep(wait)
        return await self.call(request, take, deadline)

    async def call(self, request: ModelRequest, take: Take, deadline: float) -> Finish:
        """One call, its first word due at `deadline` (the loop's time); others' errors become ours here."""
        if self.http is None:
            logger.error("No model: set OPENAI_API_KEY or OPENAI_BASE_URL.")
            raise ProviderFailure("assistant_unavailable")
        answer, response = Answer(), None
        try:
            async with asyncio.timeout_at(deadline) as patience:
                response = await self.asked(self.http, request)
                async with aclosing(pieces(response)) as wire:
                    await read(wire, answer, take, patience)
        except TimeoutError:
            if not answer.has_ended:
                raise ProviderFailure("assistant_timeout") from None
        except (httpx2.HTTPError, aiohttp.ClientError) as error:  # its transport names most of aiohttp's, not all
            if not answer.has_ended:
                logger.error("The model cannot be reached: %s", type(error).__name__)
                raise ProviderFailure("assistant_unavailable", is_passing=not answer.has_text) from None
        except ValueError:  # what came is not JSON, or not UTF-8
            logger.error("The model's stream is garbage.")
            raise ProviderFailure("assistant_unavailable") from None
        finally:
            if response is not None:
                await response.aclose()
        return answer.finish()

    async def asked(self, http: httpx2.AsyncClient, request: ModelRequest) -> httpx2.Response:
        """The open answer to one call."""
        body = {
            "model": request.model,
            "messages": request.messages,
            settings.OPENAI_MAX_TOKENS_PARAMETER: request.max_output_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        response = await http.send(httpx2.Request("POST", self.url, headers=self.headers, json=body), stream=True)
        if not response.is_success:
            await refused(response)
        kind = response.headers.get("content-type", "")
        if "event-stream" not in kind:  # read all the same: not every server that streams says so
            logger.warning("The model answers as %s, which is no event stream.", kind[:80] or "nothing known")
        return response


def pieces(response: httpx2.Response) -> AsyncGenerator[bytes]:
    """The body as it comes: nothing is packed, so nothing need be unpacked."""
    return cast(AsyncGenerator[bytes], aiter(cast(AsyncIterable[bytes], response.stream)))


async def read(wire: AsyncIterator[bytes], answer: Answer, take: Take, patience: asyncio.Timeout) -> None:
    """Reads one answer to its end, or until `take` has enough.

    `patience` is the deadline of the first word until that has come; then of what follows the finish reason, seldom
    more than the usage; at last of the body's end: a server that does not hang up is not waited for.
    """
    now, first = asyncio.get_running_loop().time, patience.when()
    async for piece in wire:
        if answer.is_over:
            continue
        text = ""
        for data in answer.events(piece):
            text = answer.read(data)
            if text and take(text):
                answer.reason = "length"
                return
        if answer.is_over:
            patience.reschedule(now() + END_SECONDS)
        elif answer.reason and (text or patience.when() in (first, None)):  # some name a reason in every chunk
            patience.reschedule(now() + REST_SECONDS)
        elif answer.has_text and patience.when() == first:
            patience.reschedule(None)


async def refused(response: httpx2.Response) -> NoReturn:
    """Raises the ProviderFailure for an answer that is none, having logged what the provider said."""
    try:
        said = error_of(await beginning(response))
    finally:
        await response.aclose()
    logger.error("The model answered %d: %s", response.status_code, worded(said))
    if response.status_code == 400 and isinstance(said, dict) and str(said.get("code")) in REFUSAL_CODES:
        raise ProviderFailure("assistant_refused")
    raise ProviderFailure(
        "assistant_unavailable",
        retry_after=seconds(response.headers.get("retry-after")),
        is_passing=response.status_code in (408, 409, 429) or response.status_code >= 500,
    )


async def beginning(response: httpx2.Response) -> str:
    """A body, or its first `ERROR_MAX_BYTES`: memory stays bounded whatever stands there."""
    body = b""
    async for piece in pieces(response):
        body = (body + piece)[:ERROR_MAX_BYTES]
        if len(body) == ERROR_MAX_BYTES:
            break
    return body.decode("utf-8", "replace")


def error_of(said: str) -> object:
    """What an answer says of its error: the protocol's `error` object, or whatever stands there instead."""
    try:
        body = json.loads(said)
    except (ValueError, RecursionError):
        return said
    return body.get("error", body) if isinstance(body, dict) else body


def seconds(header: str | None) -> float | None:
    """`Retry-After` in seconds; a date or nonsense counts as absent."""
    try:
        return max(0.0, float(header or ""))
    except ValueError:
        return None
