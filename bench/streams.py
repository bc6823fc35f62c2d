"""One scenario: streams from the model itself and through Haru, the figures, the verdict."""

import argparse
import asyncio
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from bench import load, processes
from bench.load import Outcome

LISTS_ALONE_SECONDS = 5
SAMPLE_SECONDS = 0.25
ADDED_FIRST_WORD_MAX_MS = 100
LISTS_RATIO_MIN = 0.75


@dataclass
class Height:
    """The most that was seen at once; `connections` stays None on SQLite."""

    memory_mb: float = 0
    connections: int | None = None


@dataclass(frozen=True)
class Figures:
    """What one run measured."""

    direct: list[Outcome]
    through: list[Outcome]
    with_lists: list[Outcome]
    cpu_ms_a_stream: float
    height: Height
    lists_alone: float
    lists_with_streams: float
    connections_wanted: int

    @property
    def lists_ratio(self) -> float:
        return self.lists_with_streams / self.lists_alone

    @property
    def added_first_word_ms(self) -> float:
        return first_word_ms(self.through, 50) - first_word_ms(self.direct, 50)


@dataclass(frozen=True)
class Site:
    """The running processes as the measurement sees them; `database_url` is empty on SQLite."""

    model_url: str
    haru_url: str
    haru_pid: int
    database_url: str
    tokens: list[str]
    connections_wanted: int


def first_word_ms(outcomes: list[Outcome], percentile: int) -> float:
    """The percentile (nearest rank) of the times to the first word; NaN when none came."""
    times = sorted(o.first_word_ms for o in outcomes if not math.isnan(o.first_word_ms))
    return times[math.ceil(len(times) * percentile / 100) - 1] if times else math.nan


def failures(outcomes: list[Outcome]) -> Counter[str]:
    return Counter(outcome.failure for outcome in outcomes if outcome.failure)


async def watch(site: Site, height: Height) -> None:
    """Notes the most memory and connections until it is cancelled."""
    while True:
        height.memory_mb = max(height.memory_mb, processes.memory_mb(site.haru_pid))
        if site.database_url:
            count = await asyncio.to_thread(processes.connections, site.database_url)
            height.connections = max(height.connections or 0, count)
        await asyncio.sleep(SAMPLE_SECONDS)


async def measure(options: argparse.Namespace, site: Site) -> Figures:
    """The model alone, Haru alone, lists alone, lists while Haru streams: in this order."""
    question = f"[[words={options.words}]] [[over={options.seconds:g}]] hi"
    model = load.direct_target(site.model_url, question)
    direct = await load.wave([model] * options.streams, options.arrive, options.words)
    conversations = await load.create_conversations(site.haru_url, site.tokens)
    targets = [
        load.haru_target(site.haru_url, token, conversation, question)
        for token, conversation in zip(site.tokens, conversations, strict=True)
    ]
    height = Height()
    watching = asyncio.create_task(watch(site, height))
    cpu_before = processes.cpu_ms(site.haru_pid)
    through = await load.wave(targets, options.arrive, options.words)
    cpu_ms = processes.cpu_ms(site.haru_pid) - cpu_before
    lists_alone = await load.lists_a_second(site.haru_url, site.tokens, LISTS_ALONE_SECONDS)
    with_lists, lists_with_streams = await lists_beside_streams(options, site, targets)
    if watching.done():
        watching.result()  # it never ends by itself: raises what ended it
    watching.cancel()
    return Figures(
        direct=direct,
        through=through,
        with_lists=with_lists,
        cpu_ms_a_stream=cpu_ms / options.streams,
        height=height,
        lists_alone=lists_alone,
        lists_with_streams=lists_with_streams,
        connections_wanted=site.connections_wanted,
    )


async def lists_beside_streams(
    options: argparse.Namespace, site: Site, targets: list[load.Target]
) -> tuple[list[Outcome], float]:
    """The streams once more, and lists a second from the last arrival to the first end."""
    wave = asyncio.create_task(load.wave(targets, options.arrive, options.words))
    await asyncio.sleep(options.arrive)
    seconds = max(options.seconds - options.arrive, 2)
    lists = await load.lists_a_second(site.haru_url, site.tokens, seconds)
    return await wave, lists


