"""Serving the page of `frontend/` at `/`: which of its files, and with which headers."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from wsgiref.headers import Headers

from whitenoise.middleware import WhiteNoiseMiddleware

# What a browser needs; tests, tools and their packages stay at home.
FOLDERS = {"css", "icons", "js", "vendor"}
SUFFIXES = {".css", ".html", ".ico", ".js", ".png", ".svg", ".webmanifest"}


def is_published(path: PurePosixPath) -> bool:
    """Whether a file of `frontend/`, by its path in there, belongs to the page."""
    return path.suffix in SUFFIXES and (len(path.parts) == 1 or path.parts[0] in FOLDERS)


class PageMiddleware(WhiteNoiseMiddleware):
    """Static files by their hashed names, and the page."""

    def is_served(self, url: str) -> bool:
        name = url.lstrip("/") or "index.html"
        return url.startswith(self.static_prefix) or is_published(PurePosixPath(name))

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        if self.is_served(url):
            super().add_file_to_dictionary(url, path, stat_cache=stat_cache)  # type: ignore[no-untyped-call]

    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        """The same rule where files are looked up anew each time, as DEBUG does."""
        if self.is_served(url):
            yield from super().candidate_paths_for_url(url)  # type: ignore[no-untyped-call]

    def add_cache_headers(self, headers: Headers, path: str, url: str) -> None:
        """The page's files keep their names, so they are asked for anew; and what a `<meta>` cannot say."""
        super().add_cache_headers(headers, path, url)  # type: ignore[no-untyped-call]
        if not url.startswith(self.static_prefix):
            headers["Cache-Control"] = "no-cache"
            headers["Content-Security-Policy"] = "frame-ancestors 'none'"
            headers["Referrer-Policy"] = "same-origin"
            headers["X-Content-Type-Options"] = "nosniff"
