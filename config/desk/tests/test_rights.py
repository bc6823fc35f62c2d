"""What moderators may do: every address of the admin's map, opened and sent to, so that a new page is covered too."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver

from accounts.models import Session, SocialAccount, User
from accounts.tests.staff import Staff
from chat.models import DailyUsage, Report
from chat.tests.asking import ask, new_conversation
from config.desk import rights
from config.desk.models import Announcement, Maintenance

# Pages of no model, which every member of the staff has for themselves alone.
OF_ALL_STAFF = set(
    "index login logout password_change password_change_done jsi18n app_list catch_all "
    "two-step two-step-code two-step-enrolment two-step-recovery-codes two-step-removal".split()
)
# THE role, page by page: what a moderator opens, and what of it takes what is sent. All the rest of the map is 403.
ROLE = (
    "use use-csv use-roll-up",
    "accounts_user_changelist accounts_user_change accounts_user_history accounts_user_delete",
    "accounts_session_changelist accounts_session_change accounts_session_history",
    "accounts_socialaccount_changelist accounts_socialaccount_change",
    "accounts_socialaccount_history accounts_socialaccount_delete",
    "chat_assistant_changelist chat_assistant_add chat_assistant_change chat_assistant_history",
    "chat_assistant_try chat_assistant_answer",
    "chat_assistantversion_changelist chat_assistantversion_change chat_assistantversion_history",
    "chat_report_changelist chat_report_change chat_report_history",
    "chat_dailyusage_changelist chat_dailyusage_change chat_dailyusage_history",
    "desk_announcement_changelist desk_announcement_add desk_announcement_change",
    "desk_announcement_history desk_announcement_delete",
)
OPENED = set(" ".join(ROLE).split())
# Opened, but nothing is taken: rows that the service writes.
ONLY_READ = set("chat_assistantversion_change chat_dailyusage_change accounts_socialaccount_change".split())
UNNAMED = "(leads to the page of the same row)"


def patterns(found: Any = None, prefix: str = "/admin/") -> Iterator[tuple[str, str]]:
    """`(name, address)` of every page of the map."""
    for pattern in admin.site.urls[0] if found is None else found:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            is_last = "(?P<url>" in address
            yield pattern.name or ("catch_all" if is_last else UNNAMED), address


PAGES = sorted(dict(page for page in patterns() if page[0] != UNNAMED).items())


def filled(address: str, some: dict[str, str], name: str) -> str:
    """The address with the id of a row that is there."""
    address = address.replace("^(?P<app_label>auth|accounts|chat|desk)/$", "auth/").replace("(?P<url>.*)$", "nothing/")
    for part in ("<path:object_id>", "<str:which>", "<id>", "<path:content_type_id>"):
        address = address.replace(part, some.get(name.rsplit("_", 1)[0], some["accounts_user"]))
    return address


@pytest.fixture
def rows(alice: Any, staff_browser: Callable[..., Staff]) -> dict[str, str]:
    """A row of every model of the admin: its id."""
    reply = ask(alice, new_conversation(alice)).json()["reply"]["id"]
    alice.put(f"chat/messages/{reply}/feedback/", json={"rating": "down", "report": True})
    SocialAccount.objects.create(user=alice.user, provider="kakao", uid="1")
    Maintenance.objects.create()
    Announcement.objects.create(text_ko="가", text_en="a")
    Group.objects.create(name="Others")
    some = {
        f"{model._meta.app_label}_{model._meta.model_name}": str(model._default_manager.order_by("pk").first().pk)  # type: ignore[union-attr]
        for model in admin.site._registry
    }
    own = {"accounts_user": str(alice.user.pk), "auth_user_password": str(alice.user.pk)}
    return some | own | {"accounts_session": str(alice.session.pk)}


# ---------------------------------------------------------------- The map
def test_the_roles_pages_are_pages_of_the_map() -> None:
    names = {name for name, _address in patterns()}
    assert names >= OPENED | OF_ALL_STAFF | ONLY_READ
    assert len(names - OPENED - OF_ALL_STAFF) > 15


def test_a_moderator_opens_the_role_and_gets_403_for_the_rest_of_the_map(mod: Staff, rows: dict[str, str]) -> None:
    found = {name: mod.get(filled(page, rows, name)).status_code for name, page in PAGES if name not in OF_ALL_STAFF}
    not_gets = {"use-roll-up": 405, "chat_assistant_answer": 405}
    assert found == {name: not_gets.get(name, 200) if name in OPENED else 403 for name in found}


def test_a_moderator_sends_to_the_role_and_gets_403_from_the_rest_of_the_map(mod: Staff, rows: dict[str, str]) -> None:
    pages = [(name, page) for name, page in PAGES if name not in OF_ALL_STAFF and not name.endswith("_delete")]
    deleting = [(name, page) for name, page in PAGES if name.endswith("_delete")]  # last, since they do
    found = {name: mod.submit(filled(page, rows, name), post="yes").status_code for name, page in pages + deleting}
    taken = OPENED - ONLY_READ
    assert {name for name, status in found.items() if status != 403} == taken
    assert {status for name, status in found.items() if name in taken} <= {200, 302, 400}


def test_no_other_person_of_the_staff_nor_oneself_is_changed(
    mod: Staff, staff_browser: Callable[..., Staff], rows: dict[str, str]
) -> None:
    others = [staff_browser("Other").user, staff_browser("Root", is_superuser=True).user, mod.user]
    for user in others:
        page = f"/admin/accounts/user/{user.pk}/"
        sent = {"nickname": "x", "banned": "on", "reason": "x", "is_superuser": "on", "post": "yes"}
        for name in ("change", "delete", "password"):
            assert mod.submit(f"{page}{name}/", **sent).status_code == 403, (user.nickname, name)
        assert mod.get(f"{page}password/").status_code == 403
        assert mod.get(f"{page}delete/").status_code == 403
        SocialAccount.objects.create(user=user, provider="github", uid=str(user.pk))
        Session.begin(user, device="x")
    before = [(user.pk, user.nickname, user.is_active, user.is_superuser, user.password) for user in others]
    after = User.objects.filter(pk__in=[user.pk for user in others])
    assert {(u.pk, u.nickname, u.is_active, u.is_superuser, u.password) for u in after} == set(before)
    for model in (Session, SocialAccount):
        pages = [f"/admin/accounts/{model._meta.model_name}/{row.pk}" for row in model.objects.filter(user__in=others)]
        assert {mod.get(f"{page}/change/").status_code for page in pages} == {302}  # as if there were none
        assert {mod.submit(f"{page}/delete/", post="yes").status_code for page in pages} <= {302, 403}
        assert model.objects.filter(user__in=others).count() == 3


# ---------------------------------------------------------------- Actions
def actions() -> Iterator[tuple[str, str]]:
    """Every action of every list, those that only a superuser has included."""
    for model, its in admin.site._registry.items():
        page = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield from ((page, name) for _act, name, _said in its._get_base_actions())  # type: ignore[attr-defined]


ACTIONS = {
    ("/admin/accounts/user/", "ban"),
    ("/admin/accounts/user/", "lift_ban"),
    ("/admin/accounts/user/", "end_log_ins"),
    ("/admin/accounts/user/", "delete_selected"),
    ("/admin/accounts/session/", "end"),
    ("/admin/accounts/socialaccount/", "delete_selected"),
    ("/admin/desk/announcement/", "delete_selected"),
}


def test_a_moderator_has_the_actions_of_the_role_and_gets_403_for_the_rest(mod: Staff, rows: dict[str, str]) -> None:
    assert set(actions()) > ACTIONS
    counts = {model: model._default_manager.count() for model in admin.site._registry}
    found = {}
    for page, name in sorted(actions()):
        row = rows["_".join(page.split("/")[2:4])]
        sent = {"action": name, "index": "0", "_selected_action": row, "reason": "x"}
        found[page, name] = mod.submit(page, **sent).status_code
    assert {action for action, status in found.items() if status != 403} == ACTIONS
    assert {model: model._default_manager.count() for model in counts} == counts  # deleting asks once more


def test_an_action_that_is_refused_is_not_done(mod: Staff, rows: dict[str, str]) -> None:
    for page in ("/admin/chat/report/", "/admin/chat/dailyusage/", "/admin/accounts/session/"):
        row = rows["_".join(page.split("/")[2:4])]
        sent = {"action": "delete_selected", "index": "0", "_selected_action": row, "post": "yes"}
        assert mod.submit(page, **sent).status_code == 403
    assert Report.objects.exists()
    assert DailyUsage.objects.exists()
    assert Session.objects.filter(pk=rows["accounts_session"], ended_at=None).exists()


# ---------------------------------------------------------------- Beside the pages
def test_a_moderator_grants_nothing_by_fields_that_the_form_does_not_show(mod: Staff, rows: dict[str, str]) -> None:
    alice = User.objects.get(pk=rows["accounts_user"])
    sent = {field.name: "1" for field in User._meta.get_fields()}
    group = Group.objects.get(name=rights.GROUP)
    right = Permission.objects.get(codename="change_user")
    sent |= {"nickname": "Alicia", "daily_limit": "6", "groups": str(group.pk), "user_permissions": str(right.pk)}
    sent |= {"email": "thief@example.com", "banned": ""}
    assert mod.submit(f"/admin/accounts/user/{alice.pk}/change/", **sent).status_code == 302
    changed = User.objects.get(pk=alice.pk)
    assert (changed.nickname, changed.daily_limit) == ("Alicia", 6)
    assert (changed.email, changed.password, changed.date_joined) == (alice.email, alice.password, alice.date_joined)
    assert (changed.is_staff, changed.is_superuser) == (False, False)
    assert (changed.groups.count(), changed.user_permissions.count()) == (0, 0)


def test_no_list_is_had_by_the_way_of_autocompletion(mod: Staff, root: Staff, rows: dict[str, str]) -> None:
    for model in apps.get_models():
        for field in model._meta.get_fields():
            query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
            assert mod.get("/admin/autocomplete/", params=query).status_code == 404


def test_no_row_is_had_by_the_way_of_its_own_page(mod: Staff, rows: dict[str, str]) -> None:
    for model in apps.get_models():
        kind, row = ContentType.objects.get_for_model(model), model._default_manager.first()
        assert mod.get(f"/admin/r/{kind.pk}/{row.pk if row else 1}/").status_code == 404


def test_apps_of_which_a_moderator_has_nothing_are_not_shown(mod: Staff) -> None:
    assert mod.get("/admin/auth/").status_code == 404
    assert mod.get("/admin/nothing/").status_code == 404
    assert "/admin/auth/" not in mod.get("/admin/").text


@pytest.mark.parametrize("nickname", ["Alice", None])
def test_others_are_asked_to_log_in(alice: Any, staff_browser: Any, rows: dict[str, str], nickname: str | None) -> None:
    """A member who is no staff, and who has not given the password."""
    browser = staff_browser(nickname or "Mod2")
    if nickname:
        browser.log_in()
    for name, address in PAGES:
        if name in OF_ALL_STAFF - {"index", "app_list", "two-step", "two-step-removal", "catch_all"}:
            continue
        page = filled(address, rows, name)
        for response in (browser.get(page), browser.post(page)):
            assert response.status_code in (302, 403), name
            assert response.status_code == 403 or "/admin/login/" in response.headers["Location"], name


# ---------------------------------------------------------------- The group
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


@pytest.mark.parametrize(
    ("page", "status", "said"),
    [
        ("/admin/auth/group/", 403, "이 페이지를 볼 권한이 없습니다."),
        ("/admin/nothing/", 404, "찾으시는 페이지가 없습니다."),
    ],
)
def test_what_does_not_open_says_so_in_words_and_leads_back(mod: Staff, page: str, status: int, said: str) -> None:
    answer = mod.get(page, headers={"Accept-Language": "ko"})
    assert (answer.status_code, said in answer.text, 'href="/admin/"' in answer.text) == (status, True, True)
