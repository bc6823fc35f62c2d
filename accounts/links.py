"""The links in mails: made when a mail is sent, taken once and in time, refused in the same words whatever is wrong."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.mail_models import Kind
from accounts.models import MailedLink, User, WaitingLetter
from accounts.social_state import digest
from config.problems import Problem

# For each kind of link: the page's file that opens it, and how long it lasts.
PAGES = {Kind.RESET: "reset.html", Kind.VERIFY: "verify.html"}
REFUSED = _("This link was used, is too old, or another has taken its place. Please ask for a new one.")


def seconds(kind: str) -> int:
    return settings.RESET_LINK_SECONDS if kind == Kind.RESET else settings.VERIFY_LINK_SECONDS


def address(kind: str, user: User, *, email: str) -> str:
    """A new link for the member, its token in the fragment, which no server sees; those whose time is over go."""
    now = timezone.now()
    MailedLink.objects.filter(expires_at__lt=now).delete()
    token = secrets.token_urlsafe(32)
    MailedLink.objects.create(
        user=user,
        kind=kind,
        email=email,
        token_hash=digest(token),
        created_at=now,
        expires_at=now + timedelta(seconds=seconds(kind)),
    )
    return f"{settings.PAGE_FOLDER}{PAGES[Kind(kind)]}#token={token}"


def found(kind: str, token: str) -> MailedLink:
    """The usable link of a token, its member with it; else Problem `token_invalid`, as for banned or gone members."""
    links = MailedLink.objects.usable().select_related("user")
    link = links.filter(kind=kind, token_hash=digest(token)).first()
    if link is None:
        raise Problem("token_invalid", detail=REFUSED)
    return link


def spend(link: MailedLink) -> User:
    """Uses it up and gives its member, locked; in a transaction. Of any number at once one gets here.

    The member's row is always locked first, before links and log-ins, so that no two stories wait for each other.
    """
    user = User.objects.select_for_update().filter(pk=link.user_id).first()
    if user is None or not MailedLink.objects.usable().filter(pk=link.pk).end():
        raise Problem("token_invalid", detail=REFUSED)
    return user


def end_all(user: User) -> None:
    """Ends the member's links, mailed or waiting, but those that confirm the address that is theirs now.

    So after a change of password or address no mail from before opens anything, whoever had asked for it.
    """
    MailedLink.objects.filter(user=user).exclude(kind=Kind.VERIFY, email=user.email).end()
    WaitingLetter.objects.filter(user=user, kind=Kind.VERIFY).exclude(email=user.email).delete()
