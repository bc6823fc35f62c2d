"""What mails say, in the language of who asked: a few sentences and at most one link, as text and as HTML.

No nickname: whoever signs up with somebody else's address would write to them through us.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import make_msgid, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import links, outbox
from accounts.mail_models import Kind
from accounts.models import User, WaitingLetter


@dataclass(frozen=True)
class Words:
    """A letter: what stands above the button, on it, and below."""

    subject: str
    before: str
    after: str
    button: str = ""


def of_reset() -> Words:
    return Words(
        subject=_("[Haru] Set a new password"),
        before=_("Somebody, probably you, asked to set a new password for your Haru account."),
        button=_("Set a new password"),
        after=_("If it was not you, you need not do anything: your password stays as it is."),
    )


def of_verification() -> Words:
    return Words(
        subject=_("[Haru] Confirm your e-mail address"),
        before=_("Please confirm that this address is to belong to your Haru account."),
        button=_("Confirm this address"),
        after=_("If you have no account at Haru, you need not do anything: somebody mistyped their own address."),
    )


def of_notice() -> Words:
    return Words(
        subject=_("[Haru] Your account is to get another e-mail address"),
        before=_("Another e-mail address was asked for in your Haru account. It takes effect when it is confirmed."),
        after=_("If it was not you, please change your password now: this address still opens your account."),
    )


def of_linking() -> Words:
    return Words(
        subject=_("[Haru] A new way to log in to your account"),
        before=_("An account at Kakao, GitHub or Google was linked to your Haru account and opens it from now on."),
        after=_("If it was not you, please change your password now and unlink that account on your page."),
    )


def of_cap() -> Words:
    return Words(
        subject=_("[Haru] Today's calls are nearly used"),
        before=_("Four fifths of the %d calls that the service may make today are used.")
        % settings.SERVICE_DAILY_LIMIT,
        after=_(
            "When all are used, questions are refused until midnight. SERVICE_DAILY_LIMIT says how many there are."
        ),
    )


WORDS: dict[str, Callable[[], Words]] = {
    Kind.RESET: of_reset,
    Kind.VERIFY: of_verification,
    Kind.NOTICE: of_notice,
    Kind.LINKED: of_linking,
    Kind.CAP: of_cap,
}


def lifetime(kind: str) -> str:
    """How long a link lasts, in words."""
    hours = links.seconds(kind) // 3600
    return _("The link works once, for an hour.") if hours == 1 else _("The link works once, for %d hours.") % hours


def recipient(letter: WaitingLetter) -> User | None:
    """Whom a letter concerns, if there is still anything to tell them."""
    if letter.kind == Kind.RESET:
        return User.objects.filter(email=letter.email, is_active=True).first()
    user = letter.user
    if user is None or not user.is_active:
        return None
    is_confirmed = letter.kind == Kind.VERIFY and user.email == letter.email and user.email_verified_at is not None
    return None if is_confirmed else user


def written(letter: WaitingLetter) -> EmailMultiAlternatives | None:
    """The mail with a link of its own; None where nobody is to get one."""
    user = recipient(letter)
    if letter.kind != Kind.CAP and (user is None or outbox.is_one_too_many(letter, user)):
        return None
    has_link = letter.kind in links.PAGES
    link = links.address(letter.kind, user, email=letter.email) if user and has_link else ""
    with override(letter.language):
        words = WORDS[letter.kind]()
        after = [*([lifetime(letter.kind)] if has_link else []), words.after]
        said = {"words": words, "link": link, "after": after, "language": letter.language}
        html = render_to_string("accounts/letter.html", said)
    text = "\n\n".join(filter(None, [words.before, link, *after])) + "\n"
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2]
    headers = {
        "Message-ID": make_msgid(domain=host),  # by itself it would name this machine
        "Auto-Submitted": "auto-generated",  # no out-of-office answers (RFC 3834)
        "Content-Language": letter.language,
    }
    mail = EmailMultiAlternatives(words.subject, text, to=[letter.email], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail
