"""A service with a superuser and a moderator in it, and their browsers at the admin."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.tests.staff import App
from frontend.tests.browser import conftest as page_suite
from frontend.tests.browser.conftest import LOCALES, PASSWORD, SIZES, Service, Visitor

# What the page's own suite shares: a real service, Debian's Chromium, visitors.
browser, playwright = page_suite.browser, page_suite.playwright
pytest_collection_modifyitems = page_suite.pytest_collection_modifyitems

MAKE_STAFF = """
from accounts.models import User
from django.contrib.auth.models import Group
User.objects.create_superuser("root@example.com", "{password}", nickname="주인")
mod = User.objects.create_user("mod@example.com", "{password}", nickname="지기", is_staff=True)
mod.groups.add(Group.objects.get(name="Moderators"))
"""


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """With the admin's assets; as in production staff need the second step."""
    var = tmp_path_factory.mktemp("var")
    service = Service(var, DAILY_CHAT_LIMIT="2", SIGNUPS_PER_HOUR="1000", STAFF_TWO_STEP="required")
    service.run("manage.py", "collectstatic", "--noinput", "-v", "0")
    service.run("manage.py", "shell", "-v", "0", "-c", MAKE_STAFF.format(password=PASSWORD))
    service.start()
    yield service
    service.kill()


class Desk(Visitor):
    """A member of the staff at the admin; `apps` are their authenticators by address."""

    apps: dict[str, App]

    def log_in(self, email: str) -> Page:
        """By the password and the second step, which is set up where it is not yet."""
        page = self.page
        page.goto("/admin/")
        page.fill("[name=username]", email)
        page.fill("[name=password]", PASSWORD)
        page.click("[type=submit]")
        is_new = "/two-step/enrolment/" in page.url
        if is_new:
            self.apps[email] = App(page.locator("#secret").inner_text())
        page.fill("[name=code]", self.apps[email].code())
        page.click("form:has([name=code]) [type=submit]")
        if is_new:
            expect(page.locator("#recovery-codes li")).to_have_count(10)
            page.click("#recovery-codes ~ p a")
        expect(page.locator(".desk-strip, #site-name").first).to_be_visible()
        return page

    def save(self) -> None:
        """The form's own button; what it says comes back as a message."""
        self.page.click("[name=_save]")
        expect(self.page.locator(".messagelist .success")).to_be_visible()


@pytest.fixture(scope="session")
def apps() -> dict[str, App]:
    """The authenticators of the staff."""
    return {}


@pytest.fixture
def at_desk(browser: Browser, service: Service, apps: dict[str, App]) -> Iterator[Callable[..., Desk]]:
    """Opens the admin for one of the staff: `at_desk("mod", language="en")`."""
    opened: list[Desk] = []

    def make(who: str = "mod", *, size: str = "desktop", language: str = "ko", scheme: str = "light") -> Desk:
        width, height = SIZES[size]
        options: dict[str, Any] = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
        desk = Desk(browser, service.url, locale=LOCALES[language], **options)
        desk.apps = apps
        opened.append(desk)
        desk.log_in(f"{who}@example.com")
        return desk

    yield make
    for desk in opened:
        desk.close()


@pytest.fixture
def member(browser: Browser, service: Service) -> Iterator[Callable[[str], Visitor]]:
    """Signs a member up on the page: `member("하늘")`."""
    opened: list[Visitor] = []

    def make(nickname: str) -> Visitor:
        visitor = Visitor(browser, service.url, viewport={"width": 1280, "height": 800}, locale="ko-KR")
        opened.append(visitor)
        visitor.sign_up(nickname)
        return visitor

    yield make
    for visitor in opened:
        visitor.close()
