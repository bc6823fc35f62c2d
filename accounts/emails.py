"""A member's address: asking for another, confirming it, and when it takes effect."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import links, outbox, passwords
from accounts.mail_models import Kind
from accounts.models import User
from config.problems import Problem


def ask_to_confirm(user: User) -> None:
    """What a new member gets: a link to their address, unless it is confirmed or the operator wants none."""
    if user.email and user.email_verified_at is None and settings.EMAIL_VERIFICATION != "none":
        outbox.put(Kind.VERIFY, email=user.email, user=user)


def ask_for_change(user: User, *, email: str, password: str | None) -> None:
    """Has a link mailed to the address, and a notice to the one before; see `passwords.check_current`.

    One's own address gets another link as long as it is unconfirmed; links to other addresses end. Whether the
    address is somebody else's is told only to who can open the mail.
    """
    if email == user.email:
        if user.email_verified_at is None:
            outbox.put(Kind.VERIFY, email=email, user=user)
        return
    passwords.check_current(user, password, field="password")
    with transaction.atomic():
        # A change of the password ends what was asked for before, also what was being asked for meanwhile.
        locked = User.objects.select_for_update().filter(pk=user.pk, password=user.password).first()
        if locked is None:
            raise Problem("session_ended")
        links.end_all(locked)
        outbox.put(Kind.VERIFY, email=email, user=user)
        if user.email:
            outbox.put(Kind.NOTICE, email=user.email, user=user)


def verify(*, token: str) -> None:
    """The link's address becomes its member's, confirmed; Problem `token_invalid`, or `email_taken`.

    A taken address uses nothing up. With the change every other link ends: they went elsewhere.
    """
    link = links.found(Kind.VERIFY, token)
    try:
        with transaction.atomic():
            user = links.spend(link)
            user.email, user.email_verified_at = link.email, timezone.now()
            user.save(update_fields=["email", "email_verified_at"])
            links.end_all(user)
    except IntegrityError:
        raise Problem("email_taken") from None
