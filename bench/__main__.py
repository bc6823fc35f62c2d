"""`python -m bench`: every system and every scenario in one go, printed, and with `--write` in docs/benchmarks.md."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from bench import processes, report, scenarios, systems
from bench.report import Results
from bench.scenarios import WAVES, Wave
from bench.systems import System

REST_SECONDS = 2  # between waves: what the last one left is settled by then
BESIDE = Wave(300, 10, 3)


@dataclass(frozen=True)
class Ground:
    """What all systems stand on: the model, the database and its rows."""

    directory: Path
    model: System
    environment: dict[str, str]
    readers: dict[str, Any]
    waves: tuple[Wave, ...]


@contextmanager
def ground(directory: Path, waves: tuple[Wave, ...]) -> Iterator[Ground]:
    with processes.standin(directory, first_word_ms=50) as model_url, processes.postgresql() as database_url:
        environment = processes.haru_environment(directory, database_url, model_url)
        processes.migrate(environment)
        print("Filling the database …", flush=True)
        readers = processes.filled("readers", environment)
        yield Ground(directory, System("model", model_url, is_haru=False), environment, readers, waves)


async def all_streams(on: Ground, system: System, results: Results) -> None:
    for wave in on.waves:
        askers = processes.filled(str(wave.streams), on.environment) if system.is_haru else []
        await asyncio.sleep(REST_SECONDS)
        note(results, f"{wave.streams} streams", system, await scenarios.streams(system, wave, askers))


async def all_reading(on: Ground, system: System, results: Results) -> None:
    """What members do between questions, and log-ins."""
    for rows, of in on.readers["lists"].items():
        note(results, f"list, 20 of {rows}", system, await scenarios.lists(system, of))
        note(results, f"list, 20 in the middle of {rows}", system, await scenarios.lists(system, of, middle=True))
    for length, talk in on.readers["talks"].items():
        note(results, f"conversation of {length}", system, await scenarios.opening(system, talk))
    note(results, "log-in", system, await scenarios.logins(system, on.readers["logins"]))


async def beside(on: Ground, system: System, results: Results) -> None:
    askers = processes.filled(str(BESIDE.streams), on.environment)
    rows = on.readers["lists"]["1000"]
    figures = await scenarios.lists_beside_streams(system, BESIDE, askers, rows)
    note(results, f"list beside {BESIDE.streams} streams", system, figures)


async def answered(on: Ground, system: System, results: Results) -> None:
    clients = processes.filled("busy", on.environment) if system.is_haru else []
    note(results, "answers without streaming", system, await scenarios.answers(system, clients))


def note(results: Results, scenario: str, system: System, figures: dict[str, float]) -> None:
    results.add(scenario, system.name, figures)
    print(f"  {system.name}, {scenario}: {', '.join(f'{k} {report.said(v)}' for k, v in figures.items())}", flush=True)


def once(on: Ground, results: Results, *, peers: bool) -> None:
    """One run: each system alone, one after the other."""

    def run(measure: Any, system: System) -> None:
        processes.tidy(on.environment["DATABASE_URL"])
        uvloop.run(measure(on, system, results))

    for measure in (all_streams, answered):
        run(measure, on.model)
    began = time.monotonic()
    with systems.haru(on.directory, on.environment) as haru:
        note(results, "start-up", haru, {"seconds until it answers": time.monotonic() - began})
        for measure in (all_streams, answered, all_reading, beside):
            run(measure, haru)
        with systems.nginx(on.directory / "nginx", haru) as behind:
            run(all_streams, behind)
    for keeps in (False, True):
        with systems.sync(on.directory, on.environment, keeps=keeps) as sync:
            run(all_reading, sync)
    if peers:
        with systems.litellm(on.directory, on.model.url) as litellm:
            for measure in (all_streams, answered):
                run(measure, litellm)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--streams", type=int, nargs="*", help="only waves of so many streams")
    parser.add_argument("--peers", action="store_true", help="LiteLLM's proxy too (make bench-peers installs it)")
    parser.add_argument("--write", action="store_true", help="docs/benchmarks.md and its plots")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    waves = tuple(wave for wave in WAVES if not options.streams or wave.streams in options.streams)
    processes.take_all_files()
    results = Results()
    with tempfile.TemporaryDirectory() as directory, ground(Path(directory), waves) as on:
        Path(directory).chmod(0o755)  # Nginx's workers are another user
        for number in range(options.runs):
            print(f"Run {number + 1} of {options.runs}", flush=True)
            once(on, results, peers=options.peers)
    print(f"\n{report.verdicts(results)}\n\n{report.tables(results)}")
    if options.write:
        report.write(results, options.runs, processes.ROOT / "docs")


if __name__ == "__main__":
    main()
