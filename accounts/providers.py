"""Kakao, GitHub and Google through django-allauth's adapters: where a browser is sent, and whom they vouch for."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.github.provider import GitHubProvider
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.provider import GoogleProvider
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.kakao.provider import KakaoProvider
from allauth.socialaccount.providers.kakao.views import KakaoOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from requests import RequestException

from accounts.models import EMAIL_MAX_CHARS, NICKNAME_MAX_CHARS, SOCIAL_UID_MAX_CHARS, normalised_email

NAMES = {
    "kakao": {"ko": "카카오", "en": "Kakao"},
    "github": {"ko": "GitHub", "en": "GitHub"},
    "google": {"ko": "Google", "en": "Google"},
}
# What the library lets through when an answer is not what the provider documents.
GARBAGE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, ImproperlyConfigured)
# The word for an error in a provider's answer; nothing that could be a secret has this shape.
ERROR_WORD = re.compile(r"""error["']?\s*[:=]\s*["']?([a-z_]{3,40})\b""")


class ProviderUnavailable(Exception):
    """The provider is down, slow, refuses us, or talks nonsense; the reason is safe to log."""


@dataclass(frozen=True)
class Profile:
    """Whom a provider vouches for; `email` is None where it gives none that can be kept."""

    uid: str
    email: str | None
    email_verified: bool
    nickname: str


class Adapter:
    """Keeps the library's adapter to our keys and our callback, without its rows, sessions and pages."""

    provider_class: Any
    provider_id: str
    request: HttpRequest

    def get_provider(self) -> Any:
        client_id, secret = settings.SOCIAL_KEYS[self.provider_id]
        app = SocialApp(provider=self.provider_id, client_id=client_id, secret=secret)
        return self.provider_class(self.request, app=app)

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("social-callback", args=[self.provider_id]))


class Kakao(Adapter, KakaoOAuth2Adapter):
    provider_class = KakaoProvider


class GitHub(Adapter, GitHubOAuth2Adapter):
    provider_class = GitHubProvider


class Google(Adapter, GoogleOAuth2Adapter):
    provider_class = GoogleProvider


ADAPTERS: dict[str, Any] = {"kakao": Kakao, "github": GitHub, "google": Google}


def configured() -> list[str]:
    """The providers that have their keys, in the order in which they are offered."""
    return [provider for provider, keys in settings.SOCIAL_KEYS.items() if all(keys)]


def authorize_url(provider: str, request: HttpRequest, *, state: str, pkce_challenge: str) -> str:
    """Where the browser is sent to log in at the provider; the challenge is S256 (RFC 7636)."""
    adapter = ADAPTERS[provider](request)
    social = adapter.get_provider()
    client = adapter.get_client(request, social.app)
    client.state = state
    pkce = {"code_challenge": pkce_challenge, "code_challenge_method": "S256"}
    return str(client.get_redirect_url(adapter.authorize_url, social.get_scope(), social.get_auth_params() | pkce))


def profile_of(provider: str, request: HttpRequest, *, pkce_verifier: str) -> Profile:
    """Turns the `code` of a callback's query into a profile, in two or three calls; else ProviderUnavailable."""
    adapter = ADAPTERS[provider](request)
    social = adapter.get_provider()
    client = adapter.get_client(request, social.app)
    try:
        answer = adapter.get_access_token_data(request, social.app, client, pkce_code_verifier=pkce_verifier)
        token = adapter.parse_token(answer)
        return read(social, adapter.complete_login(request, social.app, token, response=answer))
    except (OAuth2Error, RequestException, *GARBAGE) as error:
        raise ProviderUnavailable(reason(error)) from None


def reason(error: Exception) -> str:
    """The error's kind, the status, and the provider's word for it; never its text, which may quote what was sent."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    word = ERROR_WORD.search(str(error)) if isinstance(error, OAuth2Error) else None
    parts = (type(error).__name__, status, word and word.group(1))
    return " ".join(str(part) for part in parts if part)


def read(social: Any, login: Any) -> Profile:
    """Our profile of the library's; an address counts as verified only where the provider says so."""
    uid, extra = login.account.uid, login.account.extra_data
    if not uid.isprintable() or len(uid) > SOCIAL_UID_MAX_CHARS:
        raise ValueError("uid")
    addresses = sorted(login.email_addresses, key=lambda each: (each.verified is True, each.primary), reverse=True)
    if social.id == "kakao" and extra.get("kakao_account", {}).get("is_email_valid") is False:
        addresses = []  # Kakao: the address has gone over to somebody else's account
    email = normalised_email(addresses[0].email) if addresses else None
    name = extra.get("name") or social.extract_common_fields(extra).get("username")
    return Profile(
        uid=uid,
        email=email if email and len(email) <= EMAIL_MAX_CHARS else None,
        email_verified=bool(email) and addresses[0].verified is True,
        nickname=nickname_of(name),
    )


def nickname_of(name: object) -> str:
    """A provider's name as a nickname: NFC, no control characters, cut to 30 characters, never empty."""
    text = " ".join(name.split()) if isinstance(name, str) else ""
    shown = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", shown)[:NICKNAME_MAX_CHARS].strip() or _("Member")
