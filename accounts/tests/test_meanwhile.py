"""A new password ends what was opened before it, also what was being opened in that very moment."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.management.commands import changepassword
from django.core.management import call_command
from django.utils import timezone

from accounts import emails, links, passwords, signup, social
from accounts.mail_models import Kind
from accounts.models import Session, SocialAccount, SocialHandover, User, WaitingLetter
from accounts.social_state import digest
from config.problems import Problem

OLD, NEW = "a quiet harbour", "a louder harbour"
OLDER = ["django.contrib.auth.hashers.MD5PasswordHasher"]
NEWER = ["django.contrib.auth.hashers.ScryptPasswordHasher", *OLDER]  # as after an upgrade of Django
CODE, VERIFIER = "c" * 43, "v" * 43


@pytest.fixture
def alice(transactional_db: None) -> User:
    return User.objects.create(email="alice@example.com", nickname="Alice", password=make_password(OLD, hasher="md5"))


@pytest.fixture
def handover(alice: User) -> SocialHandover:
    """What a provider said of who holds another account there."""
    challenge = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    soon = timezone.now() + timedelta(minutes=1)
    kept = {"state_hash": digest("s"), "code_hash": digest(CODE), "challenge": challenge, "expires_at": soon}
    return SocialHandover.objects.create(provider="github", uid="thief", nickname="Thief", **kept)


def reset(alice: User) -> None:
    token = links.address(Kind.RESET, alice, email="alice@example.com").partition("token=")[2]
    passwords.reset(token=token, password=NEW)


def before(monkeypatch: pytest.MonkeyPatch, where: str, what: Any, *, reset: Any) -> None:
    """Has the reset happen between a check and what follows it."""

    def checked(*args: Any, **kwargs: Any) -> Any:
        found = what(*args, **kwargs)
        reset()
        return found

    monkeypatch.setattr(where, checked)


def test_a_hash_that_is_brought_up_to_date_puts_no_old_password_back(
    alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PASSWORD_HASHERS = NEWER
    happened: list[str] = []

    def slowly(password: str | None, *args: Any) -> str:
        if not happened and password == OLD:
            happened.append(password)
            reset(alice)
        return make_password(password, *args)

    monkeypatch.setattr("accounts.models.make_password", slowly)
    with pytest.raises(Problem) as refused:
        signup.log_in(email="alice@example.com", password=OLD, device="thief", address="")
    assert refused.value.code == "wrong_credentials"
    kept = User.objects.get(pk=alice.pk)
    assert (kept.check_password(OLD), kept.check_password(NEW)) == (False, True)


def test_no_link_goes_to_an_address_that_was_asked_for_behind_a_reset(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = User.objects.get(pk=alice.pk)
    before(monkeypatch, "accounts.passwords.check_current", passwords.check_current, reset=lambda: reset(alice))
    with pytest.raises(Problem):
        emails.ask_for_change(user, email="thief@example.com", password=OLD)
    assert not WaitingLetter.objects.filter(email="thief@example.com").exists()


def test_no_social_log_in_slips_in_behind_a_reset(
    alice: User, handover: SocialHandover, monkeypatch: pytest.MonkeyPatch
) -> None:
    SocialAccount.objects.create(user=alice, provider="github", uid="thief")
    before(monkeypatch, "accounts.social.spend", social.spend, reset=lambda: reset(alice))
    with pytest.raises(Problem):
        social.log_in(code=CODE, verifier=VERIFIER, signup_code="", device="thief", address="")
    assert not Session.objects.alive().exists()


def test_no_linking_slips_in_behind_a_reset(
    alice: User, handover: SocialHandover, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session.begin(alice, device="thief")
    before(monkeypatch, "accounts.social.spend", social.spend, reset=lambda: reset(alice))
    with pytest.raises(Problem):
        social.link(session, code=CODE, verifier=VERIFIER)
    assert not SocialAccount.objects.exists()


def test_what_happens_to_a_member_while_their_password_is_typed_at_the_terminal_stays(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*_: Any) -> str:
        User.objects.filter(pk=alice.pk).update(is_active=False, ban_reason="spam", email="new@example.com")
        return NEW

    monkeypatch.setattr(changepassword.Command, "_get_pass", slowly)
    call_command("changepassword", "alice@example.com")
    kept = User.objects.get(pk=alice.pk)
    assert (kept.is_active, kept.ban_reason, kept.email) == (False, "spam", "new@example.com")
    assert kept.check_password(NEW)
