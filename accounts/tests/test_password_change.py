"""Changing a password, or setting a first one: the rules, who must know the current one, and what ends."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password

from accounts import links, signup
from accounts.models import MailedLink, Session, User
from accounts.social_state import digest
from accounts.tests.staff import Staff
from config.asgi import application
from config.problems import Problem
from config.schema import operations

OLD, NEW = "a quiet harbour", "a louder harbour"


def change(person: Any, password: str = NEW, *, confirm: str | None = None, **current: str) -> httpx.Response:
    body = {"password": password, "password_confirm": password if confirm is None else confirm, **current}
    response: httpx.Response = person.post("accounts/password/change/", json=body)
    return response


def opens(nobody: httpx.Client, password: str) -> bool:
    body = {"email": "alice@example.com", "password": password}
    return nobody.post("accounts/login/", json=body).status_code == 200


def without_password(person: Any) -> None:
    User.objects.filter(pk=person.user.pk).update(password=make_password(None))


def test_the_new_password_opens_and_the_old_one_does_not(alice: Any, nobody: httpx.Client) -> None:
    response = change(alice, current=OLD)
    assert (response.status_code, response.content) == (204, b"")
    assert opens(nobody, NEW)
    assert not opens(nobody, OLD)


def test_every_other_log_in_ends_and_this_one_goes_on(alice: Any, bob: Any) -> None:
    Session.begin(alice.user, device="thief")
    assert change(alice, current=OLD).status_code == 204
    assert alice.get("accounts/me/").status_code == 200
    assert [str(one.id) for one in Session.objects.alive().filter(user=alice.user)] == [str(alice.session.id)]
    assert bob.get("accounts/me/").status_code == 200


@pytest.mark.parametrize("current", ["not my password", " " + OLD, OLD.upper()])
def test_a_wrong_current_password_is_named_and_changes_nothing(alice: Any, nobody: httpx.Client, current: str) -> None:
    other = Session.begin(alice.user, device="other")
    response = change(alice, current=current)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert response.json()["errors"] == {"current": ["The password is wrong."]}
    assert opens(nobody, OLD)
    assert Session.objects.alive().filter(id=other.id).exists()


def test_who_has_a_password_cannot_leave_it_out(alice: Any) -> None:
    assert change(alice).json()["errors"] == {"current": ["This field is required."]}


def test_who_has_none_sets_one(alice: Any, nobody: httpx.Client) -> None:
    without_password(alice)
    assert not alice.get("accounts/me/").json()["has_password"]
    assert change(alice).status_code == 204
    assert alice.get("accounts/me/").json()["has_password"]
    assert opens(nobody, NEW)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": "short", "password_confirm": "short"}, "password"),
        ({"password": "password123", "password_confirm": "password123"}, "password"),
        ({"password": "alice@example.com", "password_confirm": "alice@example.com"}, "password"),
        ({"password": NEW, "password_confirm": NEW + "!"}, "password_confirm"),
        ({"password": "x" * 129, "password_confirm": "x" * 129}, "password"),
        ({"password": NEW}, "password_confirm"),
        ({"password": NEW, "password_confirm": NEW, "email": "x@example.com"}, "email"),
    ],
)
def test_a_new_password_keeps_the_rules(alice: Any, nobody: httpx.Client, body: Any, field: str) -> None:
    response = alice.post("accounts/password/change/", json=body | {"current": OLD})
    assert response.status_code == 400
    assert field in response.json()["errors"]
    assert opens(nobody, OLD)


def test_of_many_changes_at_once_one_wins(alice: Any, nobody: httpx.Client) -> None:
    new = [f"{NEW} {n}" for n in range(10)]
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda password: change(alice, password, current=OLD).status_code, new))
    assert sorted(statuses) == [204] + [400] * 9
    assert opens(nobody, new[statuses.index(204)])


def test_who_knew_the_old_password_does_not_overwrite_a_reset(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile = make_password("the harbour of the reset")

    def slowly(password: str) -> str:
        User.objects.filter(pk=alice.user.pk).update(password=meanwhile)
        return make_password(password)

    monkeypatch.setattr("accounts.passwords.make_password", slowly)
    assert change(alice, current=OLD).json()["errors"] == {"current": ["The password is wrong."]}
    assert User.objects.get(pk=alice.user.pk).password == meanwhile


def test_a_log_in_that_was_under_way_does_not_slip_in_behind_a_change(
    alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(**credentials: Any) -> Any:
        user = authenticate(**credentials)
        assert change(alice, current=OLD).status_code == 204
        return user

    monkeypatch.setattr("accounts.signup.authenticate", slowly)
    with pytest.raises(Problem) as refused:
        signup.log_in(email="alice@example.com", password=OLD, device="thief", address="")
    assert refused.value.code == "wrong_credentials"
    assert Session.objects.alive().count() == 1


def test_a_change_ends_the_links_that_were_mailed_before(alice: Any) -> None:
    for kind, email in (("reset", "alice@example.com"), ("verify", "other@example.com")):
        assert links.address(kind, alice.user, email=email)
    own = links.address("verify", alice.user, email="alice@example.com")
    assert change(alice, current=OLD).status_code == 204
    left = MailedLink.objects.usable()
    assert [link.token_hash for link in left] == [digest(own.partition("token=")[2])]


# ---------------------------------------------------------------- In the admin
def opened_for(user: User) -> None:
    """A thief's log-in, and the links that they asked for."""
    Session.begin(user, device="thief")
    for kind, email in (("reset", str(user.email)), ("verify", "other@example.com")):
        assert links.address(kind, user, email=email)


