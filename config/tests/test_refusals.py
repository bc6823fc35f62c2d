"""What it does not start with: said by name, in one line, without any secret."""

import sqlite3
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import database
from config.tests.machine import PRODUCTION, Machine


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


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("OPENAI_API_KEY = sk-secret", "line 2: must be NAME=value"),
        (" OPENAI_API_KEY=sk-secret", "line 2: must be NAME=value"),
        ("sk-secret", "line 2: must be NAME=value"),
        ("OPENAI_API_KEY=sk-secret\udcff", "cannot be read: it is not UTF-8"),
    ],
)
def test_a_file_that_would_be_read_wrong_is_refused_without_its_words(machine: Machine, line: str, reason: str) -> None:
    machine.env_file.write_text(f"# mine\n{line}\n", errors="surrogateescape")
    process = machine.run("manage.py", "check")
    assert process.returncode == 1
    assert process.stderr.startswith(f"Haru cannot start: {machine.env_file}")
    assert reason in process.stderr
    assert "secret" not in process.stdout + process.stderr


def test_a_file_that_is_named_and_not_there_is_refused(machine: Machine) -> None:
    machine.env_file.unlink()
    assert machine.refusal() == f"{machine.env_file} cannot be read: No such file or directory."
    machine.env_file.mkdir()  # what Docker makes of a file to mount that is not there
    assert machine.refusal() == f"{machine.env_file} cannot be read: Is a directory."


def test_an_sqlite_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(ImproperlyConfigured, match="too old"):
        database.from_url("", tmp_path, parse=lambda url: {})


def test_a_folder_that_cannot_be_made_is_refused(machine: Machine) -> None:
    machine.var.touch()
    assert machine.refusal(DJANGO_SECRET_KEY="k" * 64) == f"VAR_DIR cannot be used: {machine.var}: File exists."


def test_a_database_that_is_away_is_a_line_too(machine: Machine) -> None:
    process = machine.run("manage.py", "prepare", DATABASE_URL="postgresql://haru:secret@127.0.0.1:1/haru")
    assert process.returncode == 1
    assert process.stderr.startswith("The database says: ")
    assert "Traceback" not in process.stderr
    assert "secret" not in process.stderr
