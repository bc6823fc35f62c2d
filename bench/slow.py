"""`python -m bench.slow`: slow clients and readers that do not read, before the real site; a member beside them."""

import argparse
import asyncio
import contextlib
import os
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from bench.load import TLS
from bench.processes import filled, memory_mb, take_all_files
from chat.tests.processes import model
from deploy.tests.site import DOMAIN, Site, page, site

READERS_EACH = 5  # as many streams as a member may follow
CLIENTS_EACH = 100  # from one address: below what Nginx lets one network hold
LONG = "[[words=3000]] [[over=120]]"  # at a fast model's speed, for as long as the scenario lasts
SHORT = {"content": "[[words=10]] [[over=0]]"}
DRIBBLE_SECONDS = 2
ASKS = 12
AT_ONCE = 50  # connections that are being made
# What must hold: a member beside them waits at most so much longer for a whole answer, and so much memory comes on top
# (a reader holds at most what uvicorn writes ahead, 64 kB, its part of Nginx, and a line of its own).
ADDED_MAX_SECONDS, ADDED_MAX_MB = 1.0, 400


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.slow", description=__doc__)
    parser.add_argument("--slow", type=int, default=1000, help="clients that send a byte of their headers now and then")
    parser.add_argument("--readers", type=int, default=1000, help="followers of long replies that take nothing")
    return parser.parse_args()


async def opened(port: int, network: int, number: int, context: ssl.SSLContext) -> asyncio.Transport:
    """A TLS connection from an address of loopback's many, with the smallest buffer that there is."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    raw.bind((f"127.0.{network}.{1 + number // CLIENTS_EACH}", 0))
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", port))
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=raw, ssl=context, server_hostname=DOMAIN)
    return transport


async def dribble(port: int, number: int, context: ssl.SSLContext, held: dict[int, asyncio.Transport]) -> None:
    """Headers without an end, a byte at a time; whoever is hung up on comes again. `held` is who has a line."""
    while True:
        with contextlib.suppress(OSError, ssl.SSLError):
            held[number] = transport = await opened(port, 10, number, context)
            for byte in b"GET / HTTP/1.1\r\nHost: %b\r\nX: %b" % (DOMAIN.encode(), b"a" * 400):
                if transport.is_closing():
                    break
                transport.write(bytes([byte]))
                await asyncio.sleep(DRIBBLE_SECONDS)
            transport.abort()


async def follow(port: int, number: int, context: ssl.SSLContext, token: str, reply: str) -> asyncio.Transport:
    """Asks for a stream, and never reads it."""
    transport = await opened(port, 20, number, context)
    transport.pause_reading()
    head = (
        f"GET /api/v1/chat/messages/{reply}/stream/ HTTP/1.1\r\nHost: {DOMAIN}\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    transport.write(head.encode())
    return transport


def begun(running: Site, tokens: list[str]) -> list[str]:
    """A long reply in writing for each member; its id. Straight to the hosts: Nginx's limits are for strangers."""
    replies = []
    for number, token in enumerate(tokens):
        headers = {"Authorization": f"Bearer {token}", "Host": DOMAIN, "Prefer": "respond-async"}
        with httpx.Client(base_url=f"{running.web[number % 2].url}/api/v1/", headers=headers, timeout=30) as client:
            made = client.post("chat/conversations/", json={"assistant": "free-chat"}).json()["id"]
            sent = client.post(f"chat/conversations/{made}/messages/", json={"content": LONG})
            replies.append(sent.json()["reply"]["id"])
    return replies


async def asked(running: Site, token: str) -> list[float]:
    """Seconds for each of some whole answers, one after another, through Nginx."""

    def one() -> float:
        with running.client("127.0.30.1", headers={"Authorization": f"Bearer {token}"}) as client:
            began = time.monotonic()
            made = client.post("api/v1/chat/conversations/", json={"assistant": "free-chat"}).json()["id"]
            answer = client.post(f"api/v1/chat/conversations/{made}/messages/", json=SHORT)
            assert answer.status_code == 201, answer.text
            return time.monotonic() - began

    return sorted([await asyncio.to_thread(one) for _ in range(ASKS)])


def memory(running: Site) -> dict[str, float]:
    """Resident megabytes of the two hosts together and of Nginx."""
    return {
        "hosts": sum(memory_mb(web.process.pid) for web in running.web),
        "nginx": memory_mb(running.process.pid),
    }


@contextlib.asynccontextmanager
async def besieged(running: Site, options: argparse.Namespace, tokens: list[str], model: str) -> AsyncIterator[None]:
    """The slow and the idle around the block; says how many of them there really were when it began and ended."""
    context, held = TLS, dict[int, asyncio.Transport]()
    dribbling = [asyncio.create_task(dribble(running.port, number, context, held)) for number in range(options.slow)]
    replies = await asyncio.to_thread(begun, running, tokens)
    places = asyncio.Semaphore(AT_ONCE)

    async def reader(number: int) -> asyncio.Transport:
        async with places:
            member = number // READERS_EACH
            return await follow(running.port, number, context, tokens[member], replies[member])

    readers = await asyncio.gather(*(reader(number) for number in range(options.readers)))

    def say(when: str) -> None:
        slow, idle = (sum(not one.is_closing() for one in some) for some in (held.values(), readers))
        writing = httpx.get(f"{model.removesuffix('/v1')}/calls").json()["open"]
        print(f"{when}: {slow} slow clients and {idle} readers are connected, {writing} long replies in writing")

    await asyncio.sleep(3)
    say("at its begin")
    try:
        yield
        say("at its end")
    finally:
        for task in dribbling:
            task.cancel()
        for transport in readers:
            transport.abort()


async def measure(running: Site, options: argparse.Namespace, model: str) -> int:
    """Prints the figures; 0 if what must hold holds."""
    environment = running.web[0].environment
    made = await asyncio.to_thread(filled, str(1 + options.readers // READERS_EACH), environment)
    tokens = [token for token, _talk in made]
    alone, before = await asked(running, tokens[-1]), memory(running)
    async with besieged(running, options, tokens, model):
        beside, during = await asked(running, tokens[-1]), memory(running)
    await asyncio.sleep(5)
    again, after = await asked(running, tokens[-1]), memory(running)
    for name, times in (("alone", alone), ("beside them", beside), ("after them", again)):
        print(f"a whole answer {name}: median {times[ASKS // 2]:.2f} s, longest {times[-1]:.2f} s")
    for part in before:
        print(f"memory of {part}: {before[part]:.0f} MB before, {during[part]:.0f} during, {after[part]:.0f} after")
    added = beside[ASKS // 2] - alone[ASKS // 2], sum(during.values()) - sum(before.values())
    holds = added[0] <= ADDED_MAX_SECONDS and added[1] <= ADDED_MAX_MB
    print(f"added: {added[0]:.2f} s, {added[1]:.0f} MB: {'holds' if holds else 'DOES NOT HOLD'}")
    return 0 if holds else 1


def main() -> int:
    options = arguments()
    take_all_files()
    if not os.environ.get("DATABASE_URL"):
        sys.exit("Run it by `python -m config.tests.postgres python -m bench.slow`.")
    with tempfile.TemporaryDirectory(prefix="haru-slow-", ignore_cleanup_errors=True) as name, model() as address:
        folder = Path(name)
        folder.chmod(0o755)  # Nginx's workers are another user
        with site(folder, page(folder / "page"), address, ACCESS_TOKEN_MINUTES="60") as running:
            return asyncio.run(measure(running, options, address))


if __name__ == "__main__":
    sys.exit(main())
