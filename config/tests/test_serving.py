"""The service as a real process, as `make run` starts it: its port, its assets, its logs, its two ways to end."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import AsyncMock

import httpx
import pytest
import uvicorn

from chat.tests.asking import SSE, events, new_conversation
from chat.tests.processes import free_port
from chat.worker import LAST_MOMENT_SECONDS
from config.serving import QUICK_LAST_ANSWERS_SECONDS, DrainingServer

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a quiet harbour"
STEP_SECONDS = 120  # for a start or an end, however busy the machine is; it takes two
Environment = dict[str, str]


class Service:
    """One Gunicorn with two workers in a process group of its own, and what it has said."""

    def __init__(self, environment: Environment) -> None:
        self.var = Path(environment["VAR_DIR"])
        self.url = f"http://127.0.0.1:{environment['PORT']}"
        self.said = self.var / f"said-{time.monotonic_ns()}"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.asgi:application"],
                cwd=ROOT,
                env=environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + STEP_SECONDS
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            assert self.process.poll() is None, self.said.read_text()
            time.sleep(0.05)
        raise AssertionError(self.said.read_text())

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def is_gone(self) -> bool:
        """Whether no process of the group is left."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def replies(self) -> list[tuple[str, str, str]]:
        """Status, error code and text of every reply, from the database file."""
        with sqlite3.connect(self.var / "db.sqlite3") as database:
            rows = database.execute("SELECT status, error_code, content FROM chat_message WHERE role = 'assistant'")
            return list(rows)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A migrated SQLite and collected assets in a `var` of their own."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    environment = kept | {"ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path_factory.mktemp("var"))}
    for command in (("prepare",), ("collectstatic", "--noinput", "--verbosity", "0")):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    return environment


@contextmanager
def serving(prepared: Environment) -> Iterator[Service]:
    service = Service(prepared | {"PORT": str(free_port())})
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.kill()


@pytest.fixture(scope="module")
def service(prepared: Environment) -> Iterator[Service]:
    with serving(prepared) as running:
        yield running


@contextmanager
def newcomer(service: Service) -> Iterator[httpx.Client]:
    """Somebody who has just signed up."""
    name = f"n{time.monotonic_ns()}"
    fields = {"email": f"{name}@example.com", "nickname": name, "password": PASSWORD, "password_confirm": PASSWORD}
    with httpx.Client(base_url=f"{service.url}/api/v1/", timeout=30) as client:
        access = client.post("accounts/signup/", json=fields).json()["access"]
        client.headers["Authorization"] = f"Bearer {access}"
        yield client


def assets_of(page: httpx.Response) -> list[str]:
    """What a page loads: scripts, styles, pictures."""
    found = re.findall(r'<(?:script|img)[^>]*?\bsrc="([^"]+)"|<link[^>]*?\bhref="([^"]+)"', page.text)
    return [str(page.url.join(one or other)) for one, other in found if not (one or other).startswith("data:")]


@pytest.mark.parametrize("path", ["/admin/login/", "/", "/api/docs/", "/api/redoc/"])
def test_a_page_brings_its_assets_from_here(service: Service, path: str) -> None:
    page = httpx.get(service.url + path, follow_redirects=True)
    assert page.status_code == 200
    assets = assets_of(page)
    assert assets
    for asset in assets:
        assert asset.startswith(service.url)
        answer = httpx.get(asset)
        assert (answer.status_code, len(answer.content) > 100) == (200, True), asset
        assert answer.headers["Content-Type"].partition(";")[0] in (
            "text/css",
            "text/javascript",
            "application/javascript",
            "image/png",
            "image/svg+xml",
            "application/manifest+json",
        )


def test_the_page_stands_at_the_root_and_the_document_at_its_place(service: Service) -> None:
    page = httpx.get(service.url)
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert page.headers["Cache-Control"] == "no-cache"
    assert httpx.get(f"{service.url}/api/schema/").status_code == 200


