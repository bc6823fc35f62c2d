"""The page on a server and an origin of its own, as `make page API=…` writes it, and all that this server could log."""

import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from frontend.tests.browser.conftest import ROOT, free_port

LEFT_OUT = shutil.ignore_patterns("tests", "node_modules", "package*", "biome.json")


class Remembering(SimpleHTTPRequestHandler):
    """Python's own server of files; each request's line and headers are remembered."""

    seen: ClassVar[list[str]]

    def log_request(self, code: object = "-", size: object = "-") -> None:
        self.seen.append(f"{self.requestline}\n{self.headers}")

    def log_message(self, format: str, *arguments: object) -> None:
        """Silent."""


class Elsewhere:
    """A page below `/haru/`; `publish` says which API it is for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.seen = folder, free_port(), list[str]()
        self.origin = f"http://localhost:{self.port}"
        self.url = f"{self.origin}/haru/"
        handler = type("OwnRemembering", (Remembering,), {"seen": self.seen})
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), partial(handler, directory=str(folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, api: str) -> None:
        shutil.copytree(ROOT / "frontend", self.folder / "haru", ignore=LEFT_OUT)
        script = self.folder / "haru" / "publish.py"
        subprocess.run([sys.executable, script, f"--api={api}", "--base=/haru/"], check=True)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
