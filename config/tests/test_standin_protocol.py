"""The stand-in's protocol: chunks, refusals, figures, its start and stop; no Django."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from openai import AsyncOpenAI

from config import standin
from config.tests.hearing import AT_ONCE, listen, served, streamed

ONE_QUESTION: dict[str, Any] = {"model": "any", "messages": [{"role": "user", "content": "hi"}]}


def posted(body: Any, path: str = "/v1/chat/completions", key: str = "x") -> tuple[int, Any]:
    """The status and JSON of a raw POST; no key where it is empty."""

    async def run() -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with served() as (_, url), aiohttp.ClientSession() as session:
            response = await session.post(url + path, data=json.dumps(body), headers=headers)
            return response.status, await response.json()

    return asyncio.run(run())


async def calls(url: str) -> dict[str, int]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/calls") as response:
        figures: dict[str, int] = await response.json()
        return figures


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits for the condition, half a minute at most."""
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110  # figures are asked, they do not call
            await asyncio.sleep(0.01)


def test_the_first_chunk_has_the_role_and_all_share_one_id() -> None:
    heard = streamed("hi")
    assert heard.choices[0].delta.role == "assistant"
    assert len({chunk.id for chunk in heard.chunks}) == 1
    assert {chunk.object for chunk in heard.chunks} == {"chat.completion.chunk"}
    assert {chunk.model for chunk in heard.chunks} == {"any"}


def test_usage_comes_last_and_only_when_asked_for() -> None:
    last = streamed("hi", stream_options={"include_usage": True}).chunks[-1]
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens > 8
    assert all(chunk.usage is None for chunk in streamed("hi").chunks)


def test_split_cuts_inside_of_a_character() -> None:
    async def run() -> list[bytes]:
        body = {**ONE_QUESTION, "stream": True}
        body["messages"] = [{"role": "user", "content": "[[emoji]] [[split]]"}]
        headers = {"Authorization": "Bearer x"}
        async with served() as (client, _), aiohttp.ClientSession(headers=headers) as session:
            response = await session.post(f"{client.base_url}chat/completions", json=body)
            return [part async for part, _ in response.content.iter_chunks()]

    with pytest.raises(UnicodeDecodeError):
        [part.decode() for part in asyncio.run(run())]


def test_a_client_that_leaves_counts_as_aborted_at_once() -> None:
    async def run() -> dict[str, int]:
        async with served() as (client, url):
            await listen(client, "hi")
            stream = await client.chat.completions.create(
                model="any",
                messages=[{"role": "user", "content": "[[words=9]] [[over=60]]"}],
                stream=True,
            )
            await anext(aiter(stream))
            assert (await calls(url))["open"] == 1
            await stream.close()

            async def is_aborted() -> bool:
                return (await calls(url))["aborted"] == 1

            await until(is_aborted)
            return await calls(url)

    assert asyncio.run(run()) == {"started": 2, "finished": 1, "aborted": 1, "open": 0}


def test_calls_that_fail_or_are_cut_count_as_finished_until_the_reset() -> None:
    async def run() -> tuple[dict[str, int], dict[str, int]]:
        async with served() as (client, url), aiohttp.ClientSession() as session:
            for question in ("[[fail=500]]", "[[cut]]", "[[error]]"):
                await listen(client, question)
            before = await calls(url)
            await session.post(f"{url}/reset")
            return before, await calls(url)

    before, after = asyncio.run(run())
    assert before == {"started": 3, "finished": 3, "aborted": 0, "open": 0}
    assert after == {"started": 0, "finished": 0, "aborted": 0, "open": 0}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({**ONE_QUESTION, "api_base": "http://evil"}, None),
        ({"messages": ONE_QUESTION["messages"]}, None),
        ({"model": "any"}, "messages"),
        ({"model": "any", "messages": []}, "messages"),
        ({"model": "any", "messages": [{"role": "boss", "content": "hi"}]}, "messages[0].role"),
        ({"model": "any", "messages": [{"role": ["user"], "content": ""}]}, "messages[0].role"),
        ({"model": "any", "messages": [{"role": "user"}]}, "messages[0].content"),
        ({**ONE_QUESTION, "stream_options": {"include_usage": True}}, "stream_options"),
        ([1], None),
    ],
)
def test_what_openai_would_refuse_is_refused(body: Any, param: str | None) -> None:
    status, answer = posted(body)
    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"
    assert answer["error"]["param"] == param


def test_without_a_key_a_call_gets_401() -> None:
    assert posted(ONE_QUESTION, key="")[0] == 401


def test_an_unknown_address_gets_an_error_in_openais_shape() -> None:
    status, answer = posted({}, "/v1/responses")
    assert status == 404
    assert set(answer["error"]) == {"message", "type", "param", "code"}


def test_the_models_are_listed() -> None:
    async def run() -> list[str]:
        async with served() as (client, _):
            return [model.id async for model in client.models.list()]

    assert asyncio.run(run()) == ["stand-in"]


def test_a_stop_frees_the_port_while_a_stream_is_open() -> None:
    async def run() -> None:
        running = await standin.start(pace=AT_ONCE)
        async with AsyncOpenAI(base_url=running.base_url, api_key="x", max_retries=0) as client:
            stalled = asyncio.create_task(listen(client, "[[words=9]] [[over=60]]"))
            url = running.base_url.removesuffix("/v1")

            async def is_open() -> bool:
                return (await calls(url))["open"] == 1

            await until(is_open)
            async with asyncio.timeout(5):
                await running.stop()
                assert (await stalled).finish_reason is None
        port = int(url.rsplit(":", 1)[1])
        await (await standin.start(port=port)).stop()

    asyncio.run(run())


def test_as_a_process_it_says_where_it_listens() -> None:
    async def run() -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "config.standin", "--words", "3", stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        try:
            base_url = (await process.stdout.readline()).decode().strip()
            async with AsyncOpenAI(base_url=base_url, api_key="x") as client:
                return (await listen(client, "hi")).text
        finally:
            process.terminate()
            await process.wait()

    assert len(asyncio.run(run()).split()) == 3
