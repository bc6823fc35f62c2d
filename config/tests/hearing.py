"""Asking a stand-in by the real `openai` library and noting what comes; no assertions here."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from config import standin
from config.standin.script import Pace

AT_ONCE = Pace(words=8, seconds=0, first_word_seconds=0)


@dataclass
class Heard:
    """What came of a stream: its chunks, when each came, and the error that ended it."""

    chunks: list[ChatCompletionChunk] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    error: Exception | None = None

    @property
    def choices(self) -> list[Any]:
        return [chunk.choices[0] for chunk in self.chunks if chunk.choices]

    @property
    def text(self) -> str:
        return "".join(choice.delta.content or "" for choice in self.choices)

    @property
    def finish_reason(self) -> str | None:
        return self.choices[-1].finish_reason if self.choices else None


@asynccontextmanager
async def served(pace: Pace = AT_ONCE) -> AsyncIterator[tuple[AsyncOpenAI, str]]:
    running = await standin.start(pace=pace)
    client = AsyncOpenAI(base_url=running.base_url, api_key="x", max_retries=0)
    try:
        yield client, running.base_url.removesuffix("/v1")
    finally:
        await client.close()
        await running.stop()


async def listen(client: AsyncOpenAI, question: str, system: str = "", **more: Any) -> Heard:
    """Asks for a stream and hears it to its end, good or bad."""
    heard = Heard()
    began = time.monotonic()
    messages: Any = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    try:
        stream: Any = await client.chat.completions.create(model="any", messages=messages, stream=True, **more)
        async for chunk in stream:
            heard.chunks.append(chunk)
            heard.seconds.append(time.monotonic() - began)
    except Exception as error:
        heard.error = error
    return heard


async def answer(client: AsyncOpenAI, question: str) -> ChatCompletion:
    messages: Any = [{"role": "user", "content": question}]
    return await client.chat.completions.create(model="any", messages=messages)


def streamed(question: str, system: str = "", pace: Pace = AT_ONCE, **more: Any) -> Heard:
    async def run() -> Heard:
        async with served(pace) as (client, _):
            return await listen(client, question, system, **more)

    return asyncio.run(run())


def answered(question: str) -> ChatCompletion:
    async def run() -> ChatCompletion:
        async with served() as (client, _):
            return await answer(client, question)

    return asyncio.run(run())
