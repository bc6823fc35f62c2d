"""What a moderator does with members: each act takes effect at once and leaves its trace."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.utils import timezone

from accounts import leaving, links
from accounts.models import MailedLink, SocialAccount, User
from accounts.tests.staff import Staff
from chat.models import DailyUsage, Message
from chat.quota import local_day
from chat.tests.asking import ask, new_conversation

MEMBERS = "/admin/accounts/user/"


def page_of(person: Any) -> str:
    return f"{MEMBERS}{person.user.pk}/change/"


def send(browser: Staff, person: Any, **fields: Any) -> Any:
    """The member's form as it stands, with these changes."""
    return browser.change(page_of(person), **fields)


def listed(page: str) -> set[str]:
    """The nicknames in the list."""
    return set(re.findall(r'class="field-nickname"><a[^>]*>([^<]*)<', page))


def history(person: Any) -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.filter(object_id=str(person.user.pk))]


# ---------------------------------------------------------------- Finding
def test_members_are_found_by_address_nickname_and_id(mod: Staff, alice: Any, bob: Any) -> None:
    for words in ("ALICE@exam", "lic", str(alice.user.pk)):
        assert listed(mod.get(MEMBERS, params={"q": words}).text) == {"Alice"}
    assert listed(mod.get(MEMBERS).text) == {"Alice", "Bob", "Mod"}


def test_the_list_is_narrowed(mod: Staff, alice: Any, bob: Any) -> None:
    ask(alice, new_conversation(alice))
    SocialAccount.objects.create(user=bob.user, provider="kakao", uid="1")
    User.objects.filter(pk=bob.user.pk).update(is_active=False, date_joined=timezone.now() - timedelta(days=40))

    def found(**query: str) -> set[str]:
        return listed(mod.get(MEMBERS, params=query).text)

    assert found(used_today="yes") == {"Alice"}
    assert found(used_today="no") == {"Bob", "Mod"}
    assert found(banned="yes") == {"Bob"}
    assert found(banned="no") == {"Alice", "Mod"}
    assert found(provider="kakao") == {"Bob"}
    assert found(provider="none") == {"Alice", "Mod"}
    assert found(date_joined__lt=(timezone.now() - timedelta(days=30)).isoformat()) == {"Bob"}


def test_use_today_and_in_thirty_days_stands_on_one_line(mod: Staff, alice: Any) -> None:
    ask(alice, new_conversation(alice))
    today = local_day(timezone.now())
    for days, used in ((29, 4), (30, 100)):
        DailyUsage.objects.create(member=alice.user, day=today - timedelta(days=days), used=used)
    assert "1 / 5 · 5<" in mod.get(MEMBERS, params={"q": "alice"}).text
    assert "1 / 5 · 5<" in mod.get(page_of(alice)).text


# ---------------------------------------------------------------- Limits
def test_a_limit_of_ones_own_and_more_for_today(mod: Staff, alice: Any) -> None:
    assert send(mod, alice, daily_limit="7").status_code == 302
    assert alice.get("chat/quota/").json()["limit"] == 7
    assert send(mod, alice, daily_limit="7", more_today="3", reason="a workshop").status_code == 302
    assert alice.get("chat/quota/").json()["limit"] == 10
    assert send(mod, alice, daily_limit="", more_today="2", reason="again").status_code == 302
    assert alice.get("chat/quota/").json()["limit"] == 10  # 5 + 3 + 2
    assert history(alice) == [
        "Own limit: 7 → the service's own. Added for today: 2. Reason: again",
        "Added for today: 3. Reason: a workshop",
        "Own limit: the service's own → 7.",
    ]
    assert "a workshop" in mod.get(f"{MEMBERS}{alice.user.pk}/history/").text


def test_without_a_reason_there_is_nothing_more_and_no_ban(mod: Staff, alice: Any) -> None:
    for fields in ({"more_today": "3"}, {"banned": "on"}, {"more_today": "0", "reason": "x"}):
        assert "errorlist" in send(mod, alice, **fields).text
    assert alice.get("chat/quota/").json()["limit"] == 5
    assert not LogEntry.objects.exists()


