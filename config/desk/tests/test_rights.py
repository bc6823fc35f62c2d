"""What moderators may do, page by page: generated from the admin's map, so that a new page is covered by default."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.urls import URLPattern, URLResolver

from accounts.tests.staff import Staff
from config.desk import rights
from config.desk.models import Announcement, Maintenance

# Pages of no model, which every member of the staff has.
OF_ALL_STAFF = set(
    "index login logout password_change password_change_done jsi18n app_list autocomplete view_on_site "
    "two-step two-step-code two-step-enrolment two-step-recovery-codes two-step-removal".split()
)
# Pages of our own, and the right that opens each.
OWN: dict[str, str] = {
    "use": "chat.view_dailyfigures",
    "use-csv": "chat.view_dailyfigures",
    "use-roll-up": "chat.view_dailyfigures",
    "chat_assistant_try": "chat.change_assistant",
    "chat_assistant_answer": "chat.change_assistant",
}
# What Django's pages of a model ask for: one of these.
ASKED = {"changelist": "view", "add": "add", "change": "view", "history": "view", "delete": "delete"}
SENT = ASKED | {"change": "change"}
SUPERUSERS = "a superuser"


def patterns(found: Any = None, prefix: str = "/admin/") -> Iterator[tuple[str, str]]:
    """`(name, address)` of every page, as far as the names tell them apart."""
    for pattern in admin.site.urls[0] if found is None else found:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name, address


def right_for(name: str, wanted: dict[str, str]) -> str | None:
    """The right that a page asks for, as `app.verb_model`; None for a page of all staff."""
    if name in OF_ALL_STAFF:
        return None
    if name in OWN:
        return OWN[name]
    if name == "auth_user_password_change":
        return SUPERUSERS
    app, model, page = name.split("_")
    return f"{app}.{wanted[page]}_{model}"


def opened(name: str, wanted: dict[str, str]) -> bool:
    granted = {
        f"{model.split('.')[0]}.{verb}_{model.split('.')[1]}"
        for model, verbs in rights.RIGHTS.items()
        for verb in verbs.split()
    }
    right = right_for(name, wanted)
    return right is None or right in granted


PAGES = sorted(dict(patterns()).items())


def filled(address: str, some: dict[str, str], name: str) -> str:
    """The address with the id of a row that is there."""
    for part in ("<path:object_id>", "<str:which>", "<id>", "<int:content_type_id>/<path:object_id>"):
        address = address.replace(part, some.get(name.rsplit("_", 1)[0], some["accounts_user"]))
    return address


@pytest.fixture
def rows(alice: Any) -> dict[str, str]:
    """An id of each model of the admin, as far as there are rows."""
    Maintenance.objects.create()
    Announcement.objects.create(text_ko="가", text_en="a")
    return {
        f"{model._meta.app_label}_{model._meta.model_name}": str(row.pk)
        for model in admin.site._registry
        for row in model._default_manager.exclude(pk__in=[]).order_by("pk")[:1]
    } | {"accounts_user": str(alice.user.pk), "auth_user_password": str(alice.user.pk)}


REFUSED = [page for page in PAGES if not opened(page[0], ASKED)]
NOT_TAKEN = [page for page in PAGES if not opened(page[0], SENT)]
OPEN = [page for page in PAGES if opened(page[0], ASKED) and page[0] not in OF_ALL_STAFF]


def test_the_map_has_pages_of_each_kind() -> None:
    assert min(map(len, (REFUSED, NOT_TAKEN, OPEN))) >= 5


@pytest.mark.parametrize(("name", "address"), REFUSED)
def test_a_moderator_opens_nothing_outside_the_role(mod: Staff, rows: Any, name: str, address: str) -> None:
    assert mod.get(filled(address, rows, name)).status_code == 403


@pytest.mark.parametrize(("name", "address"), NOT_TAKEN)
def test_a_moderator_sends_nothing_outside_the_role(mod: Staff, rows: Any, name: str, address: str) -> None:
    assert mod.submit(filled(address, rows, name), post="yes", action="delete_selected").status_code == 403


@pytest.mark.parametrize(("name", "address"), OPEN)
def test_a_moderator_opens_every_page_of_the_role(mod: Staff, root: Staff, rows: Any, name: str, address: str) -> None:
    page = filled(address, rows, name)
    if "<" not in page and root.get(page).status_code == 200:
        assert mod.get(page).status_code == 200


@pytest.mark.parametrize(("name", "address"), [page for page in PAGES if page[0] not in OF_ALL_STAFF])
def test_other_members_are_asked_to_log_in(alice: Any, staff_browser: Any, rows: Any, name: str, address: str) -> None:
    browser = staff_browser("Alice")
    for response in (browser.get(filled(address, rows, name)), browser.post(filled(address, rows, name))):
        assert response.status_code in (302, 403)
        assert response.status_code == 403 or "/admin/login/" in response.headers["Location"]


def test_the_group_has_exactly_its_rights_however_often_it_is_made(moderators: Group) -> None:
    moderators.permissions.add(Permission.objects.get(codename="add_user"))
    rights.grant(apps)
    named = {
        f"{app}.{model} {code.split('_')[0]}"
        for app, model, code in moderators.permissions.values_list(
            "content_type__app_label", "content_type__model", "codename"
        )
    }
    assert named == {f"{model} {verb}" for model, verbs in rights.RIGHTS.items() for verb in verbs.split()}


def test_no_right_is_over_settings_staff_or_rights() -> None:
    assert not [name for name in rights.RIGHTS if name.split(".")[0] in ("auth", "sessions", "otp_totp", "admin")]
    assert "add" not in rights.RIGHTS["accounts.user"].split()
