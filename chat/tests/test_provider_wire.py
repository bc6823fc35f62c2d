"""What a server sends and when: limits that end with the first word, and what may follow the last."""

import asyncio
import math
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chat import provider
from chat.chunks import Finish, ProviderFailure
from chat.provider import ModelRequest, Provider

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
WORD = b'data: {"choices": [{"delta": {"content": "hi"}}]}\n\n'
END = b'data: {"choices": [{"delta": {"content": "!"}, "finish_reason": "stop"}]}\n\n'
USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}\n\n'
DONE = b"data: [DONE]\n\n"
BLATHER = (0.02, b": still here\n\n") * 500
QUESTION = ModelRequest("m", [{"role": "user", "content": "hi"}], 100)
HANGING_SECONDS = 5  # many times what any of these answers takes
Served = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def provider_before(answer: Served) -> AsyncIterator[Provider]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    made = Provider(api_key="x", base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
    try:
        async with asyncio.timeout(HANGING_SECONDS):
            yield made
    finally:
        await made.close()
        server.close()


async def write(writer: asyncio.StreamWriter, *sent: bytes | float, head: bytes = HEAD) -> None:
    """A body's chunks without its end, waiting where a number of seconds stands between them."""
    writer.write(head)
    for part in sent:
        if isinstance(part, bytes):
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
        else:
            await asyncio.sleep(part)


def read_from(
    *sent: bytes | float, head: bytes = HEAD, then: Callable[[asyncio.StreamWriter], None] | None = None
) -> tuple[str, Finish]:
    """What becomes of a server's answer whose body has no end, so a connection that is gone is one that broke."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await write(writer, *sent, head=head)
        if then:
            then(writer)

    async def run() -> tuple[str, Finish]:
        texts: list[str] = []
        async with provider_before(answer) as made:
            finish = await made.answer(QUESTION, texts.append)
        return "".join(texts), finish

    return asyncio.run(run())


@pytest.mark.parametrize(
    "sent",
    [
        (WORD, END, USAGE),
        (WORD, 0.02, END, 0.02, USAGE),
        (WORD + END, 0.02, USAGE),
        (WORD, END, USAGE, DONE),
        (WORD, END, USAGE, DONE, *BLATHER),
    ],
)
def test_a_server_that_does_not_hang_up_is_not_waited_for(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "REST_SECONDS", 1)
    assert read_from(*sent) == ("hi!", Finish("stop", 3, 2))


def test_what_follows_the_end_is_waited_for_no_longer_than_it_takes_to_keep_the_connection() -> None:
    began = time.monotonic()
    read_from(WORD, END, DONE, *BLATHER)
    assert time.monotonic() - began < provider.REST_SECONDS


def test_a_connection_serves_the_next_question_though_the_bodys_end_comes_a_moment_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise each question would cost a handshake with the provider."""
    monkeypatch.setattr(provider, "END_SECONDS", 10)  # this machine's moments may be long
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while not reader.at_eof():
            asked = await reader.readuntil(b"\r\n\r\n")
            length = asked.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            await write(writer, WORD, END, USAGE, DONE, 0.01)
            writer.write(b"0\r\n\r\n")

    async def run() -> None:
        async with provider_before(answer) as made:
            for _question in range(5):
                await made.answer(QUESTION, lambda text: None)

    asyncio.run(run())
    assert connections == 1


def ended(reason: str) -> bytes:
    return b'data: {"choices": [{"delta": {}, "finish_reason": "%b"}]}\n\n' % reason.encode()


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("error", "assistant_unavailable"),
        ("abort", "assistant_unavailable"),
        ("insufficient_system_resource", "assistant_unavailable"),
        ("content_filter: SAFETY", "assistant_refused"),
    ],
)
def test_what_a_provider_broke_off_is_no_whole_answer(reason: str, code: str) -> None:
    with pytest.raises(ProviderFailure) as failure:
        read_from(WORD, ended(reason), DONE)
    assert (failure.value.code, failure.value.is_passing) == (code, False)


