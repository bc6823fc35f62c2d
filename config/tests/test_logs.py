"""Logs: one JSON object a line under the request's id, and never a password, a token or a word of anybody."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.db import OperationalError

from chat.worker import this_process
from config import logs
from config.tests.listening import Listener

Lines = Callable[[], list[dict[str, Any]]]
# The tests' own client, and the server's access log, which is off where the service serves (test_serving looks there).
NOT_OF_THE_SERVICE = {"httpx", "httpcore.connection", "httpcore.http11", "uvicorn.access"}
PASSWORD = "a quiet harbour at dawn"


@pytest.fixture
def log_lines() -> Iterator[Lines]:
    """Everything that is logged, however fine, as the service's own handler would write it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.JsonFormatter())
    handler.addFilter(logs.RequestIdFilter())
    handler.addFilter(lambda record: record.name not in NOT_OF_THE_SERVICE)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize(
    ("said", "is_leak"),
    [
        ("asked [[words=3]]", True),
        ("Bearer eyJhbGciOiJIUzI1NiJ9", True),
        ("key sk-abcdef", True),
        ("key sk-…", False),
        ("Key (email)=(me@example.com) already exists", True),
        ("POST /api/v1/accounts/login/ 200 3 ms", False),
    ],
)
def test_whoever_listens_to_the_whole_run_hears_a_leak(said: str, is_leak: bool) -> None:
    listener = Listener()
    listener.handle(logging.makeLogRecord({"name": "haru.any", "msg": said}))
    assert bool(listener.leaks) == is_leak


def access_line(lines: Lines, path: str) -> dict[str, Any] | None:
    found = [line for line in lines() if line["logger"] == "haru.access" and f" {path} " in line["message"]]
    return found[-1] if found else None


def test_a_request_is_one_line_with_its_id_and_without_its_query(
    server: Any, log_lines: Lines, eventually: Callable[..., None]
) -> None:
    httpx.get(f"{server.url}/healthz?q=private+words", headers={"X-Request-ID": "request-of-test"})
    eventually(lambda: access_line(log_lines, "/healthz") is not None)
    line = access_line(log_lines, "/healthz") or {}
    assert set(line) == {"time", "level", "logger", "request_id", "message"}
    assert (line["request_id"], line["level"]) == ("request-of-test", "INFO")
    assert line["message"].startswith("GET /healthz 200 ")
    assert "private" not in json.dumps(log_lines())


def test_a_line_feed_in_a_path_begins_no_line(server: Any, log_lines: Lines, eventually: Callable[..., None]) -> None:
    httpx.get(f'{server.url}/a%0a{{"level":"ERROR"}}%1b[2J')
    eventually(lambda: any("404" in line["message"] for line in log_lines()))
    assert all("time" in line for line in log_lines())


def test_nobodys_password_token_or_words_are_logged(
    nobody: httpx.Client, log_lines: Lines, eventually: Callable[..., None]
) -> None:
    fields = {"email": "carol@example.com", "nickname": "Caroline", "password": PASSWORD, "password_confirm": PASSWORD}
    pairs = [nobody.post("accounts/signup/", json=fields).json()]
    nobody.post("accounts/signup/", json=fields | {"password_confirm": "mistyped secret"})
    nobody.post("accounts/login/", json={"email": "carol@example.com", "password": "mistyped secret"})
    pairs.append(nobody.post("accounts/login/", json={"email": "carol@example.com", "password": PASSWORD}).json())
    pairs.append(nobody.post("accounts/token/refresh/", json={"refresh": pairs[1]["refresh"]}).json())
    nobody.headers["Authorization"] = f"Bearer {pairs[2]['access']}"
    conversation = nobody.post("chat/conversations/", json={"assistant": "free-chat", "title": "My divorce"}).json()
    messages = f"chat/conversations/{conversation['id']}/messages/"
    for script in ("", "[[fail=500]]", "[[cut]]", "[[garbage]]"):
        reply = nobody.post(messages, json={"content": f"{script} [[words=30]] [[over=0]] my divorce"}).json()
        assert "reply" in reply
    nobody.post(messages, json={"content": 5, "extra": "my divorce"})
    nobody.post(messages, content='{"content": "my divorce', headers={"Content-Type": "application/json"})
    nobody.get("chat/conversations/", params={"q": "divorce"})
    nobody.get(messages)
    nobody.post("accounts/logout/", json={"refresh": pairs[2]["refresh"]})
    eventually(lambda: access_line(log_lines, "/api/v1/accounts/logout/") is not None)
    everything = json.dumps(log_lines(), ensure_ascii=False).lower()
    tokens = [pair[kind] for pair in pairs for kind in ("access", "refresh")]
    for secret in ("carol", "harbour", "mistyped", "divorce", "bearer", "eyj", *tokens):
        assert secret.lower() not in everything
    replies = [line for line in log_lines() if line["logger"] == "haru.replies"]
    assert [line["message"] for line in replies] == ["reply complete"] + ["reply failed"] * 3
    assert 0 <= replies[0]["first_word_ms"] <= 1000 * (replies[0]["seconds"] + 0.1)
    assert all(len(line["request_id"]) == 32 for line in replies)


def record(message: str, *args: object, **extra: Any) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "haru.test", "msg": message, "args": args, "levelname": "INFO", **extra})
    logs.RequestIdFilter().filter(made)
    return made


def test_a_line_holds_what_was_added_but_no_objects() -> None:
    token = logs.request_id.set("request-of-test")
    line = json.loads(logs.JsonFormatter().format(record("한글 %d", 5, chars=7, request=object(), model=None)))
    logs.request_id.reset(token)
    assert (line["message"], line["chars"], line["model"]) == ("한글 5", 7, None)
    assert line["request_id"] == "request-of-test"
    assert "request" not in line


def test_whatever_is_logged_is_one_line_that_can_be_written() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        line = logs.JsonFormatter().format(record("a\nb \ud800", exc_info=sys.exc_info()))
    assert "\n" not in line
    assert "two\nlines" in json.loads(line)["exception"]
    line.encode()


def test_at_a_terminal_a_line_can_be_read_and_moves_no_cursor() -> None:
    line = logs.PlainFormatter().format(record("GET /a\n\x1b[2J 404", seconds=1.5))
    assert line.endswith(" seconds=1.5")
    assert "GET /a" in line
    assert "\n" not in line
    assert "\x1b" not in line


def test_outside_a_request_the_id_is_a_dash() -> None:
    assert json.loads(logs.JsonFormatter().format(record("x")))["request_id"] == "-"


@pytest.mark.parametrize("logger", ["openai", "httpx2", "urllib3.connectionpool"])
def test_libraries_that_would_log_what_is_said_are_kept_quiet(logger: str) -> None:
    assert logging.getLogger(logger).getEffectiveLevel() >= logging.WARNING


def test_an_outage_of_the_database_is_a_line_a_beat(
    server: Any, monkeypatch: Any, caplog: Any, eventually: Callable[..., None]
) -> None:
    async def away() -> None:
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(this_process, "flush", away)
    eventually(lambda: "A beat failed, the database is away: connection refused" in caplog.text)
    assert "Traceback" not in caplog.text
