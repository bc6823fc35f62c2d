"""The only way to the model: opens a stream of Chat Completions, yields text, turns its errors into ours.

It knows no row of ours. What a provider says of an error is logged and never passed on.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import httpx2
import openai
from django.conf import settings

from chat.chunks import Answer, Finish, ProviderFailure, event_data, worded

logger = logging.getLogger("haru.provider")
OPENAI_URL = "https://api.openai.com/v1"  # said here, since the library would take an empty OPENAI_BASE_URL
CONNECT_SECONDS = 5
RETRY_WAIT_SECONDS = 0.5
REFUSAL_CODES = {"content_filter", "content_policy_violation"}


@dataclass(frozen=True)
class ModelRequest:
    """What the provider sees of us, and nothing else; `messages` are `{role, content}`."""

    model: str
    messages: list[dict[str, str]]
    max_output_tokens: int


class Provider:
    """One client a process, with its own pool of connections; without key and address every call fails."""

    def __init__(self, *, api_key: str, base_url: str) -> None:
        self.client = None
        if api_key or base_url:
            connections = settings.WORKER_REPLIES_MAX + 10
            self.client = openai.AsyncOpenAI(
                api_key=api_key or "none",
                base_url=base_url or OPENAI_URL,
                default_headers={"Accept-Encoding": "identity"},  # words are short, and unpacking one costs more
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

    async def asked(self, client: openai.AsyncOpenAI, request: ModelRequest) -> httpx2.Response:
        """The open answer to one call.

        By the library's general call: `chat.completions.create` would look through every key of our plain dict for
        files to encode, which costs as much as all the rest of the call.
        """
        opened = await client.post(
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
        return opened.response

    async def parts(self, request: ModelRequest) -> AsyncGenerator[str | Finish]:
        """One call's text and Finish; the library's and the transport's errors become ours here."""
        if self.client is None:
            logger.error("No model: set OPENAI_API_KEY or OPENAI_BASE_URL.")
            raise ProviderFailure("assistant_unavailable")
        response = None
        try:
            response = await self.asked(self.client, request)
            answer = Answer()
            events = event_data(aiter(cast(AsyncIterator[bytes], response.stream)))  # as they come: nothing is packed
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


def seconds(header: str | None) -> float | None:
    """`Retry-After` in seconds; a date or nonsense counts as absent."""
    try:
        return max(0.0, float(header or ""))
    except ValueError:
        return None
