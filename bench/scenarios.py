"""The scenarios: each measures one running system and gives its figures by name; starts nothing."""

import asyncio
import base64
import math
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp

from bench import load, processes
from bench.filling import ASKING, LOGINS, PASSWORD
from bench.load import Outcome, Target
from bench.systems import System

Figures = dict[str, float]

WORDS = 40
FIRST_WORD_SECONDS = 0.2  # of the model, told to it in the question: 0.05 by itself, and so much more
LOOP_SECONDS = 5
ARRIVED_SECONDS = 1  # from the last question to the last first word
LIST_CLIENTS, LOGIN_CLIENTS = 32, 4  # the kernel deals connections out by chance: of eight, seven may meet one worker
SAMPLE_SECONDS = 0.5


@dataclass(frozen=True)
class Wave:
    """So many streams, which arrive evenly within `arrive` seconds and take `seconds` each."""

    streams: int
    seconds: float
    arrive: float

    @property
    def question(self) -> str:
        return f"[[words={WORDS}]] [[over={self.seconds:g}]] [[stall={FIRST_WORD_SECONDS - 0.05:g}]] hi"


WAVES = (Wave(1, 8, 1), Wave(50, 8, 5), Wave(300, 8, 5), Wave(1000, 8, 5), Wave(2000, 20, 20))


def percentile(times: list[float], percent: int) -> float:
    """By nearest rank; NaN of none."""
    times = sorted(time for time in times if not math.isnan(time))
    return times[math.ceil(len(times) * percent / 100) - 1] if times else math.nan


def targets(system: System, wave: Wave, askers: list[list[str]]) -> list[Target]:
    if system.is_haru:
        return [load.haru_target(system.url, token, talk, wave.question) for token, talk in askers]
    return [load.direct_target(system.url, wave.question)] * wave.streams


async def watch(system: System, most: Figures) -> None:
    """Notes the most memory and connections until it is cancelled."""
    while True:
        memory = await asyncio.to_thread(processes.memory_mb, system.pid)
        most["memory, MB"] = max(most.get("memory, MB", 0), memory)
        if system.database_url:
            count = await asyncio.to_thread(processes.connections, system.database_url)
            most["database connections"] = max(most.get("database connections", 0), count)
        await asyncio.sleep(SAMPLE_SECONDS)


async def streams(system: System, wave: Wave, askers: list[list[str]]) -> Figures:
    """Failures, first words, processor time, memory and connections of one wave."""
    asked, most = targets(system, wave, askers), Figures()
    watching = asyncio.create_task(watch(system, most)) if system.pid else None
    before = processes.cpu_ms(system.pid) if system.pid else 0
    outcomes = await load.wave(asked, wave.arrive, WORDS)
    figures = told(outcomes)
    if watching:
        figures["CPU a stream, ms"] = (processes.cpu_ms(system.pid) - before) / wave.streams
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return figures | most


def told(outcomes: list[Outcome]) -> Figures:
    """What a wave's readers saw; why streams failed is printed."""
    failures = Counter(outcome.failure for outcome in outcomes if outcome.failure)
    for failure, count in failures.most_common(3):
        print(f"    {count} streams: {failure}", flush=True)
    first = [outcome.first_word_ms for outcome in outcomes]
    return {
        "failed": sum(failures.values()),
        "first word p50, ms": percentile(first, 50),
        "first word p99, ms": percentile(first, 99),
    }


async def answers(system: System, clients: list[list[Any]]) -> Figures:
    """Whole answers a second, without streaming, 50 ms of the model each, from 64 clients in a closed loop."""
    question = "[[words=10]] [[over=0]] hi"
    waiting = [iter(talks) for _token, talks in clients]

    async def ask(client: aiohttp.ClientSession, number: int) -> bool:
        if not system.is_haru:
            body = {"model": "stand-in", "messages": [{"role": "user", "content": question}]}
            return await load.posted(client, f"{system.url}/chat/completions", body, {"Authorization": "Bearer x"})
        token, talk = clients[number][0], next(waiting[number], None)
        if talk is None:
            return False
        url = f"{system.url}/api/v1/chat/conversations/{talk}/messages/"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return await load.posted(client, url, {"content": question}, headers)

    return {"answers a second": await load.closed_loop(ASKING, LOOP_SECONDS, ask)}


async def lists(system: System, rows: Mapping[str, Any], *, middle: bool = False) -> Figures:
    """Pages of twenty conversations a second: the first page, or one in the middle of the list."""
    cursor = base64.b64encode(urlencode({"p": rows["middle"]}).encode()).decode()
    url = f"{system.url}/api/v1/chat/conversations/{f'?cursor={quote(cursor)}' if middle else ''}"
    return {"a second": await loop_of(url, rows["token"])}


async def opening(system: System, talk: list[str]) -> Figures:
    """Newest pages of a conversation a second."""
    token, conversation = talk
    url = f"{system.url}/api/v1/chat/conversations/{conversation}/messages/?order=newest"
    return {"a second": await loop_of(url, token)}


async def loop_of(url: str, token: str) -> float:
    return await load.closed_loop(LIST_CLIENTS, LOOP_SECONDS, lambda client, _number: load.got(client, url, token))


async def logins(system: System, emails: list[str]) -> Figures:
    """Log-ins a second, a hash of the password each."""
    url = f"{system.url}/api/v1/accounts/login/"

    async def log_in(client: aiohttp.ClientSession, number: int) -> bool:
        body = {"email": emails[number % LOGINS], "password": PASSWORD}
        return await load.posted(client, url, body, {})

    return {"a second": await load.closed_loop(LOGIN_CLIENTS, LOOP_SECONDS, log_in)}


async def lists_beside_streams(system: System, wave: Wave, askers: list[list[str]], rows: Mapping[str, Any]) -> Figures:
    """Lists a second while all of a wave's streams run, arrived and not near their end; and before and after."""
    asked = targets(system, wave, askers)
    before = await lists(system, rows)
    running = asyncio.create_task(load.wave(asked, wave.arrive, WORDS))
    await asyncio.sleep(wave.arrive + ARRIVED_SECONDS)
    beside = await lists(system, rows)
    told(await running)
    after = await lists(system, rows)
    alone = (before["a second"] + after["a second"]) / 2
    return {"a second": beside["a second"], "a second alone": alone, "of alone": beside["a second"] / alone}