def is_closed_to(user: User) -> bool:
    usable = MailedLink.objects.usable().filter(user=user)
    return not usable.exists() and not Session.objects.alive().filter(user=user).exists()


SET = {"usable_password": "true", "password1": NEW, "password2": NEW}
TAKEN_AWAY = {"usable_password": "false", "unset-password": "on"}


@pytest.mark.parametrize("fields", [SET, TAKEN_AWAY])
def test_a_password_that_a_superuser_sets_or_takes_away_ends_log_ins_and_links(
    root: Staff, alice: Any, bob: Any, nobody: httpx.Client, fields: dict[str, str]
) -> None:
    root.log_in()
    opened_for(alice.user)
    assert root.submit(f"/admin/accounts/user/{alice.user.pk}/password/", **fields).status_code == 302
    assert is_closed_to(alice.user)
    assert alice.get("accounts/me/").json()["code"] == "session_ended"
    assert bob.get("accounts/me/").status_code == 200
    assert opens(nobody, NEW) is (fields == SET)


def test_ones_own_password_in_the_admin_ends_ones_log_ins_and_links_of_the_api(root: Staff) -> None:
    root.log_in()
    opened_for(root.user)
    new = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    assert root.submit("/admin/password_change/", **new).headers["Location"] == "/admin/password_change/done/"
    assert is_closed_to(root.user)
    assert root.is_in()


def test_what_happens_to_a_member_while_a_superuser_sets_their_password_stays(
    root: Staff, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(password: str | None) -> str:
        User.objects.filter(pk=alice.user.pk).update(is_active=False, ban_reason="spam")
        return make_password(password)

    root.log_in()
    monkeypatch.setattr("django.contrib.auth.base_user.make_password", slowly)
    assert root.submit(f"/admin/accounts/user/{alice.user.pk}/password/", **SET).status_code == 302
    kept = User.objects.get(pk=alice.user.pk)
    assert (kept.is_active, kept.ban_reason, kept.check_password(NEW)) == (False, "spam", True)


def test_every_route_that_hashes_waits_for_its_turn() -> None:
    """Of views that take a password; the admin's own is the last one."""
    hashing = {
        view
        for (view, _), operation in operations().items()
        if operation.request and "password" in getattr(operation.request(), "fields", {})
    }
    assert len(hashing) >= 5
    turns = {path for (method, path), turn in application.turns.items() if turn is application.hashing}
    for name in ("signup", "login", "password/change", "password/reset/confirm", "email/change"):
        assert f"/api/v1/accounts/{name}/" in turns
    assert "/admin/login/" in turns
    assert len(turns) == len(hashing) + 1