def test_words_after_a_reason_that_comes_with_every_chunk_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "REST_SECONDS", 0.5)
    words = [part for _ in range(8) for part in (END, 0.15)]
    assert read_from(*words, DONE)[0] == "!" * 8


def test_what_was_spent_on_thoughts_is_not_paid_twice() -> None:
    thought = b'data: {"choices": [{"delta": {"content": null, "reasoning_content": "hm"}}]}\n\n'
    with pytest.raises(ProviderFailure) as failure:
        read_from(thought, ended("length"), USAGE, DONE)
    assert (failure.value.code, failure.value.is_passing) == ("assistant_unavailable", False)


def said(text: str) -> bytes:
    return b'data: {"choices": [{"delta": {"content": "%b"}}]}\n\n' % text.encode()


def test_an_answer_begins_with_its_first_word() -> None:
    assert read_from(said(r"\n\n"), said(""), said(" "), said(" a"), said(r"\n"), said("b"), END, DONE)[0] == " a\nb!"
    with pytest.raises(ProviderFailure) as failure:
        read_from(said(r"\n\n"), ended("stop"), DONE)
    assert (failure.value.code, failure.value.is_passing) == ("assistant_unavailable", True)


def test_odd_usage_spoils_no_answer() -> None:
    assert read_from(WORD, END, b'data: {"choices": [], "usage": "n/a"}\n\n', DONE) == ("hi!", Finish("stop"))


def whole(status: int, body: str, kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


FASTAPI = (
    '{"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted", "input": "whispered"}]}'
)
MISTRAL = f'{{"object": "error", "message": {FASTAPI}, "type": "invalid_request_error"}}'
VLLM = b'data: {"object": "error", "message": "engine died", "code": 500}\n\n'


@pytest.mark.parametrize(
    ("sent", "head", "said"),
    [
        ((), whole(200, "<html>whispered</html>", "text/html"), "text/html"),
        ((), whole(422, FASTAPI), "422: body stream_options Extra inputs are not permitted"),
        ((), whole(422, MISTRAL), "422: invalid_request_error body stream_options Extra"),
        ((), whole(400, "[" * 100_000), "400: [["),
        ((), whole(400, '{"error":' + '{"message":' * 20 + '"deep"' + "}" * 21), "400: "),
        ((VLLM, DONE), HEAD, "engine died"),
    ],
)
def test_the_log_says_what_came_instead_of_an_answer(
    sent: Any, head: bytes, said: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "RETRY_WAIT_SECONDS", math.inf)  # it is asked once
    with pytest.raises(ProviderFailure):
        read_from(*sent, head=head)
    assert said in caplog.text
    assert "whispered" not in caplog.text


def test_an_end_without_a_reason_is_a_cut_answer_even_if_the_server_does_not_hang_up() -> None:
    with pytest.raises(ProviderFailure) as failure:
        read_from(WORD, DONE)
    assert failure.value.code == "assistant_unavailable"


def test_what_breaks_after_the_whole_answer_spoils_nothing() -> None:
    def broken(writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    assert read_from(WORD, 0.02, END, 0.05, then=broken) == ("hi!", Finish("stop"))


def test_once_a_word_is_there_the_first_words_limit_is_over_and_nothing_is_tried_again(settings: Any) -> None:
    settings.FIRST_WORD_SECONDS = 1
    assert read_from(WORD, 1.5, END, USAGE, DONE)[0] == "hi!"
    with pytest.raises(ProviderFailure) as failure:
        read_from(WORD, then=lambda writer: writer.transport.abort())
    assert (failure.value.code, failure.value.is_passing) == ("assistant_unavailable", False)


def test_a_server_that_speaks_no_http_is_one_that_cannot_be_reached(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FIRST_WORD_SECONDS = HANGING_SECONDS
    monkeypatch.setattr(provider, "RETRY_WAIT_SECONDS", 2 * HANGING_SECONDS)  # it is asked once
    with pytest.raises(ProviderFailure) as failure:
        read_from(head=b"SSH-2.0-OpenSSH_9.2\r\n")
    assert (failure.value.code, failure.value.is_passing) == ("assistant_unavailable", True)
