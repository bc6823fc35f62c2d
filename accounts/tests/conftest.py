"""What tests of accounts share: a stand-in provider behind the real library, browsers, and a mail server."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.kakao.views import KakaoOAuth2Adapter

from accounts.models import User
from accounts.social_state import challenge_of
from accounts.tests import staff
from accounts.tests.mailbox import Mailbox
from accounts.tests.providing import CLIENT_SECRET, Running, Standin
from accounts.tests.staff import Staff
from config import mail

PROVIDERS = ("kakao", "github", "google")
PAGE = "https://page.example/haru/"


class Browser(httpx.Client):
    """Somebody's browser with the page in it: keeps cookies, follows where it is sent, remembers its verifier."""

    def __init__(self, server_url: str) -> None:
        super().__init__(headers={"Accept": "text/html", "User-Agent": "Browser", "Accept-Language": "en"}, timeout=30)
        self.api = f"{server_url}/api/v1/accounts/social"
        self.verifier = secrets.token_urlsafe(48)

    def start(self, provider: str, **query: str) -> httpx.Response:
        challenge = {"challenge": challenge_of(self.verifier)}
        return self.get(f"{self.api}/{provider}/start/", params=challenge | query)

    def at_provider(self, provider: str) -> str:
        """To the provider and through its pages; the address of our callback to which it sends the browser."""
        return str(self.get(self.start(provider).headers["Location"]).headers["Location"])

    def come_back(self, callback: str) -> str:
        """What the page finds in its fragment."""
        response = self.get(callback)
        assert response.status_code == 302
        page, _, fragment = response.headers["Location"].partition("#")
        assert page == PAGE
        return str(fragment)

    def walk(self, provider: str) -> str:
        """All the way: the fragment."""
        return self.come_back(self.at_provider(provider))

    def code(self, provider: str) -> str:
        """All the way: the page's one-time code."""
        name, _, code = self.walk(provider).partition("=")
        assert name == "social_code"
        return code

    def fetch(self, code: str, *, verifier: str = "", access: str = "", **more: Any) -> httpx.Response:
        """What the page does with the code."""
        headers = {"Accept": "*/*"} | ({"Authorization": f"Bearer {access}"} if access else {})
        body = {"code": code, "verifier": verifier or self.verifier, **more}
        return self.post(f"{self.api}/token/", json=body, headers=headers)

    def log_in(self, provider: str, **more: Any) -> httpx.Response:
        return self.fetch(self.code(provider), **more)


def state_of(callback: str) -> str:
    return parse_qs(urlsplit(callback).query)["state"][0]


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    """All three providers, configured, on loopback."""
    settings.SOCIAL_KEYS = {name: (f"client-of-{name}", CLIENT_SECRET) for name in PROVIDERS}
    settings.FRONTEND_URL = PAGE
    with Running() as running:
        adapters: tuple[tuple[str, Any], ...] = (
            ("kakao", KakaoOAuth2Adapter),
            ("github", GitHubOAuth2Adapter),
            ("google", GoogleOAuth2Adapter),
        )
        for name, adapter in adapters:
            monkeypatch.setattr(adapter, "authorize_url", f"{running.url}/{name}/authorize")
            monkeypatch.setattr(adapter, "access_token_url", f"{running.url}/{name}/token")
            where = "identity_url" if name == "google" else "profile_url"
            monkeypatch.setattr(adapter, where, f"{running.url}/{name}/profile")
        monkeypatch.setattr(GitHubOAuth2Adapter, "emails_url", f"{running.url}/github/emails")
        yield running.standin


@pytest.fixture
def browsers(server: Any, provider: Standin) -> Iterator[Callable[[], Browser]]:
    """Makes browsers that know nothing of each other."""
    opened: list[Browser] = []

    def open_one() -> Browser:
        opened.append(Browser(server.url))
        return opened[-1]

    yield open_one
    for browser in opened:
        browser.close()


@pytest.fixture
def browser(browsers: Callable[[], Browser]) -> Browser:
    return browsers()


@pytest.fixture
def plain_assets(settings: Any) -> None:
    """Pages name their assets as they are; that those are there is serving's test."""
    assets = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": assets}


@pytest.fixture
def staff_browser(server: Any, plain_assets: None) -> Iterator[Callable[..., Staff]]:
    """Opens browsers of a staff member, who is made with the first: `staff_browser("Root", is_superuser=True)`."""
    opened: list[Staff] = []

    def open_one(nickname: str, **fields: Any) -> Staff:
        known = User.objects.filter(nickname=nickname).first()
        email = f"{nickname.lower()}@example.com"
        user = known or User.objects.create_user(email, staff.PASSWORD, nickname=nickname, is_staff=True, **fields)
        opened.append(Staff(server.url, user))
        return opened[-1]

    yield open_one
    for browser in opened:
        browser.close()


@pytest.fixture
def root(staff_browser: Callable[..., Staff]) -> Staff:
    """A superuser, nowhere logged in."""
    return staff_browser("Root", is_superuser=True)


@pytest.fixture
def enrolled(root: Staff) -> Staff:
    """The superuser whose second step is on, logged out again."""
    root.log_in()
    root.enrol()
    root.submit("/admin/logout/")
    return root


@pytest.fixture
def mailbox(server: Any, settings: Any) -> Iterator[Mailbox]:
    """Where everybody's mails arrive, through SMTP, as soon as they are asked for."""
    box = Mailbox()
    settings.EMAIL_BACKEND = mail.SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_PAUSE_SECONDS = "127.0.0.1", box.port, (0, 0)
    settings.EMAIL_VERIFICATION = "optional"
    settings.PAGE_FOLDER = PAGE
    settings.DEFAULT_FROM_EMAIL = "Haru <haru@haru.example>"
    box.controller.start()
    yield box
    box.controller.stop()
