"""The page on another origin and below a path of its own, as `make page API=…` writes it."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from frontend.tests.browser.conftest import ROOT, Service, Visitor, free_port


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def elsewhere(make_service: Callable[..., Service], tmp_path: Path) -> Iterator[str]:
    """The address of a page below `/haru/`, served by Python's own server."""
    port = free_port()
    api = make_service(CORS_ALLOWED_ORIGINS=f"http://localhost:{port}")
    skipped = shutil.ignore_patterns("tests", "node_modules", "package*", "biome.json")
    shutil.copytree(ROOT / "frontend", tmp_path / "haru", ignore=skipped)
    subprocess.run([sys.executable, tmp_path / "haru" / "publish.py", f"--api={api.url}", "--base=/haru/"], check=True)
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{port}/haru/"
    server.shutdown()
    server.server_close()


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
