"""A real service with the stand-in model, Debian's Chromium, and visitors with a browser of their own."""

import faulthandler
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[3]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PASSWORD = "a quiet harbour 9"
SIZES = {"desktop": (1280, 800), "phone": (360, 740)}
LOCALES = {"ko": "ko-KR", "en": "en-GB"}

STDERR = 2  # itself: sys.stderr is pytest's while a test runs
TEST_SECONDS = 480  # the longest takes 60 on a machine full of other work, four times that on a slow one
START_SECONDS = 120

expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium every test is skipped, loudly; in CI that is a failure."""
    if not CHROMIUM and "CI" not in os.environ:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="NO CHROMIUM: the page was not tested"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """Gunicorn as `make run` starts it, on a port that it keeps when it is started again."""

    def __init__(self, var: Path, *, gunicorn: str = "config/gunicorn.py", **settings: str) -> None:
        self.gunicorn, self.log = gunicorn, var / "service.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
        self.environment = kept | {"ENV_FILE": os.devnull, "VAR_DIR": str(var), "PORT": str(self.port)} | settings
        self.run("manage.py", "prepare")

    def run(self, *arguments: str, text: str | None = None) -> None:
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.environment, check=True, input=text, text=True)

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--config", self.gunicorn, "config.asgi:application"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, start_new_session=True, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"{self.url}/readyz")
                return
            time.sleep(0.1)
        raise AssertionError(f"The service does not start: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """As a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(autouse=True)
def _an_end() -> Iterator[None]:
    """A browser that never answers ends this process: playwright waits for a script as long as it takes."""
    faulthandler.dump_traceback_later(TEST_SECONDS, exit=True, file=STDERR)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session")
def make_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """Starts services with settings of their own: `make_service(DAILY_CHAT_LIMIT="2")`."""
    made: list[Service] = []

    def make(**settings: str) -> Service:
        service = Service(tmp_path_factory.mktemp("var"), **settings)
        service.start()
        made.append(service)
        return service

    yield make
    for service in made:
        service.kill()


@pytest.fixture(scope="session")
def service(make_service: Callable[..., Service]) -> Service:
    """The service most tests share; its members may ask often."""
    return make_service(DAILY_CHAT_LIMIT="40", SIGNUPS_PER_HOUR="1000")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


class Visitor:
    """One browser with its tabs; whatever the console complains about fails the test."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.context: BrowserContext = browser.new_context(base_url=url, **options)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
        self.email = ""
        self.complaints: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.hear(message.type, message.text))
        return page

    def hear(self, kind: str, text: str) -> None:
        # An answer of 4xx or a lost connection is a line of the browser's own, and often what is tested.
        if kind in ("error", "warning") and not re.search(r"Failed to load resource|net::ERR", text):
            self.complaints.append(text)

    def join(self, nickname: str = "민지") -> str:
        """Is a member at once, without the form, and opens the chat; gives the e-mail address."""
        email = f"m{time.time_ns()}@example.com"
        account = {"email": email, "nickname": nickname, "password": PASSWORD, "password_confirm": PASSWORD}
        answer = self.context.request.post("api/v1/accounts/signup/", data=account)
        assert answer.status == 201, answer.text()
        self.page.goto("icons/haru.svg")  # this origin, where no script runs
        self.page.evaluate("token => localStorage.setItem('haru.refresh', token)", answer.json()["refresh"])
        with self.page.expect_response("**/chat/quota/"):
            self.page.goto("chat.html")
        expect(self.page.locator(".assistant-card")).to_have_count(6)
        return email

    def sign_up(self, nickname: str = "민지") -> str:
        """Signs up by the form and lands in the chat; gives the e-mail address."""
        page, email = self.page, f"m{time.time_ns()}@example.com"
        page.goto("signup.html?next=chat.html")
        page.fill("[name=email]", email)
        page.fill("[name=nickname]", nickname)
        page.fill("[name=password]", PASSWORD)
        page.fill("[name=password_confirm]", PASSWORD)
        page.click("form#form button.main")
        expect(page.locator(".assistant-card")).to_have_count(6)
        return email

    def log_out(self) -> None:
        """By the button, to the first page; the header alone changes before the way there is over."""
        self.page.click("#account .log-out")
        expect(self.page).to_have_url(re.compile("/$"))
        expect(self.page.locator("#account .main")).to_be_visible()

    def begin(self, assistant: str = "free-chat") -> None:
        """Opens a new conversation with an assistant."""
        self.page.goto(f"chat.html#/assistant/{assistant}")

    def ask(self, words: str) -> None:
        """Sends a message; does not wait for the reply."""
        self.page.fill("#message", words)
        self.page.press("#message", "Enter")

    def ask_and_wait(self, words: str) -> None:
        count = self.page.locator(".reply .actions").count()
        self.ask(words)
        expect(self.page.locator(".reply .actions")).to_have_count(count + 1)

    def fill_example(self) -> None:
        """Fills an assistant's form with its example."""
        self.page.click(".new-form .row.between button")

    @property
    def last_reply(self) -> Any:
        return self.page.locator(".reply:not([hidden])").last

    def close(self) -> None:
        self.context.close()
        assert self.complaints == []


@pytest.fixture
def visit(browser: Browser, service: Service) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors: `visit(size="phone", language="en", scheme="dark")`."""
    visitors: list[Visitor] = []

    def make(
        *, size: str = "desktop", language: str = "ko", scheme: str = "light", url: str = service.url, **options: Any
    ) -> Visitor:
        width, height = SIZES[size]
        options |= {"viewport": {"width": width, "height": height}, "locale": LOCALES[language], "color_scheme": scheme}
        visitors.append(Visitor(browser, url, **options))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def minji(visit: Callable[..., Visitor]) -> Visitor:
    """A member who has just signed up, in Korean, on a desktop."""
    visitor = visit()
    visitor.join()
    return visitor
