"""Where mails go: `EMAIL_URL`, the terminal of a developer, or nowhere, which is said once."""

import json
import logging
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from environ import Env

from config import mail
from config.tests.machine import PRODUCTION, Machine

MAIL = {"EMAIL_URL": "smtp+tls://haru:pw@mail.example", "DEFAULT_FROM_EMAIL": "Haru <haru@haru.example>"}
PAGE = {"FRONTEND_URL": "https://page.example/haru"}
NAMES = "EMAIL_BACKEND EMAIL_VERIFICATION PAGE_FOLDER EMAIL_TIMEOUT".split()
SHOW = f"import json; from config import settings; print(json.dumps([getattr(settings, n) for n in {NAMES!r}]))"
LETTER = EmailMessage(
    "[하루] 새 비밀번호 설정", "첫 줄\n\nhttp://127.0.0.1/reset.html#token=t\n", to=["alice@example.com"]
)


def settings_of(machine: Machine, **environment: str) -> dict[str, Any]:
    process = machine.run("-c", SHOW, **environment)
    assert process.returncode == 0, process.stderr
    return dict(zip(NAMES, json.loads(process.stdout), strict=True))


# ---------------------------------------------------------------- EMAIL_URL
@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", "mail.example", 25, "", ""),
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, "", ""),
        ("smtp+tls://mail.example", "mail.example", 587, True, ""),
        ("smtp+ssl://mail.example", "mail.example", 465, "", True),
    ],
)
def test_an_address_of_a_mail_server_says_all(url: str, host: str, port: int, tls: object, ssl: object) -> None:
    found = mail.from_url(url, parse=Env.email_url_config)
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (tls, ssl)


def test_user_and_password_are_written_as_in_any_url() -> None:
    found = mail.from_url("smtp+tls://haru%40x.example:p%40%3A%2F%2B@mail.example", parse=Env.email_url_config)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("haru@x.example", "p@:/+")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mail.example",
        "smtps://u:secret@mail.example",
        "http://u:secret@h",
        "smtp://u:secret@h:port",
        "smtp://",
    ],
)
def test_another_address_is_refused_without_its_password(machine: Machine, url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        mail.from_url(url, parse=Env.email_url_config)
    assert str(refused.value).startswith("EMAIL_URL must be like")
    process = machine.run("manage.py", "check", EMAIL_URL=url)
    assert process.returncode == 1
    assert "\n" not in process.stderr.strip()
    assert "secret" not in process.stderr


# ---------------------------------------------------------------- What it is without, and what is refused
def test_on_loopback_mails_are_printed_and_nobody_must_confirm(machine: Machine) -> None:
    assert settings_of(machine, PORT="8001") == {
        "EMAIL_BACKEND": "config.mail.TerminalBackend",
        "EMAIL_VERIFICATION": "none",
        "PAGE_FOLDER": "http://127.0.0.1:8001/",
        "EMAIL_TIMEOUT": 10,
    }


def test_production_without_a_mail_server_prints_nothing(machine: Machine) -> None:
    assert settings_of(machine, **PRODUCTION)["EMAIL_BACKEND"] == "config.mail.NowhereBackend"


@pytest.mark.parametrize("elsewhere", [{}, PRODUCTION])
def test_with_a_mail_server_addresses_are_confirmed(machine: Machine, elsewhere: dict[str, str]) -> None:
    found = settings_of(machine, **elsewhere | MAIL | PAGE)
    assert (found["EMAIL_BACKEND"], found["EMAIL_VERIFICATION"]) == (mail.SMTP, "optional")
    assert found["PAGE_FOLDER"] == "https://page.example/haru/"


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        (PRODUCTION | MAIL, "FRONTEND_URL"),
        (PRODUCTION | PAGE | MAIL | {"DEFAULT_FROM_EMAIL": ""}, "DEFAULT_FROM_EMAIL"),
        (PRODUCTION | {"EMAIL_VERIFICATION": "required"}, "EMAIL_VERIFICATION"),
        ({"EMAIL_VERIFICATION": "always"}, "EMAIL_VERIFICATION"),
        ({"DEFAULT_FROM_EMAIL": "Haru"}, "DEFAULT_FROM_EMAIL"),
        ({"DEFAULT_FROM_EMAIL": "haru@haru.example\nBcc: x@x.example"}, "DEFAULT_FROM_EMAIL"),
    ],
)
def test_what_cannot_work_is_refused_by_name(machine: Machine, environment: dict[str, str], name: str) -> None:
    reason = machine.refusal(**environment)
    assert reason.startswith(name)
    assert ";" not in reason


@pytest.mark.parametrize(
    ("page", "folder"),
    [
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
        ("https://page.example", "https://page.example/"),
        ("https://page.example/haru", "https://page.example/haru/"),
        ("https://page.example/haru/index.html", "https://page.example/haru/"),
        ("https://page.example/haru/?theme=dark", "https://page.example/haru/"),
    ],
)
def test_links_lead_into_the_folder_of_the_page(page: str, folder: str) -> None:
    assert mail.folder_of(page) == folder


# ---------------------------------------------------------------- Without a mail server
def test_on_a_terminal_a_mail_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    get_connection("config.mail.TerminalBackend").send_messages([LETTER])
    assert capsys.readouterr().out.splitlines() == [
        "┌─ a mail that nobody sent (EMAIL_URL is not set)",
        "│ To: alice@example.com",
        "│ Subject: [하루] 새 비밀번호 설정",
        "│ ",
        "│ 첫 줄",
        "│ ",
        "│ http://127.0.0.1/reset.html#token=t",
        "└─",
    ]


def test_nowhere_prints_nothing_and_warns_once(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail.NowhereBackend, "has_warned", False)
    caplog.set_level(logging.INFO)
    for _ in range(3):
        assert get_connection("config.mail.NowhereBackend").send_messages([LETTER]) == 0
    assert [record.getMessage() for record in caplog.records] == [
        "Mails are not sent, passwords cannot be reset: EMAIL_URL is not set."
    ]
    assert "token" not in caplog.text + "".join(capsys.readouterr())