def table(figures: Figures) -> str:
    """The figures for people; every row names its unit."""
    f = figures
    rows: list[tuple[str, Any, Any, Any]] = [("", "direct", "through Haru", "difference")]
    failed = [sum(failures(o).values()) for o in (f.direct, f.through, f.with_lists)]
    rows.append(("failed streams", failed[0], failed[1], ""))
    rows.append(("failed streams, lists beside them", "", failed[2], ""))
    for percentile in (50, 99):
        alone, through = (first_word_ms(o, percentile) for o in (f.direct, f.through))
        times = (f"{alone:.0f}", f"{through:.0f}", f"{through - alone:.0f}")
        rows.append((f"time to first word, p{percentile} (ms)", *times))
    connections = "-" if f.height.connections is None else f.height.connections
    rows.append(("CPU a stream (ms)", "", f"{f.cpu_ms_a_stream:.1f}", ""))
    rows.append(("resident memory at the height (MB)", "", f"{f.height.memory_mb:.0f}", ""))
    rows.append((f"database connections, want {f.connections_wanted}", "", connections, ""))
    rows.append(("lists a second, alone", "", f"{f.lists_alone:.0f}", ""))
    rows.append(("lists a second, with streams", "", f"{f.lists_with_streams:.0f}", ""))
    rows.append(("lists with streams / alone", "", f"{f.lists_ratio:.2f}", ""))
    return "\n".join(f"{name:36}{a:>10}{b:>14}{c:>12}" for name, a, b, c in rows)


def shortcomings(figures: Figures) -> list[str]:
    """What is not as promised, a sentence each."""
    f = figures
    found = [
        f"{count} streams: {reason}"
        for outcomes in (f.direct, f.through, f.with_lists)
        for reason, count in failures(outcomes).items()
    ]
    if f.height.connections not in (None, f.connections_wanted):
        found.append(f"{f.height.connections} connections, not {f.connections_wanted}")
    if not f.added_first_word_ms <= ADDED_FIRST_WORD_MAX_MS:
        added = f"{f.added_first_word_ms:.0f} ms"
        found.append(f"{added} added to the median first word, not {ADDED_FIRST_WORD_MAX_MS} ms")
    if not f.lists_ratio >= LISTS_RATIO_MIN:
        found.append(f"lists at {f.lists_ratio:.2f} of their speed, not {LISTS_RATIO_MIN}")
    return found


@contextmanager
def database(options: argparse.Namespace, directory: Path) -> Iterator[str]:
    """The URL of the database that was asked for, else of a PostgreSQL of its own."""
    if options.sqlite:
        yield f"sqlite:///{directory}/db.sqlite3"
    else:
        given = options.database_url
        with nullcontext(given) if given else processes.postgresql() as url:
            yield url


@contextmanager
def site(options: argparse.Namespace, directory: Path) -> Iterator[Site]:
    """Everything started and filled, ended with the block."""
    with processes.standin(directory) as model_url, database(options, directory) as url:
        environment = processes.haru_environment(directory, url, model_url)
        processes.migrate(environment)
        tokens = processes.make_members(options.streams, environment)
        workers, threads = (int(environment[n]) for n in ("WEB_CONCURRENCY", "WORKER_THREADS"))
        with processes.haru(directory, environment) as pid:
            yield Site(
                model_url=model_url,
                haru_url=f"http://127.0.0.1:{environment['PORT']}",
                haru_pid=pid,
                database_url="" if options.sqlite else url,
                tokens=tokens,
                connections_wanted=workers * (threads + 1),
            )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--streams", type=int, default=300)
    parser.add_argument("--words", type=int, default=40, help="a reply")
    parser.add_argument("--seconds", type=float, default=8, help="from first word to last")
    parser.add_argument("--arrive", type=float, default=5, help="seconds in which all arrive")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--database-url", help="an empty PostgreSQL; it is written to")
    where.add_argument("--sqlite", action="store_true")
    parser.add_argument("--report", action="store_true", help="only print, never fail")
    return parser.parse_args()


def main() -> int:
    """Runs the scenario; 1 when it falls short and no mere report was asked for."""
    options = arguments()
    processes.take_all_files()
    with tempfile.TemporaryDirectory() as directory, site(options, Path(directory)) as running:
        figures = uvloop.run(measure(options, running))
    print(table(figures))
    found = shortcomings(figures)
    print("\n".join(f"Falls short: {shortcoming}" for shortcoming in found))
    return 1 if found and not options.report else 0


if __name__ == "__main__":
    sys.exit(main())
