"""Settings: .env.example tells all of them, empty is unset, and an unsafe start is refused by name in one line."""

import ast
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


# ---------------------------------------------------------------- .env.example
def names_read(source: str) -> set[str]:
    """The variables that a settings module asks for, through any of its four ways."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            asked = ast.unparse(node.func)
            if asked in ("text", "names", "whole_number", "Environment.ENVIRON.get") or asked.startswith("env."):
                found.add(str(node.args[0].value))
        if isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "env":
            found.add(str(ast.literal_eval(node.left)))
    return found


def test_the_example_tells_every_setting_and_no_other() -> None:
    read = names_read((ROOT / "config/settings.py").read_text()) - {"ENV_FILE"}  # it names the file itself
    of_settings, _, of_compose = (ROOT / ".env.example").read_text().partition("# ---- Docker Compose\n")
    told = re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", of_settings, re.MULTILINE)
    assert len(told) == len(set(told))
    assert not read & set(re.findall(r"^([A-Z][A-Z0-9_]+)=", of_compose, re.MULTILINE))
    assert set(told) == read
    assert len(read) > 25


def test_the_example_as_it_is_changes_nothing(machine: Machine) -> None:
    before = machine.settings(DJANGO_SECRET_KEY="k" * 64)
    machine.env_file.write_text((ROOT / ".env.example").read_text())
    assert machine.settings(DJANGO_SECRET_KEY="k" * 64) == before


def test_a_new_way_to_read_a_setting_is_noticed() -> None:
    ways = 'text("A"); names("B"); whole_number("C", 1, least=1); "D" in env; "E" not in env; env.list("F")'
    assert names_read(ways) == set("ABCDEF")


# ---------------------------------------------------------------- Empty, environment, file
def test_with_nothing_set_it_is_safe_and_needs_nothing(machine: Machine) -> None:
    found = machine.settings()
    assert (found["HOST"], found["PORT"], found["DEBUG"]) == ("127.0.0.1", 8000, False)
    assert (found["USES_SQLITE"], found["USES_STANDIN"]) == (True, True)
    assert (found["DAILY_CHAT_LIMIT"], found["TIME_ZONE"]) == (5, "Asia/Seoul")
    assert found["SECURE_PROXY_SSL_HEADER"] is None


def test_an_empty_variable_counts_as_unset(machine: Machine) -> None:
    told = re.findall(r"^([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    empty = dict.fromkeys([name for name in told if name != "VAR_DIR"], "")
    assert machine.settings(**empty) == machine.settings()


def test_the_environment_wins_over_the_file_unless_it_is_empty(machine: Machine) -> None:
    machine.env_file.write_text("PORT=9001\nDAILY_CHAT_LIMIT=7\nSIGNUP_CODE=\n")
    found = machine.settings(PORT="9002", DAILY_CHAT_LIMIT="")
    assert (found["PORT"], found["DAILY_CHAT_LIMIT"], found["SIGNUP_CODE"]) == (9002, 7, "")


# ---------------------------------------------------------------- The secret
def test_a_generated_secret_is_private_and_stays(machine: Machine) -> None:
    first = machine.settings()["SECRET_KEY"]
    kept = machine.var / "secret_key"
    assert kept.read_text() == first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(first) >= 64
    assert machine.settings(DJANGO_SECRET_KEY="")["SECRET_KEY"] == first


def test_two_machines_have_two_secrets(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert machine.settings()["SECRET_KEY"] != Machine(tmp_path / "other").settings()["SECRET_KEY"]


def test_a_given_secret_is_written_nowhere(machine: Machine) -> None:
    assert machine.settings(DJANGO_SECRET_KEY="k" * 64)["SECRET_KEY"] == "k" * 64
    assert not (machine.var / "secret_key").exists()


@pytest.mark.parametrize("secret", ["$HOME" + "k" * 40, "$" * 40, "k" * 20 + "$PATH" + "=" * 20, '"quoted"' * 5])
def test_a_secret_is_taken_to_the_letter(machine: Machine, secret: str) -> None:
    assert machine.settings(DJANGO_SECRET_KEY=secret, HOME="/home/x")["SECRET_KEY"] == secret
    assert machine.settings(SIGNUP_CODE=secret, HOME="/home/x")["SIGNUP_CODE"] == secret


def test_a_secret_in_the_file_is_taken_to_the_letter(machine: Machine) -> None:
    secret = "$HOME" + "k" * 40
    machine.env_file.write_text(f"DJANGO_SECRET_KEY={secret}\n")
    assert machine.settings(HOME="/home/x")["SECRET_KEY"] == secret


# ---------------------------------------------------------------- What is refused
@pytest.mark.parametrize(
    "name", ["DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "OPENAI_API_KEY"]
)
def test_production_refuses_what_is_missing_by_name(machine: Machine, name: str) -> None:
    reason = machine.refusal(**PRODUCTION | {name: ""})
    assert name in reason
    assert ";" not in reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DJANGO_DEBUG", "1"),
        ("DJANGO_DEBUG", "True"),
        ("DJANGO_ALLOWED_HOSTS", "haru.example,*"),
        ("FRONTEND_URL", "http://page.example/"),
    ],
)
def test_production_refuses_what_is_unsafe_by_name(machine: Machine, name: str, value: str) -> None:
    assert name in machine.refusal(**PRODUCTION | {name: value})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_listening_beyond_loopback_is_production(machine: Machine, host: str) -> None:
    assert "DJANGO_SECRET_KEY" in machine.refusal(HOST=host)


def test_a_safe_production_start_uses_https_and_no_stand_in(machine: Machine) -> None:
    found = machine.settings(**PRODUCTION)
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"]
    assert not found["USES_STANDIN"]
    assert found["ALLOWED_HOSTS"] == ["haru.example"]
    assert not machine.settings(**PRODUCTION | {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "http://ollama/v1"})[
        "USES_STANDIN"
    ]


def test_staff_need_a_second_step_beyond_loopback_unless_the_operator_says_otherwise(machine: Machine) -> None:
    assert machine.settings()["STAFF_TWO_STEP"] == "optional"
    assert machine.settings(STAFF_TWO_STEP="required")["STAFF_TWO_STEP"] == "required"
    assert machine.settings(**PRODUCTION)["STAFF_TWO_STEP"] == "required"
    assert machine.settings(**PRODUCTION | {"STAFF_TWO_STEP": "Optional"})["STAFF_TWO_STEP"] == "optional"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DJANGO_SECRET_KEY", "k" * 31),
        ("STAFF_TWO_STEP", "yes"),
        *[("PORT", value) for value in ("0", "65536", "80a", "-1", "8000.0", "0x50")],
        ("WEB_CONCURRENCY", "0"),
        ("DAILY_CHAT_LIMIT", "-1"),
        ("DAILY_CHAT_LIMIT", "five"),
        *[
            ("FRONTEND_URL", value)
            for value in ("page.example", "https://", "https://page.example/#top", "javascript:x")
        ],
        *[("OPENAI_API_KEY", value) for value in ("sk-test\n", "sk test", "\u201csk-test\u201d")],
        *[
            ("OPENAI_BASE_URL", value)
            for value in (
                "ollama:11434/v1",
                "http://",
                "http://u:p@ollama/v1",
                "https://a/v1?api-version=1",
                "http://[::1",
            )
        ],
        ("OPENAI_MAX_TOKENS_PARAMETER", "max_new_tokens"),
        *[("MODEL_PRICES", value) for value in ("gpt-4o:1/2", "=1/2", "a=nan/-1", "a=1/2/3", "a=1", "a=./1")],
        *[("OPERATOR_EMAIL", value) for value in ("me", "me@haru.example,you@haru.example")],
        *[(f"{name}_CLIENT_ID", "id without a secret") for name in ("KAKAO", "GITHUB", "GOOGLE")],
        *[("TIME_ZONE", value) for value in ("Mars/Olympus", "../etc/passwd", "Asia", "/etc/localtime")],
    ],
)
def test_a_wrong_value_is_refused_by_name_wherever_it_listens(machine: Machine, name: str, value: str) -> None:
    assert machine.refusal(**{name: value}).startswith(name)


@pytest.mark.parametrize(
    "command",
    [("manage.py", "check"), ("-m", "gunicorn", "--config", "config/gunicorn.py", "config.asgi:application")],
    ids=["manage.py", "gunicorn"],
)
def test_an_unsafe_start_says_all_its_reasons_in_one_line(machine: Machine, command: tuple[str, ...]) -> None:
    process = machine.run(*command, HOST="0.0.0.0", DJANGO_DEBUG="1", DJANGO_ALLOWED_HOSTS="*")
    assert process.returncode == 1
    said = (process.stdout + process.stderr).strip()
    assert "\n" not in said
    assert said.startswith("Haru cannot start: ")
    for name in ("DJANGO_SECRET_KEY", "DJANGO_DEBUG", "DJANGO_ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "OPENAI_API_KEY"):
        assert name in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "postgresql://haru:secret@db:port/haru"),
        ("LOG_LEVEL", "verbose"),
    ],
)
def test_a_wrong_value_of_another_kind_is_one_line_too(machine: Machine, name: str, value: str) -> None:
    process = machine.run("manage.py", "check", **{name: value})
    assert process.returncode == 1
    assert process.stderr.startswith(f"Haru cannot start: {name} ")
    assert "\n" not in process.stderr.strip()
    assert "secret" not in process.stderr
