"""What is measured: the model itself, Haru in its set-ups, and what people would use instead."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.processes import ROOT, Environment

DOMAIN = "haru.example"
LITELLM = ROOT / "var" / "litellm" / "bin" / "litellm"


@dataclass(frozen=True)
class System:
    """One system that runs: `pid` is the parent of what is counted, 0 where nothing is; `is_haru` says whose API."""

    name: str
    url: str
    pid: int = 0
    is_haru: bool = True
    database_url: str = ""


@contextmanager
def haru(directory: Path, environment: Environment) -> Iterator[System]:
    """Gunicorn as in production."""
    log = directory / "haru.log"
    command = (sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.asgi:application")
    url = f"http://127.0.0.1:{environment['PORT']}"
    with processes.running(*command, environment=environment, log=log) as pid:
        processes.wait_for(f"{url}/readyz", log)
        yield System("Haru", url, pid, database_url=environment["DATABASE_URL"])


@contextmanager
def nginx(directory: Path, before: System) -> Iterator[System]:
    """The real site's Nginx, with TLS, before a Haru that runs; what is counted is still Haru alone."""
    port, health = processes.free_port(), processes.free_port()
    folders = {name: str(directory / name.lower()) for name in ("RUN_DIR", "PAGE_DIR", "ACME_DIR", "LETSENCRYPT_DIR")}
    for folder in folders.values():
        Path(folder).mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "frontend", folders["PAGE_DIR"], dirs_exist_ok=True)
    environment = folders | {
        "DOMAIN": DOMAIN,
        "HTTP_LISTEN": f"127.0.0.1:{processes.free_port()}",
        "HTTPS_LISTEN": f"127.0.0.1:{port}",
        "HEALTH_LISTEN": f"127.0.0.1:{health}",
        "WEB": before.url.removeprefix("http://"),
        "RESOLVER": "127.0.0.1",
        "NGINX_WORKER": "www-data",
    }
    directory.chmod(0o755)
    log = directory / "nginx.log"
    with processes.running(str(ROOT / "nginx" / "start.sh"), environment=environment, log=log):
        processes.wait_for(f"http://127.0.0.1:{health}/", log)
        yield System("Haru behind Nginx", f"https://{DOMAIN}:{port}", before.pid, database_url=before.database_url)


@contextmanager
def sync(directory: Path, environment: Environment, *, keeps: bool) -> Iterator[System]:
    """The same application as most deploy Django: two synchronous workers, a connection a request or a lasting one."""
    port = processes.free_port()
    options = ("-k", "sync", "-w", environment["WEB_CONCURRENCY"], "-b", f"127.0.0.1:{port}", "--backlog", "4096")
    command = (sys.executable, "-m", "gunicorn", *options, "bench.sync:application")
    own = {**environment, "BENCH_KEEPS_CONNECTIONS": "1" if keeps else ""}
    log = directory / "sync.log"
    with processes.running(*command, environment=own, log=log) as pid:
        processes.wait_for(f"http://127.0.0.1:{port}/healthz", log)
        name = "sync workers, lasting connections" if keeps else "sync workers"
        yield System(name, f"http://127.0.0.1:{port}", pid, database_url=environment["DATABASE_URL"])


@contextmanager
def litellm(directory: Path, model_url: str) -> Iterator[System]:
    """LiteLLM's proxy with two workers, without log-in and database; `make bench-peers` installs it."""
    port, settings, log = processes.free_port(), directory / "litellm.yaml", directory / "litellm.log"
    settings.write_text(
        "model_list:\n  - model_name: stand-in\n"
        f"    litellm_params: {{model: openai/stand-in, api_base: '{model_url}', api_key: x}}\n"
    )
    environment = {
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
        "PATH": f"{LITELLM.parent}:{os.environ['PATH']}",
    }
    options = ("--config", str(settings), "--host", "127.0.0.1", "--port", str(port), "--num_workers", "2")
    with processes.running(str(LITELLM), *options, environment=environment, log=log) as pid:
        processes.wait_for(f"http://127.0.0.1:{port}/health/liveliness", log)
        yield System("LiteLLM", f"http://127.0.0.1:{port}/v1", pid, is_haru=False)
