"""Changing, setting and resetting a password, and what ends when one has changed."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator, validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links, outbox
from accounts.mail_models import Kind
from accounts.models import Session, User
from config.problems import Problem


class UnlikeTheMember(UserAttributeSimilarityValidator):
    """Django's rule, with a sentence of ours: its Korean one has a particle that suits only some attributes."""

    def get_error_message(self) -> str:
        return _("The password is too similar to the %(verbose_name)s.")


def check_current(user: User, password: str | None, *, field: str) -> None:
    """Who has a password must know it; else Problem `invalid` at the field."""
    if not user.has_usable_password():
        return
    if password is None:
        raise Problem("invalid", errors={field: [_("This field is required.")]})
    if not user.check_password(password):
        raise Problem("invalid", errors={field: [_("The password is wrong.")]})


def check_rules(password: str, user: User) -> None:
    """Django's rules for passwords; Problem `invalid` says at `password` which it breaks."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Problem("invalid", errors={"password": error.messages}) from None


def change(session: Session, *, current: str | None, password: str) -> None:
    """Sets the password of this log-in's member and ends every other log-in; see `check_current`, `check_rules`."""
    user = session.user
    check_current(user, current, field="current")
    check_rules(password, user)
    hashed = make_password(password)  # outside the transaction: on SQLite every writer would wait for it
    with transaction.atomic():
        # Who knew the old password must not overwrite what was changed or reset meanwhile.
        if not User.objects.filter(pk=user.pk, password=user.password).update(password=hashed):
            raise Problem("invalid", errors={"current": [_("The password is wrong.")]})
        end_what_it_opened(user, but=session)


def put(user: User) -> None:
    """Keeps a password that was set on the member, and nothing else of them, and ends what the one before opened."""
    with transaction.atomic():
        user.save(update_fields=["password"])
        end_what_it_opened(user)


def end_what_it_opened(user: User, *, but: Session | None = None) -> None:
    """With a password end its member's log-ins, but for the one that changed it, and the links in mails.

    In the transaction that changes it.
    """
    of_member = Session.objects.filter(user=user)
    (of_member.exclude(id=but.id) if but else of_member).end()
    links.end_all(user)


def ask_for_reset(email: str) -> None:
    """Has a link mailed if there is such a member; here nobody looks, so that answers and times tell nothing."""
    outbox.put(Kind.RESET, email=email)


def reset(*, token: str, password: str) -> None:
    """Sets the password of the link's member and ends all log-ins; Problem `token_invalid`, or see `check_rules`.

    Who got the mail has the address: it counts as confirmed. If it was not, whoever signed up with it may have been
    another, so the accounts of providers that were linked until then open nothing any more.
    """
    link = links.found(Kind.RESET, token)
    check_rules(password, link.user)
    hashed = make_password(password)
    with transaction.atomic():
        user = links.spend(link)
        user.password = hashed
        if user.email_verified_at is None:
            user.email_verified_at = timezone.now()
            user.social_accounts.all().delete()
        user.save(update_fields=["password", "email_verified_at"])
        end_what_it_opened(user)
