"""`python -m bench.soak`: ten minutes of mixed traffic, and whether anything grows; the book must agree at the end."""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvloop

from bench import load, processes, systems
from bench.systems import System

QUESTION = "[[words=40]] [[over=8]] hi"
SAMPLE_SECONDS = 5
WARM_SECONDS = 20  # what is made once (threads, pools, caches) is made then
WARM_SHARE = 0.2  # of the samples: memory fills still
GROWTH_MAX = 0.10
REST_SECONDS = 30  # until kept-alive connections are closed: at rest files and threads are what they were
WIDTH, HEIGHT, LEFT = 720, 90, 190
Sample = dict[str, float]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--asks", type=float, default=15, help="questions a second; each is a stream of 8 seconds")
    parser.add_argument("--lists", type=float, default=20, help="lists a second")
    parser.add_argument("--write", action="store_true", help="the plot, docs/benchmarks/soak.svg")
    return parser.parse_args()


def sample(system: System) -> Sample:
    """What may leak: memory, connections, files, threads of all its processes."""
    tree = processes.tree(system.pid)
    return {
        "memory, MB": processes.memory_mb(system.pid),
        "database connections": processes.connections(system.database_url),
        "open files": sum(len(os.listdir(f"/proc/{process}/fd")) for process in tree),
        "threads": sum(len(os.listdir(f"/proc/{process}/task")) for process in tree),
    }


async def watch(system: System, samples: list[Sample]) -> None:
    while True:
        samples.append(await asyncio.to_thread(sample, system))
        await asyncio.sleep(SAMPLE_SECONDS)


async def every(rate: float, seconds: float, work: Any) -> Counter[str]:
    """Begins a piece of work so many times a second, whatever the others do; how they ended."""
    began, running = time.monotonic(), []
    for number in range(round(rate * seconds)):
        await asyncio.sleep(began + number / rate - time.monotonic())
        running.append(asyncio.create_task(work(number)))
    return Counter(await asyncio.gather(*running))


async def traffic(system: System, askers: list[list[str]], options: argparse.Namespace) -> tuple[Any, list[Sample]]:
    """Streams and lists side by side, and what was sampled meanwhile."""
    seconds, samples, fresh = options.minutes * 60, list[Sample](), iter(askers)

    async def ask(number: int) -> str:
        token, talk = next(fresh)
        outcome = await load.follow(load.haru_target(system.url, token, talk, QUESTION), 40, number)
        return outcome.failure or "complete"

    async with load.session() as client:

        async def look(number: int) -> str:
            try:
                await load.got(client, f"{system.url}/api/v1/chat/conversations/", askers[number % len(askers)][0])
            except RuntimeError as error:
                return str(error)
            return "listed"

        await asyncio.gather(every(options.asks, WARM_SECONDS, ask), every(options.lists, WARM_SECONDS, look))
        await asyncio.sleep(REST_SECONDS)
        samples.append(sample(system))
        watching = asyncio.create_task(watch(system, samples))
        ended = await asyncio.gather(every(options.asks, seconds, ask), every(options.lists, seconds, look))
        await asyncio.sleep(REST_SECONDS)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return ended, samples


def growth(name: str, figures: list[float]) -> float:
    """As a share: of memory from the first fifth after the warming-up to the last, of the rest from rest to rest."""
    if not name.startswith("memory"):
        return figures[-1] / figures[0] - 1
    warm = figures[round(len(figures) * WARM_SHARE) :]
    part = max(1, len(warm) // 5)
    first, last = sum(warm[:part]) / part, sum(warm[-part:]) / part
    return last / first - 1


def plot(samples: list[Sample]) -> str:
    """A line a figure, each on its own scale from nothing to its most."""
    parts = []
    for row, name in enumerate(samples[0]):
        figures, floor = [one[name] for one in samples], (row + 1) * HEIGHT - 15
        most, step = max(figures) or 1, (WIDTH - LEFT - 20) / max(1, len(figures) - 1)
        points = " ".join(f"{LEFT + i * step:.1f},{floor - 55 * f / most:.1f}" for i, f in enumerate(figures))
        parts.append(f'<text x="0" y="{floor - 25}">{name}</text><text x="0" y="{floor - 7}">most {most:.0f}</text>')
        parts.append(f'<path d="M{LEFT},{floor}H{WIDTH - 20}"/><polyline points="{points}"/>')
    style = "text{font:14px system-ui;fill:#444}path{stroke:#bbb}polyline{fill:none;stroke:#3a7d6b;stroke-width:2}"
    box = f'viewBox="0 0 {WIDTH} {HEIGHT * len(samples[0])}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img"><style>{style}</style>{"".join(parts)}</svg>\n'


def main() -> int:
    """1 when something grew, a stream failed, or the book disagrees."""
    options = arguments()
    processes.take_all_files()
    with (
        tempfile.TemporaryDirectory() as directory,
        processes.standin(Path(directory)) as model_url,
        processes.postgresql() as database_url,
    ):
        environment = processes.haru_environment(Path(directory), database_url, model_url)
        processes.migrate(environment)
        askers = processes.filled(str(round(options.asks * (options.minutes * 60 + WARM_SECONDS)) + 1), environment)
        with systems.haru(Path(directory), environment) as system:
            ended, samples = uvloop.run(traffic(system, askers, options))
        checked = subprocess.run(
            [sys.executable, "manage.py", "check_book"], cwd=processes.ROOT, env={**os.environ, **environment}
        )
    print(f"streams: {dict(ended[0])}; lists: {dict(ended[1])}")
    grown = {name: growth(name, [one[name] for one in samples]) for name in samples[0]}
    for name, share in grown.items():
        print(f"{name}: most {max(one[name] for one in samples):.0f}, grown by {share:.1%}")
    if options.write:
        (processes.ROOT / "docs" / "benchmarks" / "soak.svg").write_text(plot(samples))
    is_well = set(ended[0]) == {"complete"} and set(ended[1]) == {"listed"} and max(grown.values()) <= GROWTH_MAX
    return 0 if is_well and checked.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