def test_saving_overwrites_nothing_that_the_member_changed_meanwhile(mod: Staff, alice: Any, monkeypatch: Any) -> None:
    save = User.save

    def change_then_save(member: User, *args: Any, **kwargs: Any) -> None:
        User.objects.filter(pk=alice.user.pk).update(password="a new hash", nickname="Alicia")
        save(member, *args, **kwargs)

    monkeypatch.setattr(User, "save", change_then_save)
    assert send(mod, alice, daily_limit="7").status_code == 302
    kept = User.objects.get(pk=alice.user.pk)
    assert (kept.password, kept.nickname, kept.daily_limit) == ("a new hash", "Alicia", 7)


@pytest.fixture
def other_mod(staff_browser: Callable[..., Staff], moderators: Any) -> Staff:
    """Another moderator, at work at the same time."""
    browser = staff_browser("Moderator")
    browser.user.groups.add(moderators)
    browser.log_in()
    return browser


def test_a_page_that_stood_open_lifts_no_ban_of_meanwhile(mod: Staff, other_mod: Staff, alice: Any) -> None:
    open_page = mod.shown(page_of(alice))
    assert send(other_mod, alice, banned="on", reason="spam").status_code == 302
    assert mod.submit(page_of(alice), **open_page | {"more_today": "5", "reason": "a workshop"}).status_code == 302
    kept = User.objects.get(pk=alice.user.pk)
    assert (kept.is_active, kept.ban_reason) == (False, "spam")
    assert history(alice) == ["Added for today: 5. Reason: a workshop", "Banned. Reason: spam"]


def test_a_page_that_stood_open_puts_nothing_back(root: Staff, mod: Staff, alice: Any, moderators: Any) -> None:
    User.objects.filter(pk=alice.user.pk).update(is_staff=True)
    alice.user.groups.add(moderators)
    open_page = root.shown(page_of(alice))
    changed = {"nickname": "Alicia", "email": "alicia@example.com", "is_staff": False, "daily_limit": 9}
    User.objects.filter(pk=alice.user.pk).update(**changed)
    alice.user.groups.clear()
    assert root.submit(page_of(alice), **open_page | {"more_today": "5", "reason": "x"}).status_code == 302
    assert User.objects.filter(pk=alice.user.pk, groups=None).values(*changed).get() == changed
    assert history(alice) == ["Added for today: 5. Reason: x"]


# ---------------------------------------------------------------- Ban
def test_a_ban_ends_reply_stream_and_tokens_within_seconds(
    mod: Staff, alice: Any, server: Any, eventually: Callable[..., None]
) -> None:
    reply = ask(alice, new_conversation(alice), "[[words=200]] [[over=60]]", Prefer="respond-async").json()["reply"]
    with alice.stream("GET", f"chat/messages/{reply['id']}/stream/") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "event: start"
        assert send(mod, alice, banned="on", reason="spam").status_code == 302
        assert "event: done" not in list(lines)
    eventually(lambda: server.model.get("/calls").json()["open"] == 0, 3)
    eventually(lambda: Message.objects.get(id=reply["id"]).status == "stopped", 3)
    assert alice.get("accounts/me/").json()["code"] == "banned"
    assert history(alice) == ["Banned. Reason: spam"]
    assert "spam" in mod.get(page_of(alice)).text


def test_a_ban_is_lifted(mod: Staff, alice: Any) -> None:
    send(mod, alice, banned="on", reason="spam")
    send(mod, alice, banned=None)
    assert alice.get("accounts/me/").status_code == 200
    assert User.objects.get(pk=alice.user.pk).ban_reason == ""
    assert history(alice)[0] == "Ban lifted."


def act(browser: Staff, action: str, *people: Any, **fields: Any) -> Any:
    return browser.submit(MEMBERS, action=action, _selected_action=[str(one.user.pk) for one in people], **fields)


def test_several_are_banned_and_let_in_again_with_a_reason(mod: Staff, alice: Any, bob: Any) -> None:
    act(mod, "ban", alice, bob)
    assert alice.get("accounts/me/").status_code == 200
    act(mod, "ban", alice, bob, reason="a raid")
    assert {alice.get("accounts/me/").status_code, bob.get("accounts/me/").status_code} == {403}
    assert history(bob) == ["Banned. Reason: a raid"]
    act(mod, "lift_ban", alice, bob)
    assert {alice.get("accounts/me/").status_code, bob.get("accounts/me/").status_code} == {200}


