"""What `git pull` changes under a running Nginx: the page and the templates are taken into use, whole or not at all."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.tests.site import Site, until

YEAR = "public, max-age=31536000, immutable"


@pytest.fixture
def changed(whole_site: Site) -> Iterator[Site]:
    """The site, whose files a test may change; they are what they were at the end, in use."""
    found = [path for folder in (whole_site.page, whole_site.nginx) for path in files(folder)]
    kept = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in found}
    before = part_of(whole_site)
    yield whole_site
    for path, (content, changed_ns) in kept.items():
        path.write_bytes(content)
        os.utime(path, ns=(changed_ns, changed_ns))
    until(lambda: part_of(whole_site) == before and "X-Changed" not in get(whole_site, "/").headers)
    time.sleep(1)  # until the workers before take no new connection


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def get(site: Site, path: str, **headers: str) -> httpx.Response:
    """By a connection of its own: one that Nginx says farewell to belongs to the site before."""
    with site.client() as visitor:
        return visitor.get(path, headers=headers)


def part_of(site: Site) -> str:
    """The path of the script that the page names now."""
    named = re.search(r'src="(v/[0-9a-f]+/js/chat.js)"', get(site, "/").text)
    assert named
    return f"/{named[1]}"


def test_a_changed_page_is_in_use_soon_and_the_old_name_keeps_nothing(changed: Site) -> None:
    old, html = part_of(changed), get(changed, "/")
    changed.page.joinpath("js/chat.js").write_text("export const words = 2;")
    until(lambda: part_of(changed) != old)
    new = get(changed, part_of(changed))
    assert (new.text, new.headers["Cache-Control"]) == ("export const words = 2;", YEAR)
    assert get(changed, old).headers["Cache-Control"] == "no-cache"
    assert get(changed, "/", **{"If-None-Match": html.headers["ETag"]}).status_code == 200


def test_a_changed_template_is_in_use_soon(changed: Site) -> None:
    with changed.nginx.joinpath("page-headers.conf.template").open("a") as template:
        template.write("add_header X-Changed yes always;\n")
    until(lambda: get(changed, "/").headers.get("X-Changed") == "yes")


def test_what_nginx_refuses_changes_nothing(changed: Site) -> None:
    old = part_of(changed)
    template = changed.nginx / "page.conf.template"
    right = template.read_text()
    template.write_text("no_directive;\n" + right)
    changed.page.joinpath("js/chat.js").write_text("export const words = 3;")
    until(lambda: "no_directive" in changed.log.read_text())
    part = get(changed, part_of(changed))
    assert part_of(changed) == old
    assert (part.text[:24], part.headers["Cache-Control"]) == ("export const words = 1; ", YEAR)
    template.write_text(right)
    until(lambda: get(changed, part_of(changed)).text == "export const words = 3;")


def test_what_is_still_being_changed_is_left_alone(changed: Site) -> None:
    old = part_of(changed)
    for number in range(35):
        changed.page.joinpath("js/chat.js").write_text(f"export const words = {'1' * number};")
        time.sleep(0.1)
    part = get(changed, part_of(changed))
    assert part_of(changed) == old
    assert (part.text[:24], part.headers["Cache-Control"]) == ("export const words = 1; ", YEAR)
