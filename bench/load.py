"""The load: streams that arrive evenly, lists in a closed loop; starts no process."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

SILENCE_SECONDS = 60
STREAM_SECONDS = 120  # longer than any scenario's stream
ADDRESSES = 200  # of loopback, from which streams come: Nginx allows a network only so many


@dataclass(frozen=True)
class Outcome:
    """One stream: milliseconds from the request to its first word, and why it failed, if it did."""

    first_word_ms: float
    failure: str = ""


@dataclass(frozen=True)
class Target:
    """Where a stream is asked for, and how its first word and its good end are told."""

    url: str
    headers: dict[str, str]
    body: dict[str, Any]
    first_word: bytes
    text: Callable[[bytes], str]


@asynccontextmanager
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without a limit of connections; a silence of `SILENCE_SECONDS` is a failure."""
    timeout = aiohttp.ClientTimeout(total=None, sock_read=SILENCE_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as client:
        yield client


def direct_target(base_url: str, question: str) -> Target:
    """The model itself, asked as Haru asks it."""
    messages = [{"role": "user", "content": question}]
    options = {"stream": True, "stream_options": {"include_usage": True}}
    return Target(
        url=f"{base_url}/chat/completions",
        headers={"Authorization": "Bearer x"},
        body={"model": "stand-in", "messages": messages, **options},
        first_word=b'"delta":{"content":',
        text=direct_text,
    )


def haru_target(base_url: str, token: str, conversation: str, question: str) -> Target:
    """A member's question in a conversation, followed as a stream."""
    return Target(
        url=f"{base_url}/api/v1/chat/conversations/{conversation}/messages/",
        headers={"Authorization": f"Bearer {token}", "Accept": "text/event-stream"},
        body={"content": question},
        first_word=b"event: delta",
        text=haru_text,
    )


def payloads(body: bytes) -> list[tuple[str, str]]:
    """The events of a stream as (name, payload); comments are left out."""
    events = []
    for block in body.decode().split("\n\n"):
        lines = [line.partition(": ") for line in block.splitlines()]
        fields = {name: value for name, _, value in lines if name}
        if "data" in fields:
            events.append((fields.get("event", ""), fields["data"]))
    return events


def direct_text(body: bytes) -> str:
    """The text of a model's stream; ValueError where it did not end well."""
    *chunks, (_, last) = payloads(body)
    if last != "[DONE]":
        raise ValueError("no [DONE]")
    choices = [choice for _, chunk in chunks for choice in json.loads(chunk)["choices"]]
    if not any(choice.get("finish_reason") == "stop" for choice in choices):  # a proxy may say more after it
        raise ValueError("no finish_reason")
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def haru_text(body: bytes) -> str:
    """The text of a reply's stream; ValueError where it did not end well or its parts differ."""
    events = [(name, json.loads(payload)) for name, payload in payloads(body)]
    name, last = events[-1]
    if name != "done":
        raise ValueError(f"ended with {name} {last.get('code', '')}".strip())
    text = "".join(payload["text"] for name, payload in events if name == "delta")
    if text != last["reply"]["content"]:
        raise ValueError("deltas and reply differ")
    return text


def verdict(target: Target, status: int, body: bytes, words: int) -> str:
    """Why the stream failed, or nothing; every word must have come."""
    if status != 200:
        return f"status {status}: {body[:200].decode(errors='replace')}"
    try:
        came = len(target.text(body).split())
    except (ValueError, LookupError, TypeError) as error:
        return str(error) or type(error).__name__
    return "" if came == words else f"{came} of {words} words"


class Following(asyncio.Protocol):
    """One stream over a connection of its own, read raw: the instrument must not weigh on what it measures."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.received = bytearray()
        self.began = time.monotonic()
        self.first_word_ms = float("nan")
        self.ended = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        if self.first_word_ms != self.first_word_ms and self.target.first_word in data:
            self.first_word_ms = (time.monotonic() - self.began) * 1000
        self.received += data

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(error)


def request_bytes(target: Target) -> bytes:
    """The request as it goes over the wire; the server closes the connection after its answer."""
    url, body = urlsplit(target.url), json.dumps(target.body).encode()
    headers = target.headers | {
        "Host": url.netloc,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    lines = [f"POST {url.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def unpacked(answer: bytes) -> tuple[int, bytes]:
    """Status and body of an answer, its chunks put together."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    status = int(head[9:12] or b"0")
    if b"transfer-encoding: chunked" not in head.lower():
        return status, rest
    body = bytearray()
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size or b"0", 16)
        body += rest[:length]
        rest = rest[length + 2 :]
    return status, bytes(body)


def unchecked_tls() -> ssl.SSLContext:
    """TLS to a server on loopback with a certificate of its own making."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


TLS = unchecked_tls()


async def follow(target: Target, words: int, number: int) -> Outcome:
    """Asks once and reads to the end; the text is checked after it, when time no longer counts."""
    url = urlsplit(target.url)
    loop = asyncio.get_running_loop()
    try:
        transport, stream = await loop.create_connection(
            lambda: Following(target),
            "127.0.0.1",
            url.port or 443,
            ssl=TLS if url.scheme == "https" else None,
            server_hostname=url.hostname if url.scheme == "https" else None,
            local_addr=(f"127.0.1.{1 + number % ADDRESSES}", 0),
        )
    except OSError as error:
        return Outcome(float("nan"), type(error).__name__)
    transport.write(request_bytes(target))
    try:
        async with asyncio.timeout(STREAM_SECONDS):
            await stream.ended
    except TimeoutError:
        transport.abort()
        return Outcome(stream.first_word_ms, "did not end")
    status, body = unpacked(bytes(stream.received))
    return Outcome(stream.first_word_ms, verdict(target, status, body, words))


async def wave(targets: Sequence[Target], arrive_seconds: float, words: int) -> list[Outcome]:
    """Follows all the targets, which arrive evenly within the time given."""
    began = time.monotonic()

    async def arrive(index: int) -> Outcome:
        due = began + index * arrive_seconds / len(targets)
        await asyncio.sleep(due - time.monotonic())
        return await follow(targets[index], words, index)

    return await asyncio.gather(*(arrive(index) for index in range(len(targets))))


async def closed_loop(
    clients: int, seconds: float, ask: Callable[[aiohttp.ClientSession, int], Awaitable[bool]]
) -> float:
    """Answers a second that so many clients get, each asking again as soon as it is answered, while `ask` says True."""
    began = time.monotonic()

    async def ask_on(client: aiohttp.ClientSession, number: int) -> int:
        answers = 0
        while time.monotonic() - began < seconds and await ask(client, number):
            answers += 1
        return answers

    async with session() as client:
        answers = await asyncio.gather(*(ask_on(client, number) for number in range(clients)))
    return sum(answers) / (time.monotonic() - began)


async def got(client: aiohttp.ClientSession, url: str, token: str) -> bool:
    """Reads one address whole; RuntimeError for anything but 200."""
    async with client.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
        body = await response.read()
        if response.status != 200:
            raise RuntimeError(f"{url}: {response.status} {body[:200]!r}")
    return True


async def posted(client: aiohttp.ClientSession, url: str, body: dict[str, Any], headers: dict[str, str]) -> bool:
    """Sends one body and reads the answer whole; RuntimeError for anything but 200 and 201."""
    async with client.post(url, json=body, headers=headers) as response:
        answer = await response.read()
        if response.status not in (200, 201):
            raise RuntimeError(f"{url}: {response.status} {answer[:200]!r}")
    return True
