"""The page on another origin and below a path of its own, as `make page API=…` writes it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from frontend.tests.browser.conftest import Service, Visitor
from frontend.tests.browser.elsewhere import Elsewhere


@pytest.fixture
def elsewhere(make_service: Callable[..., Service], tmp_path: Path) -> Iterator[str]:
    """The address of a page on another origin, and on a path of its own."""
    page = Elsewhere(tmp_path)
    page.publish(make_service(CORS_ALLOWED_ORIGINS=page.origin).url)
    yield page.url
    page.close()


def test_the_page_works_from_another_origin(elsewhere: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit(url=elsewhere)
    page = visitor.page
    visitor.sign_up()
    visitor.begin("date-course")
    visitor.fill_example()
    page.click(".new-form button.main")
    expect(visitor.last_reply.locator(".actions")).to_be_visible()
    visitor.ask("길게 [[words=60]] [[over=4]]")
    expect(visitor.last_reply.locator(".markdown")).to_contain_text("연습용")
    page.reload()
    expect(visitor.last_reply.locator(".actions")).to_be_visible()
    expect(page.locator(".quota:visible strong")).to_have_text("오늘 3/5 남음")
    page.click(".conversation-head .menu-holder > button")
    with page.expect_download() as saved:
        page.get_by_role("button", name="파일로 저장").click()
    assert saved.value.suggested_filename.endswith(".md")
    page.goto("404.html")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("main a.button")).to_have_attribute("href", "./")
    page.click("main a.button")
    expect(page).to_have_url(elsewhere)
