"""Taking one's data along, and leaving for good: no row stays."""

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any, cast
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as BrowserSession
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from accounts import passwords
from accounts.models import User, WaitingLetter
from config.problems import Problem
from config.signals import member_exporting, member_leaving

TRIES = 3  # something may be made for the member in the very moment


def check_intent(user: User, *, password: str, confirm: str) -> None:
    """A member says it with their password, or where there is none with their nickname; else Problem `invalid`."""
    if user.has_usable_password():
        passwords.check_current(user, password, field="password")
    elif confirm != user.nickname:
        raise Problem("invalid", errors={"confirm": [_("Type your nickname exactly.")]})


def leave(user: User) -> None:
    """Deletes the account with every row of it; replies that are being written are stopped first."""
    for _try in range(TRIES - 1):
        with suppress(OperationalError, IntegrityError):
            delete(user)
            return
    delete(user)


def delete(user: User) -> None:
    with transaction.atomic():
        member_leaving.send(None, member=user)  # locks in the order in which asking does, the member's row last
        locked = User.objects.select_for_update().filter(pk=user.pk).first()
        if locked is None:
            return  # somebody else was faster: a moderator, or the member on another device
        end_browser_sessions(locked)
        LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)).delete()
        WaitingLetter.objects.filter(email=user.email).delete()  # asked for by whoever knew the address
        locked.delete()


def end_browser_sessions(user: User) -> None:
    """Those of the admin: staff have few, who was staff may have one yet, and nobody else has any."""
    for kept in BrowserSession.objects.all().iterator():
        if kept.get_decoded().get("_auth_user_id") == str(user.pk):
            kept.delete()


def archive(user: User, profile: dict[str, Any]) -> IO[bytes]:
    """A ZIP of everything that is kept of a member, in a temporary file that is gone when it is closed."""
    file = TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
    with ZipFile(file, "w", ZIP_DEFLATED) as made:
        for name, held in chain(own_files(user, profile), files_of_others(user)):
            made.writestr(name, held if isinstance(held, str) else as_json(held))
    file.seek(0)
    return file


def own_files(user: User, profile: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    logins = user.sessions.order_by("created_at").values("device", "created_at", "last_seen_at", "ended_at")
    linked = user.social_accounts.values("provider", "uid", "created_at")
    rest = {"daily_limit": user.daily_limit, "last_login": user.last_login}
    yield "account.json", {"profile": profile | rest, "log_ins": list(logins), "social_accounts": list(linked)}


def files_of_others(user: User) -> Iterator[tuple[str, Any]]:
    for _receiver, files in member_exporting.send(None, member=user):
        yield from cast(Iterator[tuple[str, Any]], files)


def as_json(held: object) -> str:
    return json.dumps(held, ensure_ascii=False, indent=2, cls=DjangoJSONEncoder)
