"""A log-in with a provider, from a page on another origin: no token, code or state stays where it could be read later."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Playwright, Request, Route, expect

from accounts.tests.providing import CLIENT_SECRET, Running
from frontend.tests.browser.conftest import CHROMIUM, Service
from frontend.tests.browser.elsewhere import Elsewhere

LEAST_CHARS = 16  # shorter than any token, code or state of ours


@pytest.fixture
def running() -> Iterator[Running]:
    with Running() as running:
        yield running


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    page = Elsewhere(tmp_path / "elsewhere")
    yield page
    page.close()


@pytest.fixture
def api(make_service: Callable[..., Service], elsewhere: Elsewhere, running: Running) -> Service:
    service = make_service(
        gunicorn="frontend/tests/browser/gunicorn_with_providers.py",
        PROVIDERS_URL=running.url,
        KAKAO_CLIENT_ID="client-of-kakao",
        KAKAO_CLIENT_SECRET=CLIENT_SECRET,
        CORS_ALLOWED_ORIGINS=elsewhere.origin,
        FRONTEND_URL=elsewhere.url,
    )
    elsewhere.publish(service.url)
    return service


@pytest.fixture
def page(playwright: Playwright, tmp_path: Path) -> Iterator[Page]:
    """A browser with a profile on disk, which keeps a history as people's browsers do."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile", executable_path=CHROMIUM, args=["--no-sandbox"], locale="ko-KR"
    )
    yield context.pages[0]
    context.close()


class Secrets:
    """Everything that went by and must not stay: heard in the browser, where it has to be."""

    def __init__(self, page: Page) -> None:
        self.heard: dict[str, str] = {}
        page.on("request", self.hear_request)
        page.route("**/social/token/", self.hear_answer)

    def hear_request(self, request: Request) -> None:
        query = parse_qs(urlsplit(request.url).query)
        for name in ("code", "state", "code_challenge"):
            if name in query:
                self.heard[name] = query[name][0]

    def hear_answer(self, route: Route) -> None:
        """The API's own answer, heard before the page goes on to another one."""
        answer = route.fetch()
        if route.request.method == "POST":
            sent = route.request.post_data_json or {}
            self.heard |= {f"hand-over {name}": text for name, text in sent.items()}
            self.heard |= {name: answer.json()[name] for name in ("access", "refresh")}
        route.fulfill(response=answer)

    def found_in(self, text: str) -> list[str]:
        return [name for name, secret in self.heard.items() if secret in text]


def kept_by(profile: Path) -> str:
    """The addresses in the history that the browser shows to people: the end of each chain of redirects."""
    chain_end = 0x20000000
    with sqlite3.connect(profile / "Default" / "History") as history:
        shown = history.execute(
            "SELECT url FROM urls WHERE id IN (SELECT url FROM visits WHERE transition & ?)", (chain_end,)
        )
        return "\n".join(url for (url,) in shown)


def test_a_log_in_with_a_provider_leaves_no_trace(
    page: Page, elsewhere: Elsewhere, api: Service, running: Running, tmp_path: Path
) -> None:
    secrets = Secrets(page)
    page.goto(f"{elsewhere.url}login.html?next=archive.html")
    page.get_by_role("button", name="카카오로 계속하기").click()
    expect(page).to_have_url(f"{elsewhere.url}archive.html")
    expect(page.locator("#account .who")).to_have_text("환영합니다 하루 님")

    # All of it went by, and none of it is short enough to be found by chance.
    wanted = {"code", "state", "code_challenge", "hand-over code", "hand-over verifier", "access", "refresh"}
    assert set(secrets.heard) == wanted
    assert all(len(secret) >= LEAST_CHARS for secret in secrets.heard.values())
    assert secrets.heard["code"] in running.standin.secrets_given

    # What servers log: the API's lines, and every request and header (so every Referer) of the page's server.
    log = api.log.read_text(encoding="utf-8")
    assert "/api/v1/accounts/social/kakao/callback/" in log
    assert secrets.found_in(log) == []
    requests = "\n".join(elsewhere.seen)
    assert "GET /haru/archive.html" in requests
    assert secrets.found_in(requests) == []

    # What the browser keeps: the way back of this tab, where the page came from, and what it stored.
    entries = page.context.new_cdp_session(page).send("Page.getNavigationHistory")["entries"]
    assert [entry["url"] for entry in entries if "archive.html" in entry["url"]]
    assert secrets.found_in(str(entries)) == []
    kept = "(({'haru.refresh': own, ...others}) => others)({...localStorage})"
    here = "(({'haru.access': own, ...others}) => others)({...sessionStorage})"
    stored = page.evaluate(f"JSON.stringify([document.referrer, {kept}, {here}])")
    assert secrets.found_in(stored) == []  # but the tokens, each in its own place
    assert secrets.found_in(str(page.context.cookies())) == []

    page.go_back()
    expect(page.locator("#account")).to_be_visible()
    assert secrets.found_in(page.url) == []
    page.context.close()
    addresses = kept_by(tmp_path / "profile")
    assert re.search("/haru/", addresses)
    assert secrets.found_in(addresses) == []