def test_all_log_ins_of_a_member_are_ended(mod: Staff, alice: Any, bob: Any) -> None:
    act(mod, "end_log_ins", alice)
    assert alice.get("accounts/me/").json()["code"] == "session_ended"
    assert bob.get("accounts/me/").status_code == 200
    assert history(alice) == ["Log-ins ended: 1."]


# ---------------------------------------------------------------- Deletion
def test_a_member_is_deleted_by_the_code_of_their_own_deletion(
    mod: Staff, alice: Any, server: Any, eventually: Callable[..., None]
) -> None:
    ask(alice, new_conversation(alice), "[[words=200]] [[over=60]]", Prefer="respond-async")
    page = f"{MEMBERS}{alice.user.pk}/delete/"
    assert "Alice" in mod.get(page).text
    assert mod.submit(page, post="yes").status_code == 302
    eventually(lambda: server.model.get("/calls").json()["open"] == 0, 3)
    assert alice.get("accounts/me/").json()["code"] == "session_ended"
    assert not Message.objects.exists()
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_id, entry.user) == (DELETION, str(alice.user.pk), mod.user)


def test_several_are_deleted_after_a_question(mod: Staff, alice: Any, bob: Any) -> None:
    assert "Bob" in act(mod, "delete_selected", alice, bob).text
    assert act(mod, "delete_selected", alice, bob, post="yes").status_code == 302
    assert list(User.objects.all()) == [mod.user]
    assert LogEntry.objects.filter(action_flag=DELETION).count() == 2


# ---------------------------------------------------------------- Staff are out of reach
def test_a_moderator_changes_no_staff_not_even_themselves(mod: Staff, root: Staff) -> None:
    for one in (root, mod):
        assert mod.get(page_of(one)).status_code == 200
        assert send(mod, one, daily_limit="1000").status_code == 403
        assert mod.submit(f"{MEMBERS}{one.user.pk}/delete/", post="yes").status_code == 403
        for action in ("ban", "end_log_ins"):
            act(mod, action, one, reason="x")
        assert act(mod, "delete_selected", one, post="yes").status_code == 403
    assert User.objects.filter(is_active=True, daily_limit=None).count() == 2
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("field", ["email", "is_staff", "is_superuser", "password", "groups"])
def test_a_moderator_gives_nobody_a_way_in_or_rights(mod: Staff, alice: Any, moderators: Any, field: str) -> None:
    before = User.objects.get(pk=alice.user.pk)
    value = {"email": "mod@evil.example", "groups": str(moderators.pk)}.get(field, "on")
    assert send(mod, alice, **{field: value}).status_code == 302
    after = User.objects.get(pk=alice.user.pk)
    names = ("email", "is_staff", "is_superuser", "password")
    assert [getattr(before, name) for name in names] == [getattr(after, name) for name in names]
    assert not after.groups.exists()
    assert mod.get(f"{MEMBERS}{alice.user.pk}/password/").status_code == 403


def test_a_superuser_changes_rights_and_address_and_it_is_noted(root: Staff, alice: Any, moderators: Any) -> None:
    User.objects.update(email_verified_at=timezone.now())
    fields = {"email": "New@example.com", "is_staff": "on", "groups": str(moderators.pk)}
    assert send(root, alice, **fields).status_code == 302
    changed = User.objects.get(pk=alice.user.pk)
    assert (changed.email, changed.is_staff, list(changed.groups.all())) == ("new@example.com", True, [moderators])
    assert changed.email_verified_at is None  # of the address before
    assert history(alice) == ["E-mail changed. Rights changed."]


def test_an_address_that_a_superuser_sets_ends_the_links_to_others(root: Staff, alice: Any) -> None:
    assert links.address("verify", alice.user, email="thief@example.com")
    assert send(root, alice, email="new@example.com").status_code == 302
    assert not MailedLink.objects.usable().exists()


def test_of_two_who_delete_a_member_at_once_none_meets_an_error(mod: Staff, alice: Any, monkeypatch: Any) -> None:
    def after_another(member: User, leave: Any = leaving.leave) -> None:
        leave(User.objects.get(pk=member.pk))
        leave(member)

    monkeypatch.setattr(leaving, "leave", after_another)
    assert mod.submit(f"{MEMBERS}{alice.user.pk}/delete/", post="yes").status_code == 302
    assert not User.objects.filter(pk=alice.user.pk).exists()
