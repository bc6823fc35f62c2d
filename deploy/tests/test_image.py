"""The image, really built and run: as nobody, on a read-only root, until a stop in the middle of a reply."""

import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.tests.asking import SSE, events, new_conversation
from chat.tests.processes import ROOT, free_port
from deploy.tests.site import has, member, postgres, until

MADE_BY = ROOT / "deploy" / "tests" / "image.sh"
GRACE_SECONDS = 30
CAN_BUILD = os.geteuid() == 0 and has("buildah") and has("mmdebstrap")
pytestmark = pytest.mark.skipif(not CAN_BUILD and not os.environ.get("CI"), reason="buildah, mmdebstrap and root")


class Image:
    """The root folder of the image, and what is configured in it."""

    def __init__(self, folder: Path) -> None:
        made = subprocess.run([str(MADE_BY), "build", str(folder)], stdout=subprocess.PIPE, text=True, check=True)
        self.root = Path(made.stdout.strip().splitlines()[-1])
        described = json.loads((folder / "image.json").read_text())
        self.config: dict[str, Any] = described["Docker"]["config"]

    def environment(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for pair in self.config["Env"])

    def start(self, *command: str, **settings: str) -> subprocess.Popen[str]:
        """Runs a command in it as a container does: its root read-only, its user, /tmp and /dev/shm in memory."""
        # chroot(2) wants a capability: it comes first, and the image's own setpriv then gives everything up.
        prepare = (
            'root=$1; shift; mount --bind "$root" "$root"; mount -o remount,bind,ro "$root"; '
            'mount -t tmpfs tmpfs "$root/tmp"; mount --rbind /dev "$root/dev"; mount -t proc proc "$root/proc"; '
            'cd "$root"; exec chroot "$root" setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs '
            '--bounding-set=-all --inh-caps=-all -- env --chdir=/srv/haru "$@"'
        )
        return subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-euc", prepare, "sh", str(self.root), *command],
            env=self.environment() | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, **settings: str) -> tuple[int, str]:
        process = self.start(*command, **settings)
        said = process.communicate(timeout=120)[0]
        return process.returncode, said


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    folder = tmp_path_factory.mktemp("image")
    folder.chmod(0o755)
    try:
        yield Image(folder)
    finally:
        subprocess.run([str(MADE_BY), "remove", str(folder)], check=False)


@pytest.fixture
def database_port() -> Iterator[int]:
    """The database by TCP, as from another container: its own socket is in a folder that the image does not have."""
    host = os.environ["DATABASE_URL"].partition("host=")[2]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=relay, args=(listening, f"{host}/.s.PGSQL.5432"), daemon=True).start()
        yield int(listening.getsockname()[1])


def relay(listening: socket.socket, path: str) -> None:
    with suppress(OSError):
        while True:
            near, _ = listening.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(path)
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=pour, args=(source, target), daemon=True).start()


def pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def settings_of_image(model: str, database_port: int) -> Iterator[dict[str, str]]:
    """Production's, on a database of its own."""
    name = f"haru_image_{secrets.token_hex(4)}"
    postgres("createdb", name)
    yield {
        "DATABASE_URL": f"postgresql://postgres:@127.0.0.1:{database_port}/{name}",
        "DJANGO_SECRET_KEY": "k" * 64,
        "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
        "CORS_ALLOWED_ORIGINS": "https://page.example",
        "OPENAI_BASE_URL": model,
        "PORT": str(free_port()),
        "DRAIN_SECONDS": "10",
    }
    postgres("dropdb", "--force", name)


# ---------------------------------------------------------------- What is in it
def test_it_runs_as_nobody_and_ends_on_sigterm(image: Image) -> None:
    assert image.config["User"] == "10001:10001"
    assert image.config.get("StopSignal", "SIGTERM") == "SIGTERM"
    assert image.config["Cmd"][0] == "gunicorn"  # no shell between the signal and the server
    assert image.config["Healthcheck"]["Test"][0] == "CMD"


@pytest.mark.parametrize("tool", ["gcc", "cc", "make", "ld"])
def test_it_has_no_compiler(image: Image, tool: str) -> None:
    assert not [found for place in ("bin", "usr/bin", "usr/local/bin") for found in (image.root / place).glob(tool)]


def test_it_holds_neither_secrets_nor_what_only_developers_need(image: Image) -> None:
    service = image.root / "srv" / "haru"
    assert {path.name for path in service.iterdir()} == {
        *("accounts", "chat", "config", "docs", "frontend", "locale", "manage.py", "requirements.txt", "var"),
    }
    assert [path.name for path in (service / "var").iterdir()] == ["static"]
    assert list(service.rglob("tests")) == []
    assert not (image.root / "opt" / "haru" / "bin" / "pip").exists()


def test_its_user_owns_nothing(image: Image) -> None:
    for folder in ("opt/haru", "srv/haru"):
        owned = subprocess.run(["find", str(image.root / folder), "!", "-uid", "0"], capture_output=True, text=True)
        assert owned.stdout == ""


def test_it_is_small(image: Image) -> None:
    added = sum(
        path.lstat().st_size for folder in ("opt/haru", "srv/haru") for path in (image.root / folder).rglob("*")
    )
    assert added < 250_000_000


# ---------------------------------------------------------------- Running
def test_an_unsafe_start_is_refused_by_name(image: Image) -> None:
    code, said = image.run(*image.config["Cmd"])
    assert code != 0
    for name in ("DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "OPENAI_API_KEY"):
        assert name in said
    assert "Traceback" not in said


def test_its_root_cannot_be_written_to(image: Image) -> None:
    code, said = image.run("sh", "-c", "id -u; touch /srv/haru/x || touch /etc/x || touch /x")
    assert code != 0
    assert said.splitlines()[0] == "10001"


def test_it_serves_and_stops_within_its_grace_while_a_reply_is_written(
    image: Image, settings_of_image: dict[str, str]
) -> None:
    code, said = image.run("python", "manage.py", "prepare", **settings_of_image)
    assert code == 0, said
    running = image.start(*image.config["Cmd"], **settings_of_image)
    url = f"http://127.0.0.1:{settings_of_image['PORT']}"
    try:
        until(lambda: httpx.get(f"{url}/readyz").status_code == 200, seconds=60)
        assert image.run(*image.config["Healthcheck"]["Test"][1:], **settings_of_image)[0] == 0
        for path in ("admin/login/", "api/docs/", "api/schema/", ""):
            assert httpx.get(f"{url}/{path}").status_code == 200, path
        with member(httpx.Client(base_url=f"{url}/", timeout=60), "alice@example.com") as alice:
            path = f"chat/conversations/{new_conversation(alice)}/messages/"
            question = {"content": "[[words=30]] [[over=4]] hi"}
            with alice.stream("POST", path, json=question, headers=SSE) as response:
                found = events(response.iter_lines())
                next(found)
                asked_at = time.monotonic()
                running.send_signal(signal.SIGTERM)
                last = list(found)[-1]
        assert (last["event"], last["data"]["reply"]["status"]) == ("done", "complete")
        assert running.wait(timeout=GRACE_SECONDS) == 0
        assert time.monotonic() - asked_at < GRACE_SECONDS
    finally:
        running.kill()
    assert "Traceback" not in (running.stdout.read() if running.stdout else "")
