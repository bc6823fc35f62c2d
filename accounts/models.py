"""Who a member is and where they are logged in; what they do with the assistants is in `chat`."""

import unicodedata
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.mail_models import EMAIL_MAX_CHARS as EMAIL_MAX_CHARS
from accounts.mail_models import MailedLink as MailedLink
from accounts.mail_models import WaitingLetter as WaitingLetter

NICKNAME_MAX_CHARS = 30
SOCIAL_UID_MAX_CHARS = 191


def normalised_email(email: str | None) -> str | None:
    """The one spelling under which an address is kept: NFC, lower case, no outer space; empty is none."""
    return unicodedata.normalize("NFC", email or "").strip().lower() or None


class UserManager(BaseUserManager["User"]):
    """Makes members; `createsuperuser` and the sign-up come through here."""

    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields.setdefault("nickname", email.partition("@")[0][:NICKNAME_MAX_CHARS])
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normalised_email(username))


class User(AbstractBaseUser, PermissionsMixin):
    """A member. `email` is absent for some who came through a social log-in."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(_("e-mail"), max_length=EMAIL_MAX_CHARS, unique=True, null=True, blank=True)
    email_verified_at = models.DateTimeField(_("e-mail verified at"), null=True, blank=True, editable=False)
    nickname = models.CharField(_("nickname"), max_length=NICKNAME_MAX_CHARS)
    daily_limit = models.PositiveIntegerField(
        _("daily limit"), null=True, blank=True, help_text=_("Requests a day; empty for the service's own.")
    )
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Off: the member is banned."))
    ban_reason = models.CharField(
        _("reason of the ban"),
        max_length=500,
        blank=True,
        db_default="",
        default="",
        help_text=_("For moderators; the member is not told."),
    )
    is_staff = models.BooleanField(_("staff"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["nickname"]

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_whatever_its_case")]
        indexes: ClassVar = [models.Index(fields=["-date_joined", "-id"], name="member_by_age")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def owes_verification(self) -> bool:
        """Whether the operator wants this member's address confirmed before they ask an assistant anything.

        Who came through a provider without an address has none to confirm.
        """
        is_required = settings.EMAIL_VERIFICATION == "required"
        return is_required and self.email is not None and self.email_verified_at is None

    def check_password(self, raw_password: str | None) -> bool:
        """Django's; a hash that is brought up to date takes the place of the one that was checked, and of no other."""
        checked = self.password

        def renew(password: str) -> None:
            hashed = make_password(password)
            if User.objects.filter(pk=self.pk, password=checked).update(password=hashed):
                self.password = hashed

        return check_password(raw_password, checked, renew)

    def clean(self) -> None:
        self.email = normalised_email(self.email)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normalised_email(self.email)
        super().save(*args, **kwargs)


class SessionQuerySet(models.QuerySet["Session"]):
    def alive(self, now: Any = None) -> "SessionQuerySet":
        return self.filter(ended_at=None, expires_at__gt=now or timezone.now())

    def end(self) -> int:
        """Ends them: access and refresh tokens are refused from the next request on."""
        return self.filter(ended_at=None).update(ended_at=timezone.now())


class Session(models.Model):
    """One log-in on one device. Its row, not a token's lifetime, decides whether its tokens are taken."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sessions")
    device = models.CharField(_("device"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # The refresh token that is taken now, and the one before it, taken once more for a short while.
    refresh_id = models.UUIDField(default=uuid4)
    previous_refresh_id = models.UUIDField(null=True)
    rotated_at = models.DateTimeField(null=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("log-in")
        verbose_name_plural = _("log-ins")
        indexes: ClassVar = [
            models.Index(fields=["user", "-last_seen_at"], name="session_by_member"),
            models.Index(fields=["-created_at", "-id"], name="session_by_age"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    def begin(cls, user: User, *, device: str) -> "Session":
        """A new log-in; `device` is what the client calls itself, cut to 200 characters."""
        lifetime = timedelta(days=settings.REFRESH_TOKEN_DAYS)
        return cls.objects.create(user=user, device=device[:200], expires_at=timezone.now() + lifetime)

    def see(self) -> None:
        """Notes that it is in use, once in `SEEN_EVERY_SECONDS`: of many requests at once, one writes."""
        now = timezone.now()
        long_ago = now - timedelta(seconds=settings.SEEN_EVERY_SECONDS)
        if self.last_seen_at <= long_ago:
            Session.objects.filter(id=self.id, last_seen_at__lte=long_ago).update(last_seen_at=now)


class SocialAccount(models.Model):
    """A provider's account that opens a member's; `uid` is the provider's own name for it, never an e-mail."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="social_accounts")
    provider = models.CharField(_("provider"), max_length=20)
    uid = models.CharField(max_length=SOCIAL_UID_MAX_CHARS)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("social account")
        verbose_name_plural = _("social accounts")
        constraints: ClassVar = [models.UniqueConstraint(fields=["provider", "uid"], name="social_account_once")]

    def __str__(self) -> str:
        return str(self.pk)


class SocialHandoverQuerySet(models.QuerySet["SocialHandover"]):
    def usable(self) -> "SocialHandoverQuerySet":
        return self.filter(used_at=None, expires_at__gt=timezone.now())


class SocialHandover(models.Model):
    """What a provider told our callback, until the page fetches it; also the mark that a state was used.

    Secrets are kept as their SHA-256 only. A row is dropped when its state could not come back any more.
    """

    state_hash = models.CharField(max_length=64, unique=True)
    challenge = models.CharField(max_length=43)
    provider = models.CharField(max_length=20)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    # From here on it is empty until the provider has answered.
    code_hash = models.CharField(max_length=64, unique=True, null=True)
    uid = models.CharField(max_length=SOCIAL_UID_MAX_CHARS, blank=True)
    email = models.EmailField(max_length=EMAIL_MAX_CHARS, null=True)
    email_verified = models.BooleanField(default=False)
    nickname = models.CharField(max_length=NICKNAME_MAX_CHARS, blank=True)
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    objects = SocialHandoverQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)
