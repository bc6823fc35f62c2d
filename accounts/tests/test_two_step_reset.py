"""The lost phone: a superuser or the operator turns a member's second step off; and no secret is written anywhere."""

import io
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import two_step
from accounts.models import User
from accounts.tests.staff import NEW_CODES, PASSWORD, STATE, Staff, shown_codes

MEMBERS = "/admin/accounts/user/"


@pytest.fixture
def mallory(staff_browser: Callable[..., Staff]) -> Staff:
    """Another staff member, who may change members but is no superuser; inside, with two steps."""
    mallory = staff_browser("Mallory")
    mallory.user.user_permissions.add(*Permission.objects.filter(codename__in=("view_user", "change_user")))
    mallory.log_in()
    mallory.enrol()
    return mallory


def turn_off(browser: Staff, *members: User) -> Any:
    """The action on the list of members."""
    browser.get(MEMBERS)
    return browser.submit(MEMBERS, action="remove_second_step", _selected_action=[str(member.pk) for member in members])


def is_on(person: Staff) -> bool:
    return two_step.is_on(person.user)


# ---------------------------------------------------------------- In the admin
def test_a_superuser_turns_anothers_step_off(root: Staff, mallory: Staff, settings: Any) -> None:
    settings.STAFF_TWO_STEP = "required"
    root.log_in()
    root.enrol()
    assert turn_off(root, mallory.user).status_code == 302
    assert "Two-step log-ins turned off: 1." in root.get(MEMBERS).text
    assert (is_on(mallory), is_on(root)) == (False, True)
    assert not mallory.is_in()
    mallory.enrol()
    assert mallory.is_in()


def test_it_is_written_into_the_members_history(root: Staff, mallory: Staff) -> None:
    root.log_in()
    turn_off(root, mallory.user)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (root.user, str(mallory.user.pk))
    assert "turned off" in root.get(f"{MEMBERS}{mallory.user.pk}/history/").text


def test_ones_own_step_is_not_turned_off_that_way(root: Staff) -> None:
    root.log_in()
    root.enrol()
    turn_off(root, root.user)
    assert is_on(root)
    assert not LogEntry.objects.exists()


def test_nobody_else_turns_it_off(root: Staff, mallory: Staff) -> None:
    root.log_in()
    root.enrol()
    assert "remove_second_step" in root.get(MEMBERS).text
    assert "remove_second_step" not in mallory.get(MEMBERS).text
    turn_off(mallory, root.user)
    assert is_on(root)


def test_the_list_shows_whose_step_is_on(root: Staff, mallory: Staff) -> None:
    root.log_in()
    shown = root.get(MEMBERS).text.split('class="field-second_step"')[1:]
    states = {"icon-yes" in cell.split("</td>")[0] for cell in shown}
    assert states == {True, False}


def test_the_librarys_own_pages_which_show_secrets_are_not_there(root: Staff) -> None:
    assert not {model._meta.app_label for model in admin.site._registry} & {"otp_totp", "otp_static"}
    root.log_in()
    assert root.get("/admin/otp_totp/totpdevice/").status_code == 404


# ---------------------------------------------------------------- On the command line
def test_the_operator_turns_a_step_off(enrolled: Staff) -> None:
    said = io.StringIO()
    call_command("remove_second_step", "ROOT@example.com", "--yes", stdout=said)
    assert said.getvalue() == "Two-step log-in is off.\n"
    enrolled.log_in()
    assert enrolled.is_in()


@pytest.mark.parametrize(
    ("typed", "is_off"), [("y\n", True), ("Y\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_the_command_asks_first(enrolled: Staff, monkeypatch: pytest.MonkeyPatch, typed: str, is_off: bool) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    if is_off:
        call_command("remove_second_step", "root@example.com", stdout=io.StringIO())
    else:
        with pytest.raises(CommandError, match="Nothing was changed"):
            call_command("remove_second_step", "root@example.com")
    assert is_on(enrolled) != is_off


def test_the_command_names_what_is_wrong(root: Staff) -> None:
    with pytest.raises(CommandError, match="no member"):
        call_command("remove_second_step", "nobody@example.com", "--yes")
    with pytest.raises(CommandError, match="is not on"):
        call_command("remove_second_step", "root@example.com", "--yes")


def test_the_command_explains_itself() -> None:
    said = subprocess.run(
        [sys.executable, "manage.py", "remove_second_step", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "two-step log-in" in said
    assert "--yes" in said


# ---------------------------------------------------------------- Secrets
def test_no_secret_is_logged_or_written_into_the_history(
    root: Staff, mallory: Staff, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        root.log_in()
        root.enrol()
        first = root.app.code()
        codes = [*root.recovery_codes, *shown_codes(root.submit(NEW_CODES, code=first))]
        root.submit("/admin/logout/")
        root.log_in()
        wrong, right = root.app.wrong_code(), root.app.code()
        root.code(wrong)
        root.code(right)
        root.code(codes[-1])
        root.get(STATE)
        turn_off(root, mallory.user)
    ours = [vars(record) for record in caplog.records if not record.name.startswith(("httpx", "httpcore", "asyncio"))]
    written = str(ours) + str([vars(entry) for entry in LogEntry.objects.all()])
    assert {"second step on", "second step refused", "second step off"} <= {record["msg"] for record in ours}
    assert LogEntry.objects.count() == 1
    key = TOTPDevice.objects.get(user=root.user).key
    codes = [
        code for dashed in root.recovery_codes for code in (dashed, dashed.replace("-", ""), two_step.kept(dashed))
    ]
    for secret in (PASSWORD, key, two_step.secret_as_text(key), first, wrong, right, *codes):
        assert secret not in written
