"""The social log-in's rules: what a callback hands over, who a hand-over logs in, links and unlinks."""

import logging
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import emails, outbox, providers, signup
from accounts.mail_models import Kind
from accounts.models import Session, SocialAccount, SocialHandover, User
from accounts.social_state import Attempt, attempt_of, challenge_of, digest
from config.problems import Problem

logger = logging.getLogger("haru.social")


def begin(request: HttpRequest, provider: str, *, challenge: str) -> tuple[Attempt, str]:
    """A new attempt, and the provider's address to send the browser to."""
    attempt = Attempt.begin(provider, challenge=challenge)
    pkce_challenge = challenge_of(attempt.pkce_verifier)
    return attempt, providers.authorize_url(provider, request, state=attempt.state, pkce_challenge=pkce_challenge)


# ---------------------------------------------------------------- The callback
def outcome(request: HttpRequest, provider: str) -> str:
    """What the page is told in the fragment: `social_code=…`, or `social_error=` and its word."""
    attempt = attempt_of(request, provider)
    handover = claimed(attempt) if attempt else None
    if attempt is None or handover is None:
        return "social_error=state_invalid"
    if request.GET.get("error") == "access_denied":  # RFC 6749 4.1.2.1; all three say it so
        return "social_error=cancelled"
    try:
        profile = providers.profile_of(provider, request, pkce_verifier=attempt.pkce_verifier)
    except providers.ProviderUnavailable as error:
        logger.warning("social provider failed", extra={"provider": provider, "error": str(error)})
        return "social_error=provider_unavailable"
    return f"social_code={filled(handover, profile)}"


def claimed(attempt: Attempt) -> SocialHandover | None:
    """A row for this state, which only one callback can make; the rows of states that have expired go."""
    dead = timezone.now() - timedelta(seconds=settings.SOCIAL_STATE_SECONDS)
    SocialHandover.objects.filter(created_at__lt=dead).delete()
    try:
        with transaction.atomic():
            return SocialHandover.objects.create(
                state_hash=digest(attempt.state), provider=attempt.provider, challenge=attempt.challenge
            )
    except IntegrityError:
        return None


def filled(handover: SocialHandover, profile: providers.Profile) -> str:
    """Keeps what the provider said for `SOCIAL_CODE_SECONDS`; the one-time code under which it is fetched."""
    code = secrets.token_urlsafe(32)
    SocialHandover.objects.filter(pk=handover.pk).update(
        code_hash=digest(code),
        uid=profile.uid,
        email=profile.email,
        email_verified=profile.email_verified,
        nickname=profile.nickname,
        expires_at=timezone.now() + timedelta(seconds=settings.SOCIAL_CODE_SECONDS),
    )
    return code


# ---------------------------------------------------------------- The hand-over
def found(code: str, verifier: str) -> SocialHandover:
    """The unused, unexpired hand-over of this code for the page that has the verifier; else `social_code_invalid`."""
    handover = SocialHandover.objects.usable().filter(code_hash=digest(code), challenge=challenge_of(verifier)).first()
    if handover is None:
        raise Problem("social_code_invalid")
    return handover


def spend(handover: SocialHandover) -> None:
    """Uses it up, once among any number of requests at once, and wipes what it said of a person."""
    mine = SocialHandover.objects.usable().filter(pk=handover.pk)
    if not mine.update(used_at=timezone.now(), uid="", email=None, nickname=""):
        raise Problem("social_code_invalid")


def account_of(handover: SocialHandover) -> SocialAccount | None:
    accounts = SocialAccount.objects.select_related("user")
    return accounts.filter(provider=handover.provider, uid=handover.uid).first()


def log_in(*, code: str, verifier: str, signup_code: str, device: str, address: str) -> Session:
    """A new log-in of the member that the provider's account opens, who is made if there is none.

    Problems: `social_code_invalid`, `email_taken`, `banned`; `invalid` (`signup_code`) and `too_many_requests` (new
    members of an address), which use nothing up.
    """
    handover = found(code, verifier)
    account = account_of(handover)
    if account is None:
        signup.admit(signup_code, field="signup_code", address=address)
    spend(handover)
    user = account.user if account else new_member(handover)
    if not user.is_active:
        raise Problem("banned")
    with transaction.atomic():
        # A reset takes away what was linked; a log-in that was under way meanwhile must not slip in behind it.
        User.objects.select_for_update().filter(pk=user.pk).first()
        if account_of(handover) is None:
            raise Problem("social_code_invalid")
        return Session.begin(user, device=device)


def new_member(handover: SocialHandover) -> User:
    """A member without a password; a taken e-mail is Problem `email_taken`: accounts are never joined by e-mail."""
    verified_at = timezone.now() if handover.email_verified else None
    try:
        with transaction.atomic():
            user = User.objects.create_user(handover.email, nickname=handover.nickname, email_verified_at=verified_at)
            SocialAccount.objects.create(user=user, provider=handover.provider, uid=handover.uid)
            emails.ask_to_confirm(user)
            return user
    except IntegrityError:
        if account := account_of(handover):  # another tab was faster
            return account.user
        raise Problem("email_taken") from None


def link(session: Session, *, code: str, verifier: str) -> Session:
    """Lets the provider's account open the member of this log-in, and tells them by mail.

    Problem `email_taken` if it opens somebody else's.
    """
    handover = found(code, verifier)
    spend(handover)
    with transaction.atomic():
        User.objects.select_for_update().filter(pk=session.user_id).first()
        if not Session.objects.alive().filter(pk=session.pk).exists():  # a reset ended it in this moment
            raise Problem("session_ended")
        account, is_new = SocialAccount.objects.get_or_create(
            provider=handover.provider, uid=handover.uid, defaults={"user": session.user}
        )
        if is_new and session.user.email:
            outbox.put(Kind.LINKED, email=session.user.email, user=session.user)
    if account.user_id != session.user_id:
        raise Problem("email_taken", detail=_("This social account already belongs to another member."))
    return session


def unlink(user: User, provider: str) -> None:
    """The provider no longer opens the member's account; Problem `last_way_in` if nothing else would."""
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)  # two at once must not both be the last but one
        linked = locked.social_accounts.filter(provider=provider)
        if not linked.exists():
            raise Problem("not_found")
        others = locked.social_accounts.filter(provider__in=set(providers.configured()) - {provider})
        has_password = bool(locked.email) and locked.has_usable_password()
        if not has_password and not others.exists():
            raise Problem("last_way_in")
        linked.delete()
