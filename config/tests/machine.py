"""A machine on which nothing is set, to see what the settings make of an environment."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHOWN = (
    "HOST PORT WEB_CONCURRENCY SECRET_KEY DEBUG ALLOWED_HOSTS CORS_ALLOWED_ORIGINS USES_SQLITE USES_STANDIN "
    "OPENAI_MODEL DAILY_CHAT_LIMIT SIGNUP_CODE TIME_ZONE SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_HSTS_SECONDS "
    "SECURE_PROXY_SSL_HEADER STAFF_TWO_STEP"
).split()
SHOW = f"import json; from config import settings; print(json.dumps({{n: getattr(settings, n) for n in {SHOWN!r}}}))"
PRODUCTION = {
    "HOST": "0.0.0.0",
    "DJANGO_SECRET_KEY": "k" * 64,
    "DJANGO_ALLOWED_HOSTS": "haru.example",
    "CORS_ALLOWED_ORIGINS": "https://page.example",
    "OPENAI_API_KEY": "sk-test",
}


class Machine:
    """A clean environment with a `var` of its own, in which processes are started."""

    def __init__(self, folder: Path) -> None:
        self.var, self.env_file = folder / "var", folder / ".env"
        self.env_file.touch()

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
        places = {"ENV_FILE": str(self.env_file), "VAR_DIR": str(self.var)}
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=kept | places | environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def settings(self, **environment: str) -> dict[str, Any]:
        """What the settings are."""
        process = self.run("-c", SHOW, **environment)
        assert process.returncode == 0, process.stderr
        return dict(json.loads(process.stdout))

    def refusal(self, **environment: str) -> str:
        """Why they are refused."""
        process = self.run("-c", SHOW, **environment)
        assert process.returncode != 0
        name, _, reason = process.stderr.strip().splitlines()[-1].partition(": ")
        assert name == "django.core.exceptions.ImproperlyConfigured"
        return reason
