"""What mail needs to remember: letters that wait to be sent, and the links in those that were."""

from django.conf import settings
from django.db import models
from django.utils import timezone

EMAIL_MAX_CHARS = 254  # of what mail servers pass on (RFC 5321)


class Kind(models.TextChoices):
    """What a letter is about; of those with a link, what the link is good for."""

    RESET = "reset"
    VERIFY = "verify"
    CAP = "cap"  # to the operator, that the service's calls of today are nearly used; without a link
    NOTICE = "notice"  # to the old address, that another is asked for; without a link
    LINKED = "linked"  # to the member, that a provider's account opens theirs from now on; without a link


class WaitingLetter(models.Model):
    """A letter to be sent: a row before the answer that promises it, so that a dead process loses none.

    It holds no token: a link is made for each try to send it. Nor does a reset say whether there is such a member.
    """

    kind = models.CharField(max_length=10, choices=Kind)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)
    email = models.EmailField(max_length=EMAIL_MAX_CHARS)
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField(default=timezone.now)
    # When it is tried next; a try moves it on before it begins.
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.pk)


class MailedLinkQuerySet(models.QuerySet["MailedLink"]):
    def usable(self) -> "MailedLinkQuerySet":
        """Unused, in time, of a member who may be here; a reset by the address that is still theirs."""
        is_theirs = ~models.Q(kind=Kind.RESET) | models.Q(email=models.F("user__email"))
        return self.filter(is_theirs, used_at=None, expires_at__gt=timezone.now(), user__is_active=True)

    def end(self) -> int:
        """Ends them: their tokens are refused from now on."""
        return self.filter(used_at=None).update(used_at=timezone.now())


class MailedLink(models.Model):
    """A link in a mail, by the SHA-256 of its token; it opens what `kind` says, once, for `email` alone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mailed_links")
    kind = models.CharField(max_length=10, choices=Kind)
    email = models.EmailField(max_length=EMAIL_MAX_CHARS)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    objects = MailedLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)