@pytest.mark.parametrize(
    "path", ["chat.html", "config.js", "js/api.js", "css/base.css", "vendor/marked.js", "icons/haru.svg"]
)
def test_the_files_of_the_page_are_served(service: Service, path: str) -> None:
    assert httpx.get(f"{service.url}/{path}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "publish.py",
        "package.json",
        "biome.json",
        "README.md",
        "tests/stream.test.js",
        "tests/vendor/axe.js",
        "vendor/purify.LICENSE",
    ],
)
def test_what_belongs_to_its_making_is_not(service: Service, path: str) -> None:
    answer = httpx.get(f"{service.url}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_port_that_is_taken_is_said_in_one_line(service: Service, prepared: Environment) -> None:
    second = Service(prepared | {"PORT": service.url.rpartition(":")[2]})
    try:
        assert second.process.wait(timeout=STEP_SECONDS) != 0
    finally:
        second.kill()
    assert re.fullmatch(
        r"Haru cannot start: 127\.0\.0\.1:\d+ is taken; set PORT to another\.\n", second.said.read_text()
    )
    assert httpx.get(f"{service.url}/healthz").status_code == 200


def test_the_log_is_json_under_the_requests_id_and_without_its_query(prepared: Environment) -> None:
    with serving(prepared) as service:
        httpx.get(f"{service.url}/nope?q=private", headers={"X-Request-ID": "request-of-test"})
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(timeout=STEP_SECONDS)
        said = service.said.read_text()
    assert "private" not in said
    first, *lines = said.splitlines()
    assert first.startswith("Haru ")
    assert service.url in first
    logged = [json.loads(line) for line in lines]
    found = [line for line in logged if line["request_id"] == "request-of-test"]
    assert [line["message"].rpartition(" ")[0].rpartition(" ")[0] for line in found] == ["GET /nope 404"]


def test_a_wall_clock_that_is_set_back_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    tell = AsyncMock()
    config = uvicorn.Config("config.asgi:application", callback_notify=tell, timeout_notify=30)
    config.encoded_headers = []
    server = DrainingServer(config)
    for clock in (1_800_000_000, 1_799_990_000):
        monkeypatch.setattr(time, "time", lambda clock=clock: clock)
        asyncio.run(server.on_tick(0))
    assert tell.await_count == 2


def test_ctrl_c_in_the_middle_of_a_stream_ends_everything_within_two_seconds(prepared: Environment) -> None:
    """The waits it may make are two seconds; what else it takes is what a service with nothing to do takes to end."""
    assert LAST_MOMENT_SECONDS + QUICK_LAST_ANSWERS_SECONDS <= 2
    draining = prepared | {"DRAIN_SECONDS": "60"}
    with serving(draining) as idle:
        idle_seconds = seconds_to_end(idle)
    assert seconds_to_end_in_the_middle_of_a_stream(draining) < min(2 + 2 * idle_seconds, 20)


def seconds_to_end(service: Service) -> float:
    """By Ctrl-C."""
    os.killpg(service.process.pid, signal.SIGINT)  # as a terminal does: to all of them
    pressed = time.monotonic()
    assert service.process.wait(timeout=STEP_SECONDS) == 0
    return time.monotonic() - pressed


def seconds_to_end_in_the_middle_of_a_stream(prepared: Environment) -> float:
    with serving(prepared) as service, newcomer(service) as member:
        asked = {"content": "[[words=600]] [[over=60]] hi"}
        route = f"chat/conversations/{new_conversation(member)}/messages/"
        with member.stream("POST", route, json=asked, headers=SSE) as response:
            for event in events(response.iter_lines()):
                if event["event"] == "delta":
                    break
            seconds = seconds_to_end(service)
        assert service.is_gone()
        assert "Traceback" not in service.said.read_text()
        status, error, text = service.replies()[-1]
        assert (status, error) == ("failed", "interrupted")
        assert text
    return seconds


def test_a_stop_lets_the_running_reply_finish_and_refuses_new_ones(prepared: Environment) -> None:
    # Another worker, with nothing to write, would be gone at once; until the signal arrives questions are answered.
    one_worker = prepared | {"WEB_CONCURRENCY": "1", "DAILY_CHAT_LIMIT": "1000"}
    with serving(one_worker) as service, newcomer(service) as member, newcomer(service) as other:
        route = f"chat/conversations/{new_conversation(member)}/messages/"
        elsewhere = f"chat/conversations/{new_conversation(other)}/messages/"
        with member.stream("POST", route, json={"content": "[[words=40]] [[over=6]] hi"}, headers=SSE) as response:
            running = events(response.iter_lines())
            assert next(running)["event"] == "start"
            service.process.send_signal(signal.SIGTERM)
            short = {"content": "[[words=1]] [[over=0]] hi"}
            while (refused := other.post(elsewhere, json=short)).status_code == 201:
                pass  # the signal is still on its way
            assert (refused.status_code, refused.json()["code"]) == (503, "draining")
            assert int(refused.headers["Retry-After"]) > 0
            assert other.get(f"{service.url}/readyz").status_code == 503
            assert other.get("chat/quota/").status_code == 200
            last = list(running)[-1]
        assert (last["event"], last["data"]["reply"]["status"]) == ("done", "complete")
        assert len(last["data"]["reply"]["content"].split()) >= 40
        assert service.process.wait(timeout=STEP_SECONDS) == 0
        assert service.is_gone()


@pytest.mark.parametrize("target", ["run", "var/static/staticfiles.json"])
def test_an_asset_that_an_upgrade_changed_is_collected(tmp_path: Path, target: str) -> None:
    asset = "config/desk/static/desk/desk.css"
    for name in ("Makefile", "requirements.txt", asset, ".venv/runtime", "var/static/staticfiles.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes() if (ROOT / name).exists() else b"")
    make = ["make", "-n", "-W", asset, target]
    said = subprocess.run(make, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "manage.py collectstatic" in said.stdout
