"""Makes the page agree with itself: Korean texts, preloads, policy and address of the API in every HTML file.

`make page` runs it. With `--api=https://…` the page is for another origin than the API's, with `--base=/path/` its 404
page knows where it stands; with `--check` nothing is written, and what differs is an error. It builds nothing: the
files stay what a browser reads.
"""

import argparse
import html
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
IMPORT = re.compile(r'^(?:import|export)\s(?:[^"]*?\sfrom\s)?"(\.[^"]+)"', re.MULTILINE)
TEXTED = re.compile(r'(<[^>]*?\sdata-text="([\w.]+)"[^>]*>)[^<]*(?=</)')
ATTRIBUTES = {"label": "aria-label", "placeholder": "placeholder", "content": "content"}
TEXTED_ATTRIBUTE = re.compile(
    r'data-(label|placeholder|content)="([\w.]+)"(?: (?:aria-label|placeholder|content)="[^"]*")?'
)
CONFIG = """// Where the API is: empty for the origin this page comes from. `make page API=https://…` writes it.
window.HARU_API = {api};
"""


def catalogue(language: str) -> dict[str, str]:
    """All texts of a language, read from its three modules."""
    texts: dict[str, str] = {}
    for name in (f"{language}.js", f"{language}-pages.js", f"{language}-prose.js"):
        source = (HERE / "js" / "texts" / name).read_text(encoding="utf-8")
        body = source[source.index("{") : source.rindex("}") + 1]
        texts |= json.loads(re.sub(r",\s*}$", "}", body))
    return texts


def imported(path: Path, seen: dict[Path, None]) -> dict[Path, None]:
    """Every module that a module needs, the nearest first."""
    for name in IMPORT.findall(path.read_text(encoding="utf-8")):
        other = (path.parent / name).resolve()
        if other not in seen:
            seen[other] = None
            imported(other, seen)
    return seen


def preloads(page: str) -> str:
    """A `<link>` for each module behind the page's script, so that none waits for another."""
    entry = re.search(r'<script type="module" src="([^"]+)"', page)
    modules = imported((HERE / entry[1]).resolve(), {}) if entry else {}
    names = sorted(path.relative_to(HERE.resolve()).as_posix() for path in modules)
    return "".join(f'    <link rel="modulepreload" href="{name}">\n' for name in names)


def texted(page: str, texts: dict[str, str]) -> str:
    """The Korean texts, where a file names them by `data-text` and the like."""

    def attribute(found: re.Match[str]) -> str:
        return f'data-{found[1]}="{found[2]}" {ATTRIBUTES[found[1]]}="{html.escape(texts[found[2]])}"'

    page = TEXTED.sub(lambda found: found[1] + html.escape(texts[found[2]], quote=False), page)
    return TEXTED_ATTRIBUTE.sub(attribute, page)


def published(page: str, *, api: str, base: str) -> str:
    """An HTML file as it should be."""
    page = texted(page, catalogue("ko"))
    page = re.sub(r"connect-src 'self'[^;]*", f"connect-src 'self' {api}".rstrip(), page)
    page = re.sub(r'<base href="[^"]*">', f'<base href="{base}">', page)
    page = re.sub(r' *<link rel="modulepreload"[^>]*>\n', "", page)
    return page.replace('    <script type="module"', preloads(page) + '    <script type="module"')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--api", default="", help="https://host of the API; empty for the page's own origin")
    parser.add_argument("--base", default="/", help="path at which the page is served")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    api = given.api.rstrip("/")
    if api and not re.fullmatch(r"https?://[\w.-]+(:\d+)?", api):
        parser.error("--api is an origin such as https://api.example.com")
    wanted = {
        path: published(path.read_text(encoding="utf-8"), api=api, base=given.base) for path in HERE.glob("*.html")
    }
    wanted[HERE / "config.js"] = CONFIG.format(api=json.dumps(api))
    differing = [path for path, text in wanted.items() if path.read_text(encoding="utf-8") != text]
    for path in [] if given.check else differing:
        path.write_text(wanted[path], encoding="utf-8")
    if given.check and differing:
        print("Run `make page`:", *sorted(path.name for path in differing))
    return int(given.check and bool(differing))


if __name__ == "__main__":
    sys.exit(main())
