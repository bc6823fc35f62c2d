"""Settings: .env.example tells all of them, empty is unset, the environment wins over the file, a secret is kept."""

import ast
import re
import stat
from pathlib import Path

import pytest

from config.tests.machine import ROOT, Machine


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
