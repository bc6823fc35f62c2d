"""Real hosts for tests: Gunicorn with two workers, as `make run` starts it, on the test's own database."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import httpx
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_url() -> str:
    """The test's database, so that other processes see it."""
    made: dict[str, Any] = connection.settings_dict
    if settings.USES_SQLITE:
        return f"sqlite:///{made['NAME']}"
    if not made["HOST"]:
        return f"postgresql://{made['USER']}:@/{made['NAME']}?host={made['OPTIONS']['host']}"
    return f"postgresql://{made['USER']}:{made['PASSWORD']}@{made['HOST']}:{made['PORT'] or 5432}/{made['NAME']}"


class Host:
    """One Gunicorn with its workers, on a port that stays its own."""

    def __init__(self, environment: Mapping[str, str], stderr: IO[bytes] | None = None) -> None:
        self.port, self.stderr, self.environment = free_port(), stderr, environment
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.asgi:application"],
            cwd=ROOT,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            text=True,
            env=os.environ
            | {"DATABASE_URL": database_url(), "PORT": str(self.port), "WEB_CONCURRENCY": "2", "ENV_FILE": os.devnull}
            | {"VAR_DIR": str(settings.VAR_DIR), "DJANGO_SECRET_KEY": settings.SECRET_KEY}
            | dict(self.environment),
        )

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        master = self.process.pid
        with suppress(OSError):
            return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]
        return []

    def wait_until_ready(self) -> "Host":
        assert self.process.stdout
        self.process.stdout.readline()  # the line that says where it is; workers may still be starting
        transport = httpx.HTTPTransport(retries=7)  # with pauses that double: half a minute
        with httpx.Client(transport=transport) as client:
            assert client.get(f"{self.url}/readyz", timeout=20).status_code == 200
        return self

    def answers(self, path: str) -> int:
        """The status of a probe; 0 where nobody takes the connection."""
        try:
            return httpx.get(self.url + path, timeout=5).status_code
        except httpx.TransportError:
            return 0

    def is_back(self, deadline: float) -> bool:
        """Whether it is ready again before `deadline` (by the monotonic clock)."""
        while not (is_ready := self.answers("/readyz") == 200) and time.monotonic() < deadline:
            time.sleep(0.2)
        return is_ready

    def kill(self) -> None:
        """SIGKILL to master and workers: the power is gone."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def host(**environment: str) -> Iterator[Host]:
    """A ready host that is gone at the end, whatever happened."""
    running = Host(environment)
    try:
        yield running.wait_until_ready()
    finally:
        running.kill()


@contextmanager
def model(*options: str) -> Iterator[str]:
    """The stand-in as a process of its own, whose figures count the calls of every host; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "config.standin", "--port", "0", *options], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
