"""What binds a social log-in to the browser that began it: a signed cookie a try, and no row until it comes back."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


def digest(secret: str) -> str:
    """How a secret of high entropy is kept: its SHA-256 in hex."""
    return sha256(secret.encode(errors="replace")).hexdigest()


def challenge_of(verifier: str) -> str:
    """BASE64URL(SHA256(verifier)) without padding: S256 of RFC 7636."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Attempt:
    """One way to a provider and back; `challenge` is the page's, `pkce_verifier` ours towards the provider."""

    provider: str
    state: str
    challenge: str
    pkce_verifier: str

    @classmethod
    def begin(cls, provider: str, *, challenge: str) -> "Attempt":
        return cls(provider, secrets.token_urlsafe(32), challenge, secrets.token_urlsafe(64))

    @property
    def cookie(self) -> str:
        """Its cookie's name, so that two tabs do not take each other's."""
        return cookie_of(self.state)

    def keep(self, response: HttpResponse) -> None:
        """Sends the cookie along; the browser shows it to this provider's callback only."""
        response.set_cookie(
            self.cookie,
            signing.dumps([self.challenge, self.pkce_verifier], salt=salt_of(self.provider, self.state)),
            max_age=settings.SOCIAL_STATE_SECONDS,
            path=reverse("social-callback", args=[self.provider]),
            secure=settings.SERVES_HTTPS,
            httponly=True,
            samesite="Lax",
        )


def cookie_of(state: str) -> str:
    return f"social_{digest(state)[:16]}"


def salt_of(provider: str, state: str) -> str:
    return f"accounts.social.{provider}.{state}"


def attempt_of(request: HttpRequest, provider: str) -> Attempt | None:
    """The attempt that this browser began with this provider, by the `state` that came back; None if it did not."""
    state = request.GET.get("state", "")
    kept = request.COOKIES.get(cookie_of(state), "")
    try:
        salt, age = salt_of(provider, state), settings.SOCIAL_STATE_SECONDS
        challenge, pkce_verifier = signing.loads(kept, salt=salt, max_age=age)
    except (signing.BadSignature, UnicodeError):
        return None
    return Attempt(provider, state, challenge, pkce_verifier)


def forget(request: HttpRequest, response: HttpResponse, provider: str) -> None:
    """Takes the cookie back, however the attempt ended."""
    path = reverse("social-callback", args=[provider])
    response.delete_cookie(cookie_of(request.GET.get("state", "")), path=path, samesite="Lax")
