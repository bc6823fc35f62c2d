"""What accounts take in and give out."""

from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts import devices
from accounts.models import EMAIL_MAX_CHARS, NICKNAME_MAX_CHARS, Session, User, normalised_email
from config.fields import BilingualSerializer, Name, StrictSerializer, Text


class EmailField(serializers.EmailField):
    """An address of at most `EMAIL_MAX_CHARS`, in the spelling that is kept (lower case can be longer than upper)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=EMAIL_MAX_CHARS, **options)

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return normalised_email(super().to_internal_value(data)) or ""


def password_field(**options: Any) -> Text:
    """A password as typed: nothing is trimmed from it."""
    return Text(max_length=settings.PASSWORD_MAX_CHARS, trim_whitespace=False, write_only=True, **options)


def check_alike(password: str, again: str) -> None:
    """ValidationError at `password_confirm` where a new password was not typed twice alike."""
    if password != again:
        raise serializers.ValidationError({"password_confirm": [_("The two passwords differ.")]})


class UserSerializer(StrictSerializer[User]):
    """A member as they see themselves."""

    gone = "session_ended"
    id = serializers.UUIDField(read_only=True)
    email = serializers.EmailField(read_only=True, allow_null=True)
    email_verified = serializers.SerializerMethodField()
    nickname = Name(max_length=NICKNAME_MAX_CHARS)
    date_joined = serializers.DateTimeField(read_only=True)
    has_password = serializers.SerializerMethodField()
    providers = serializers.SerializerMethodField()

    def get_email_verified(self, user: User) -> bool:
        return user.email_verified_at is not None

    def get_has_password(self, user: User) -> bool:
        return user.has_usable_password()

    def get_providers(self, user: User) -> list[str]:
        return sorted(set(user.social_accounts.values_list("provider", flat=True)))


class SignupSerializer(StrictSerializer[User]):
    """A new member; `code` is asked for where the operator set `SIGNUP_CODE`."""

    email = EmailField()
    nickname = Name(max_length=NICKNAME_MAX_CHARS)
    password = password_field()
    password_confirm = password_field()
    code = Text(required=False, max_length=100, allow_blank=True)

    def validate_password(self, password: str) -> str:
        """Compared with no more of what else was sent than a member may have: nobody has counted this request yet."""
        given = self.initial_data
        user = User(
            email=str(given.get("email", ""))[:EMAIL_MAX_CHARS],
            nickname=str(given.get("nickname", ""))[:NICKNAME_MAX_CHARS],
        )
        try:
            validate_password(password, user)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from None
        return password

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        check_alike(attrs["password"], attrs["password_confirm"])
        return attrs


class NewPasswordSerializer(StrictSerializer[None]):
    """A password and the same once more; its rules are looked at where its member is known."""

    password = password_field()
    password_confirm = password_field()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        check_alike(attrs["password"], attrs.pop("password_confirm"))
        return attrs


class PasswordChangeSerializer(NewPasswordSerializer):
    """`current` is asked of who has a password."""

    current = password_field(required=False)


class PasswordResetSerializer(StrictSerializer[None]):
    """Where a letter with a link goes, if it is a member's address."""

    email = EmailField()


class PasswordResetConfirmSerializer(NewPasswordSerializer):
    """A new password, and what stands behind `token=` in the link of a letter."""

    token = Text(max_length=128, trim_whitespace=False, write_only=True)


class EmailChangeSerializer(StrictSerializer[None]):
    """`password` is asked of who has one, unless the address is their own."""

    email = EmailField()
    password = password_field(required=False)


class EmailVerifySerializer(StrictSerializer[None]):
    """What stands behind `token=` in the link of a letter."""

    token = Text(max_length=128, trim_whitespace=False, write_only=True)


class LoginSerializer(StrictSerializer[User]):
    """Whatever was typed; a malformed address is simply unknown."""

    email = Text(max_length=EMAIL_MAX_CHARS)
    password = password_field()


class RefreshSerializer(StrictSerializer[None]):
    """The refresh token of a pair; it is good for one more pair."""

    refresh = Text(max_length=2048)


class LogoutSerializer(StrictSerializer[None]):
    """Nothing beside an access token; the refresh token where that has expired."""

    refresh = Text(max_length=2048, required=False)


class VerifySerializer(StrictSerializer[None]):
    """An access or a refresh token."""

    token = Text(max_length=2048)


class TokenPairSerializer(StrictSerializer[None]):
    """A fresh pair; the refresh token that was sent is spent."""

    access = serializers.CharField(read_only=True)
    refresh = serializers.CharField(read_only=True)


class DeletionSerializer(StrictSerializer[None]):
    """That one means it: the password, or the nickname where there is none."""

    password = password_field(required=False, allow_blank=True, default="")
    confirm = Text(required=False, allow_blank=True, default="", max_length=NICKNAME_MAX_CHARS, trim_whitespace=False)


class LoggedInSerializer(TokenPairSerializer):
    """A member with the tokens of a new log-in."""

    user = UserSerializer(read_only=True)


class SessionSerializer(StrictSerializer[Session]):
    """A log-in as its member sees it; `current` is the one that asks."""

    id = serializers.UUIDField(read_only=True)
    device = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    last_seen_at = serializers.DateTimeField(read_only=True)
    current = serializers.SerializerMethodField()

    def get_device(self, session: Session) -> str:
        return devices.name_of(session.device)

    def get_current(self, session: Session) -> bool:
        return bool(session == self.context["request"].auth)


class ProviderSerializer(serializers.Serializer[Any]):
    """A provider of social log-ins; `id` stands in the addresses."""

    id = serializers.CharField()
    name = BilingualSerializer()


class SocialStartSerializer(serializers.Serializer[None]):
    """What the query of a start must hold."""

    challenge = serializers.RegexField(
        r"\A[A-Za-z0-9_-]{43}\Z",
        trim_whitespace=False,
        error_messages={"invalid": gettext_lazy("Must be BASE64URL(SHA256(verifier)) without padding: 43 characters.")},
    )


class SocialTokenSerializer(StrictSerializer[None]):
    """The code of the fragment and the page's own secret; `signup_code` where the operator closed sign-up."""

    code = Text(max_length=128, trim_whitespace=False)
    verifier = Text(max_length=128, trim_whitespace=False)
    signup_code = Text(required=False, max_length=100, allow_blank=True)
