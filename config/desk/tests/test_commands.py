"""The operator's commands: each tells what it does, rehearses without a change, and the doctor knows remedies."""

import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.management.commands import changepassword
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import User
from accounts.tests.mailbox import Mailbox
from chat import leases
from chat.assistants import catalogue
from chat.management.commands import recover
from chat.models import Assistant, AssistantVersion, IdempotencyKey, Message, Night, Reservation, Worker
from chat.tests.asking import ask, new_conversation

OURS = (
    *("load_assistants", "recover", "check_book", "nightly", "first_admin", "doctor", "prepare", "remove_second_step"),
    "changepassword",
)


def run(*command: str) -> str:
    said = io.StringIO()
    call_command(*command, stdout=said, stderr=io.StringIO(), no_color=True)
    return said.getvalue()


@pytest.mark.parametrize("name", OURS)
def test_each_has_help(name: str, capsys: Any) -> None:
    from django.core.management import get_commands, load_command_class

    command: BaseCommand = load_command_class(get_commands()[name], name)
    command.print_help("manage.py", name)
    assert len(command.help) > 30
    assert command.help.split()[0] in capsys.readouterr().out


def test_loading_is_rehearsed(server: Any) -> None:
    AssistantVersion.objects.filter(assistant__slug="free-chat").update(file_digest="an older file's")
    assert run("load_assistants", "--dry-run") == "Would get a new version: free-chat.\n"
    assert run("load_assistants") == "New versions: free-chat.\n"
    assert run("load_assistants", "--dry-run") == "Would get a new version: none.\n"
    Assistant.objects.get(slug="free-chat").publish({}, author=None)
    assert run("load_assistants", "--dry-run") == "Would get a new version: none.\n"  # a moderator's stays


def test_a_night_is_rehearsed_and_undone(alice: Any) -> None:
    ask(alice, new_conversation(alice), Idempotency_Key="old")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert "1  idempotency keys" in run("nightly", "--dry-run")
    assert IdempotencyKey.objects.exists()
    assert not Night.objects.exists()
    run("nightly")
    assert not IdempotencyKey.objects.exists()


