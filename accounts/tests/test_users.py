"""The row of a member, whoever writes it: addresses, superusers, and the pages of the admin."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Session, User, normalised_email

PASSWORD = "a quiet harbour"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Carol@Example.COM", "carol@example.com"),
        (" carol@example.com\n", "carol@example.com"),
        ("cafe\u0301@example.com", "caf\u00e9@example.com"),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
def test_an_address_has_one_spelling(given: str | None, kept: str | None) -> None:
    assert normalised_email(given) == kept


@pytest.mark.django_db
def test_several_members_may_have_no_address() -> None:
    for address in (None, None, "", ""):
        User.objects.create_user(address, nickname="Erin")
    assert User.objects.filter(email=None).count() == 4


@pytest.mark.django_db
def test_the_database_itself_refuses_an_address_in_another_case() -> None:
    User.objects.create_user("carol@example.com", nickname="Carol")
    other = User.objects.create_user("dora@example.com", nickname="Dora")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="CAROL@example.com", nickname="Not Carol")])
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=other.pk).update(email="Carol@Example.com")


@pytest.mark.django_db
def test_a_member_is_named_by_an_id_and_not_by_words() -> None:
    user = User.objects.create_user("carol@example.com", nickname="Carol")
    assert str(user) == str(user.id)
    session = Session.begin(user, device="Phone")
    assert str(session) == str(session.id)


@pytest.fixture
def root(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    """A superuser made without a terminal, as an operator's script makes it."""
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, email="Root@Example.com", nickname="Root", verbosity=0)
    return User.objects.get()


def test_a_superuser_is_made_without_a_terminal(root: User) -> None:
    assert (root.email, root.nickname, root.is_staff, root.is_superuser) == ("root@example.com", "Root", True, True)
    assert root.check_password(PASSWORD)
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", interactive=False, email="ROOT@example.com", nickname="Two", verbosity=0)


def log_in_to_admin(browser: httpx.Client, email: str) -> httpx.Response:
    form = browser.get("/admin/login/").text
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert found
    fields = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": found[1], "next": "/admin/"}
    return browser.post("/admin/login/", data=fields)


@pytest.fixture
def browser(server: Any, plain_assets: None) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30, headers={"Accept-Language": "en"}) as client:
        yield client


@pytest.fixture
def moderator(browser: httpx.Client, root: User) -> httpx.Client:
    """The superuser, logged in to the admin through its form."""
    response = log_in_to_admin(browser, "ROOT@example.com")
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")
    return browser


def submit(browser: httpx.Client, path: str, **fields: Any) -> httpx.Response:
    return browser.post(path, data={"csrfmiddlewaretoken": browser.cookies["csrftoken"], **fields})


def test_every_page_of_the_admin_opens(moderator: httpx.Client, alice: Any) -> None:
    pages = [reverse("admin:index"), reverse("admin:password_change")]
    for model, its_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages.append(reverse(f"{name}_changelist"))
        if its_admin.has_add_permission.__func__ is admin.ModelAdmin.has_add_permission:  # type: ignore[attr-defined]
            pages.append(reverse(f"{name}_add"))
        pages += [reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.all()[:1]]
    pages.append(reverse("admin:auth_user_password_change", args=[alice.user.pk]))
    pages += [
        f"{reverse('admin:accounts_user_changelist')}?q=alice",
        f"{reverse('admin:accounts_session_changelist')}?q=a",
    ]
    for page in pages:
        response = moderator.get(page, follow_redirects=True)
        assert response.status_code == 200, page
        assert response.headers["Content-Type"].startswith("text/html")
        assert alice.user.password not in response.text


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/user/", "/admin/nope/"])
def test_the_admin_asks_others_to_log_in(browser: httpx.Client, alice: Any, path: str) -> None:
    assert browser.get(path).status_code == 302
    assert log_in_to_admin(browser, "alice@example.com").status_code == 200  # the form again: she is no staff
    assert browser.get(path).status_code == 302


def test_a_token_of_the_api_opens_no_page_of_the_admin(browser: httpx.Client, alice: Any) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    assert browser.get("/admin/", headers={"Authorization": alice.headers["Authorization"]}).status_code == 302


def test_a_banned_moderator_is_out_at_once(moderator: httpx.Client) -> None:
    assert moderator.get("/admin/").status_code == 200
    User.objects.update(is_active=False)
    assert moderator.get("/admin/").status_code == 302
    assert log_in_to_admin(moderator, "root@example.com").status_code == 200


def test_without_the_forms_own_token_the_admin_takes_nothing(moderator: httpx.Client) -> None:
    response = moderator.post("/admin/accounts/user/add/", data={"email": "x@example.com"})
    assert response.status_code == 403


def test_a_moderator_makes_a_member(moderator: httpx.Client) -> None:
    fields = {"email": "Carol@Example.com", "nickname": "Carol", "password1": PASSWORD, "password2": PASSWORD}
    assert submit(moderator, "/admin/accounts/user/add/", **fields).status_code == 302
    made = User.objects.get(email="carol@example.com")
    assert made.check_password(PASSWORD)


def test_the_admin_says_that_an_address_is_taken_in_another_case(moderator: httpx.Client, alice: Any) -> None:
    fields = {"email": "ALICE@example.com", "nickname": "Not Alice", "password1": PASSWORD, "password2": PASSWORD}
    response = submit(moderator, "/admin/accounts/user/add/", **fields)
    assert response.status_code == 200
    assert "already exists" in response.text


def test_a_moderator_bans_and_raises_a_limit(moderator: httpx.Client, alice: Any) -> None:
    page = f"/admin/accounts/user/{alice.user.pk}/change/"
    kept = {"email": "alice@example.com", "nickname": "Alice", "daily_limit": "9"}
    assert submit(moderator, page, **kept).status_code == 302
    assert alice.get("chat/quota/").json()["limit"] == 9
    assert submit(moderator, page, **kept, banned="on", reason="spam").status_code == 302
    assert alice.get("accounts/me/").json()["code"] == "banned"


def test_a_moderator_ends_log_ins(moderator: httpx.Client, alice: Any, bob: Any) -> None:
    ending = {"action": "end", "_selected_action": str(alice.session.pk)}
    assert submit(moderator, "/admin/accounts/session/", **ending).status_code == 302
    assert alice.get("accounts/me/").json()["code"] == "session_ended"
    assert bob.get("accounts/me/").status_code == 200
