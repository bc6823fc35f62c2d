"""What a server sends and when: limits that end with the first word, and what may follow the last."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from chat import provider
from chat.chunks import Finish, ProviderFailure
from chat.provider import ModelRequest, Provider

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
WORD = b'data: {"choices": [{"delta": {"content": "hi"}}]}\n\n'
END = b'data: {"choices": [{"delta": {"content": "!"}, "finish_reason": "stop"}]}\n\n'
HANGING_SECONDS = 5  # many times what any of these answers takes
USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}\n\n'


def read_from(
    *sent: bytes | float, head: bytes = HEAD, then: Callable[[asyncio.StreamWriter], None] | None = None
) -> tuple[str, Finish]:
    """What becomes of a server's answer: its chunks, waiting where a number of seconds stands between them.

    No chunk says that it was the last one, so a connection that is gone is one that broke.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        for part in sent:
            if isinstance(part, bytes):
                writer.write(b"%x\r\n%b\r\n" % (len(part), part))
                await writer.drain()
            else:
                await asyncio.sleep(part)
        if then:
            then(writer)

    async def run() -> tuple[str, Finish]:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        made = Provider(api_key="x", base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        texts: list[str] = []
        try:
            async with asyncio.timeout(HANGING_SECONDS):
                finish = await made.answer(ModelRequest("m", [{"role": "user", "content": "hi"}], 100), texts.append)
            return "".join(texts), finish
        finally:
            await made.close()
            server.close()

    return asyncio.run(run())


@pytest.mark.parametrize("sent", [(WORD, END, USAGE), (WORD, 0.02, END, 0.02, USAGE), (WORD + END, 0.02, USAGE)])
def test_a_server_that_does_not_hang_up_is_not_waited_for(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "REST_SECONDS", 0.1)
    assert read_from(*sent) == ("hi!", Finish("stop", 3, 2))


def test_what_breaks_after_the_whole_answer_spoils_nothing() -> None:
    def broken(writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    assert read_from(WORD, 0.02, END, 0.05, then=broken) == ("hi!", Finish("stop"))


def test_once_a_word_is_there_the_first_words_limit_is_over_and_nothing_is_tried_again(settings: Any) -> None:
    settings.FIRST_WORD_SECONDS = 0.2
    assert read_from(WORD, 0.5, END, USAGE, b"data: [DONE]\n\n")[0] == "hi!"
    with pytest.raises(ProviderFailure) as failure:
        read_from(WORD, then=lambda writer: writer.transport.abort())
    assert (failure.value.code, failure.value.is_passing) == ("assistant_unavailable", False)


def test_a_server_that_speaks_no_http_is_one_that_cannot_be_reached(settings: Any) -> None:
    settings.FIRST_WORD_SECONDS = 0.2
    with pytest.raises(ProviderFailure) as failure:
        read_from(head=b"SSH-2.0-OpenSSH_9.2\r\n")
    assert (failure.value.code, failure.value.is_passing) == ("assistant_unavailable", True)