def test_what_dead_workers_left_is_settled(alice: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(recover, "LOOKS", 0)
    ask(alice, new_conversation(alice))
    reply = Message.objects.get(role="assistant")
    dead = Worker.objects.create(id=uuid4(), host="elsewhere", pid=1, born="1")
    Worker.objects.filter(id=dead.id).update(beat_at=timezone.now() - timedelta(seconds=leases.LEASE_SECONDS + 60))
    Message.objects.filter(id=reply.id).update(status="writing", worker_id=dead.id, content="half")
    Reservation.objects.filter(reply_id=reply.id).update(state="held", settled_at=None)
    assert "Replies in writing: 1." in run("recover", "--dry-run")
    assert Message.objects.get(id=reply.id).status == "writing"
    assert "Settled: 1." in run("recover")
    settled = Message.objects.get(id=reply.id)
    assert (settled.status, settled.error_code, settled.content) == ("failed", "interrupted", "half")


def test_the_first_admin_is_made_once_with_a_password_that_opens(server: Any) -> None:
    assert "Would make" in run("first_admin", "Root@Example.com", "--dry-run")
    assert not User.objects.exists()
    said = run("first_admin", "Root@Example.com")
    root = User.objects.get()
    assert (root.email, root.is_superuser) == ("root@example.com", True)
    assert root.check_password(said.splitlines()[1].rpartition(": ")[2])
    with pytest.raises(CommandError, match="superuser already"):
        run("first_admin", "other@example.com")


def test_the_first_admin_is_nobody_who_is_a_member(alice: Any) -> None:
    with pytest.raises(CommandError, match="a member with this address"):
        run("first_admin", "ALICE@example.com")
    with pytest.raises(CommandError, match="no e-mail"):
        run("first_admin", "alice")


def test_a_password_that_the_operator_sets_ends_the_log_ins(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert alice.get("accounts/me/").status_code == 200
    monkeypatch.setattr(changepassword.Command, "_get_pass", lambda *_: "a louder harbour")
    assert "changed successfully" in run("changepassword", "alice@example.com")
    assert User.objects.get().check_password("a louder harbour")
    assert alice.get("accounts/me/").json()["code"] == "session_ended"


# ---------------------------------------------------------------- The doctor
def test_the_doctor_finds_a_healthy_service_healthy(server: Any) -> None:
    said = run("doctor")
    assert "wrong" not in said
    assert "answers and is migrated" in said
    assert "note  mail: none is sent, so nobody can reset a password → set EMAIL_URL" in said
    assert "admin: there is no superuser → manage.py first_admin" in said


def test_the_doctor_counts_no_worker_that_died_with_its_machine(db: None) -> None:
    catalogue.load()
    Worker.objects.all().delete()
    worker = Worker.objects.create(host="elsewhere", pid=1, born="1", beat_at=timezone.now())
    assert "workers: none runs" not in run("doctor")
    Worker.objects.filter(id=worker.id).update(beat_at=timezone.now() - timedelta(days=1))
    assert "note  workers: none runs → make run, or start the container" in run("doctor")


def test_the_doctors_remedy_for_an_unfinished_night_is_one(server: Any) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    Night.objects.create(day=long_ago.date(), started_at=long_ago)
    assert "note  nightly: a night's work is not finished → manage.py nightly" in run("doctor")
    run("nightly")
    assert "nightly" not in run("doctor")


def test_the_doctor_sees_that_nothing_is_offered(server: Any) -> None:
    Assistant.objects.update(is_active=False)
    with pytest.raises(CommandError, match="1 wrong"):
        run("doctor")


def test_the_doctor_sees_a_model_that_is_not_allowed_any_more(server: Any, settings: Any) -> None:
    assistant = Assistant.objects.select_related("current").get(slug="free-chat")
    assert assistant.current
    assistant.publish(assistant.current.definition | {"model": "gpt-dear"})
    assert "note  assistants: free-chat names gpt-dear, and stand-in answers instead" in run("doctor")
    settings.OPENAI_MODELS_ALLOWED = ["gpt-dear", settings.OPENAI_MODEL]
    assert "gpt-dear" not in run("doctor")


def test_the_doctor_asks_the_model_and_tells_no_secret(server: Any, settings: Any, capsys: Any) -> None:
    settings.USES_STANDIN = False
    settings.OPENAI_BASE_URL = f"{str(server.model.base_url).rstrip('/')}/v1"
    settings.OPENAI_API_KEY = "a-secret-key"
    said = run("doctor")
    assert "gave its first word after" in said
    assert "a-secret-key" not in said
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    with pytest.raises(CommandError):
        call_command("doctor", no_color=True)
    assert "does not answer (assistant_unavailable) → check OPENAI_API_KEY" in capsys.readouterr().out


def test_the_doctor_tries_the_mail_server(server: Any, mailbox: Mailbox, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://configured"
    assert "mail: the server takes our log-in" in run("doctor")
    settings.EMAIL_PORT = 9
    with pytest.raises(CommandError):
        run("doctor")


def test_the_doctor_sees_wrong_origins_and_open_secrets(server: Any, settings: Any, tmp_path: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://page.example/haru"]
    settings.SECRET_KEY_IS_GIVEN, settings.VAR_DIR = False, tmp_path
    (tmp_path / "secret_key").write_text("x")
    (tmp_path / "secret_key").chmod(0o644)
    with pytest.raises(CommandError, match="2 wrong"):
        run("doctor")


def test_the_doctor_sees_whether_a_proxy_buffers(server: Any, monkeypatch: Any) -> None:
    assert "proxy: streams come through as they are written" in run("doctor", "--url", server.url)
    with pytest.raises(CommandError):
        run("doctor", "--url", "http://127.0.0.1:9")
    from config.desk import views

    monkeypatch.setattr(views, "PROBE_SECONDS", 0)  # all at once, as after a buffer
    with pytest.raises(CommandError):
        run("doctor", "--url", server.url)
