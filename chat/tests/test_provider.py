"""The model fails in every way it can: the right status or event, nothing charged, none of its words passed on."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import httpx2
import pytest

from chat.chunks import Answer, Finish, ProviderFailure
from chat.provider import ERROR_MAX_BYTES, ModelRequest, Provider, refused
from chat.tests.asking import ask, new_conversation, stream, text_of
from config import standin

FAILURES = [
    ("[[fail=429]]", 503, "assistant_unavailable"),
    ("[[fail=500]]", 503, "assistant_unavailable"),
    ("[[fail=401]]", 503, "assistant_unavailable"),
    ("[[fail=400]]", 503, "assistant_unavailable"),
    ("[[cut]]", 503, "assistant_unavailable"),
    ("[[nofinish]]", 503, "assistant_unavailable"),
    ("[[garbage]]", 503, "assistant_unavailable"),
    ("[[error]]", 503, "assistant_unavailable"),
    ("[[empty]]", 503, "assistant_unavailable"),
    ("[[refuse]]", 422, "assistant_refused"),
    ("[[filter]]", 422, "assistant_refused"),
]


@pytest.mark.parametrize(("script", "status", "code"), FAILURES)
def test_a_failure_has_its_status_and_leaks_nothing(alice: Any, script: str, status: int, code: str) -> None:
    response = ask(alice, new_conversation(alice), f"{script} [[secret]] [[over=0]]")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "sk-upstream-secret" not in response.text.replace("[[secret]]", "")
    body = response.json()
    assert (body["reply"]["status"], body["reply"]["error_code"]) == ("failed", code)
    assert body["quota"]["remaining"] == 5


@pytest.mark.parametrize(("script", "status", "code"), FAILURES)
def test_after_the_first_event_a_failure_is_an_event(alice: Any, script: str, status: int, code: str) -> None:
    found = stream(alice, new_conversation(alice), f"{script} [[over=0]]")
    last = found[-1]
    assert (found[0]["event"], last["event"]) == ("start", "error")
    assert (last["data"]["code"], last["data"]["reply"]["error_code"]) == (code, code)
    assert last["data"]["detail"]
    assert last["data"]["quota"]["remaining"] == 5
    assert last["data"]["reply"]["content"] == text_of(found)
    assert last["id"] == len(text_of(found)) + 1


def test_the_first_word_has_a_limit(alice: Any, settings: Any) -> None:
    settings.FIRST_WORD_SECONDS = 0.3
    response = ask(alice, new_conversation(alice), "[[stall=5]]")
    assert (response.status_code, response.json()["code"]) == (504, "assistant_timeout")


def test_silence_between_words_has_a_limit(alice: Any, settings: Any) -> None:
    settings.BETWEEN_WORDS_SECONDS = 0.3
    response = ask(alice, new_conversation(alice), "[[pause=5]] [[over=0]]")
    assert (response.status_code, response.json()["code"]) == (504, "assistant_timeout")
    assert response.json()["reply"]["content"]


def test_a_whole_reply_has_a_limit(alice: Any, settings: Any) -> None:
    settings.REPLY_SECONDS = 0.5
    response = ask(alice, new_conversation(alice), "[[words=50]] [[over=20]]")
    assert (response.status_code, response.json()["code"]) == (504, "assistant_timeout")


def test_a_reply_without_end_is_ended(alice: Any, settings: Any) -> None:
    settings.REPLY_MAX_CHARS = 20
    reply = ask(alice, new_conversation(alice), "[[words=50]] [[over=0]]").json()["reply"]
    assert (reply["status"], reply["finish_reason"]) == ("complete", "length")


def test_a_passing_failure_is_tried_once_more_in_silence(alice: Any, server: Any) -> None:
    response = ask(alice, new_conversation(alice), "[[failfirst=500]] [[over=0]]")
    assert response.status_code == 201
    assert server.model.get("/calls").json()["started"] == 2
    assert response.json()["quota"]["used"] == 1


@pytest.mark.parametrize(("script", "calls"), [("[[fail=500]]", 2), ("[[fail=429]]", 2), ("[[fail=400]]", 1)])
def test_no_failure_is_tried_more_than_once_again(alice: Any, server: Any, script: str, calls: int) -> None:
    ask(alice, new_conversation(alice), script)
    assert server.model.get("/calls").json()["started"] == calls


def test_retry_after_is_obeyed_when_it_fits(alice: Any) -> None:
    started = time.monotonic()
    ask(alice, new_conversation(alice), "[[fail=429]]")  # the stand-in says: Retry-After: 1
    assert time.monotonic() - started >= 1


def test_length_is_a_whole_answer_that_says_so(alice: Any) -> None:
    reply = ask(alice, new_conversation(alice), "[[length]] [[over=0]]").json()["reply"]
    assert (reply["status"], reply["finish_reason"]) == ("complete", "length")


def read(request: ModelRequest, **provider: str) -> tuple[list[str], Finish]:
    async def run() -> tuple[list[str], Finish]:
        running = await standin.start()
        made = Provider(**{"api_key": "x", "base_url": running.base_url, **provider})
        texts: list[str] = []
        try:
            return texts, await made.answer(request, texts.append)
        finally:
            await made.close()
            await running.stop()

    return asyncio.run(run())


def asked(content: str) -> ModelRequest:
    return ModelRequest("m", [{"role": "user", "content": content}], 100)


def test_with_a_key_alone_openai_is_asked() -> None:
    made = Provider(api_key="sk-secret", base_url="")
    assert str(made.url) == "https://api.openai.com/v1/chat/completions"


def test_without_key_and_address_every_call_fails() -> None:
    with pytest.raises(ProviderFailure) as failure:
        read(asked("hi"), api_key="", base_url="")
    assert failure.value.code == "assistant_unavailable"


def test_a_server_that_is_away_is_unavailable() -> None:
    with pytest.raises(ProviderFailure) as failure:
        read(asked("hi"), base_url="http://127.0.0.1:9/v1")
    assert failure.value.code == "assistant_unavailable"


def test_an_answer_is_text_and_then_its_finish() -> None:
    texts, finish = read(asked("[[words=3]] [[over=0]]"))
    assert len("".join(texts).split()) == 3
    assert all(texts)
    assert finish.reason == "stop"
    assert finish.tokens_output


def test_events_survive_being_cut_anywhere() -> None:
    wire = 'data: {"a": "가🙂"}\r\n\r\n: comment\n\ndata:{"b": 1}\n\ndata: [DONE]\n\ndata: {"c": 1}\n\n'.encode()

    for at in range(len(wire)):
        answer = Answer()
        datas = answer.events(wire[:at]) + ([] if answer.is_over else answer.events(wire[at:]))
        assert [json.loads(data) for data in datas] == [{"a": "가🙂"}, {"b": 1}]
        assert answer.is_over


def chunk(text: str) -> bytes:
    return json.dumps({"choices": [{"delta": {"content": text}}]}).encode()


@pytest.mark.parametrize(
    ("sent", "read"),
    [(["a\ud83d", "\ude42b"], "a🙂b"), (["a\x00b"], "ab"), (["\udc00x"], "\ufffdx"), (["가", "나"], "가나")],
)
def test_text_that_cannot_be_stored_is_mended(sent: list[str], read: str) -> None:
    answer = Answer()
    assert "".join(answer.read(chunk(text)) for text in sent) == read


@pytest.mark.parametrize(
    "data", [b"[]", b"5", b"{", b'{"choices": {}}', b'{"choices": [5]}', b'{"choices": [{"delta": 5}]}', b"\xff"]
)
def test_a_chunk_of_another_shape_is_unavailable_not_a_crash(data: bytes) -> None:
    answer = Answer()
    (event,) = answer.events(b"data: " + data + b"\n\n")
    with pytest.raises((ValueError, ProviderFailure)):
        finish(answer, event)


def finish(answer: Answer, event: bytes) -> Finish:
    answer.read(event)
    return answer.finish()


@pytest.mark.parametrize("usage", [{"prompt_tokens": -1}, {"prompt_tokens": 10**12}, {"prompt_tokens": "x"}])
def test_odd_figures_of_a_provider_keep_no_reply_from_being_stored(usage: dict[str, Any]) -> None:
    answer = Answer()
    reason = "st\x00op" + "x" * 99
    for chunk in (
        {"choices": [{"delta": {"content": "hi"}, "finish_reason": reason}]},
        {"choices": [], "usage": usage},
    ):
        answer.read(json.dumps(chunk).encode())
    assert answer.finish() == Finish("stop" + "x" * 36, None, None)


@pytest.mark.parametrize("parameter", ["max_completion_tokens", "max_tokens"])
def test_what_is_sent_is_the_protocols_question_with_the_operators_key(settings: Any, parameter: str) -> None:
    settings.OPENAI_MAX_TOKENS_PARAMETER = parameter

    async def heard() -> httpx.Request:
        arrived: list[bytes] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))[15:])
            arrived.extend((head, await reader.readexactly(size)))
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        made = Provider(api_key="sk-secret", base_url=url)
        with pytest.raises(ProviderFailure):
            await made.answer(asked("안녕"), lambda _text: None)
        await made.close()
        server.close()
        first, *headers = arrived[0].decode().strip().split("\r\n")
        method, path, _version = first.split()
        named = dict(header.split(": ", 1) for header in headers)
        return httpx.Request(method, f"http://model{path}", headers=named, content=arrived[1])

    sent = asyncio.run(heard())
    assert (sent.method, sent.url.path) == ("POST", "/v1/chat/completions")
    assert sent.headers["Authorization"] == "Bearer sk-secret"
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["Accept-Encoding"] == "identity"
    assert sent.headers["User-Agent"].startswith("AsyncOpenAI/Python")
    assert json.loads(sent.content) == {
        "model": "m",
        "messages": [{"role": "user", "content": "안녕"}],
        parameter: 100,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


class Endless(httpx2.AsyncByteStream):
    """A body that would fill any memory."""

    sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.sent < 2**24:  # a test has to end
            self.sent += 2**14
            yield b"x" * 2**14


def test_an_error_without_an_end_is_not_read_to_it() -> None:
    body = Endless()
    with pytest.raises(ProviderFailure):
        asyncio.run(refused(httpx2.Response(500, stream=body)))
    assert body.sent <= ERROR_MAX_BYTES
