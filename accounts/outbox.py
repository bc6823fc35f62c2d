"""Letters that wait to be sent: put in by requests, taken out by one process each, tried again within bounds."""

import logging
import threading
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import get_language, override

from accounts.mail_models import Kind
from accounts.models import User, WaitingLetter
from config.limits import hits
from config.problems import Problem

logger = logging.getLogger("haru.mail")

# A try that has not ended by then died with its process; longer than every step of SMTP may take.
TRY_SECONDS = 180
# After each failed try; then it is given up: whoever waits for a link has asked again by now.
RETRY_SECONDS = (60, 300, 1800, 7200)
# A letter that has waited for so long, for whatever reason, is not sent: nobody expects it any more.
KEPT_SECONDS = 6 * 3600

# Set when this process has put one in: its postman need not look again and again.
posted = threading.Event()


def put(kind: str, *, email: str, user: User | None = None) -> None:
    """A letter in the language of this request, sent soon after its transaction has ended, by any process."""
    WaitingLetter.objects.create(kind=kind, email=email, user=user, language=get_language() or "ko")
    transaction.on_commit(posted.set)


def put_cap(sender: object, **signal: object) -> None:
    """A letter to the operator, if they have said where to, in the service's own language."""
    if settings.OPERATOR_EMAIL:
        with override(settings.LANGUAGE_CODE):
            put(Kind.CAP, email=settings.OPERATOR_EMAIL)


def due() -> models.QuerySet[WaitingLetter]:
    """What may be tried now, the longest waiting first."""
    return WaitingLetter.objects.select_related("user").filter(due_at__lte=timezone.now()).order_by("due_at")


def take() -> WaitingLetter | None:
    """A letter that is due, for this process alone until `TRY_SECONDS` are over; None if there is none."""
    while letter := due().first():
        later = timezone.now() + timedelta(seconds=TRY_SECONDS)
        as_seen = WaitingLetter.objects.filter(pk=letter.pk, due_at=letter.due_at)
        if letter.tries > len(RETRY_SECONDS) or letter.created_at < timezone.now() - timedelta(seconds=KEPT_SECONDS):
            as_seen.delete()  # its last try died, or no process was there for long
        elif as_seen.update(due_at=later, tries=models.F("tries") + 1):
            letter.tries += 1
            return letter
    return None


def is_one_too_many(letter: WaitingLetter, user: User) -> bool:
    """Whether the member, or the address, has had as many as it may; all tries to send a letter are one.

    What others cause to an address is counted apart from what concerns the member whose it is: whoever asks for
    somebody's address as theirs must not silence that member's own letters.
    """
    if letter.tries > 1:
        return False
    whose = user.pk if user.email == letter.email else "others"
    counted = (("letter-address", letter.email), ("letter", f"{letter.kind} {whose} {letter.email}"))
    try:
        hits.take(*counted, now=timezone.now())
    except Problem:
        logger.info("a mail was not sent: its address has had as many as it may", extra={"kind": letter.kind})
        return True
    return False


def done(letter: WaitingLetter) -> None:
    """Sent, or nothing to send."""
    WaitingLetter.objects.filter(pk=letter.pk).delete()


def failed(letter: WaitingLetter, *, is_final: bool) -> bool:
    """Has it tried again later, unless it was refused for good or tried often enough; whether it will be."""
    mine = WaitingLetter.objects.filter(pk=letter.pk, tries=letter.tries)
    if is_final or letter.tries > len(RETRY_SECONDS):
        mine.delete()
        return False
    mine.update(due_at=timezone.now() + timedelta(seconds=RETRY_SECONDS[letter.tries - 1]))
    return True
