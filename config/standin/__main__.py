"""The stand-in as a process: `python -m config.standin --port 9001`; no protocol here."""

import argparse
import asyncio
import resource
from contextlib import suppress

import uvloop

from config.standin.script import Pace
from config.standin.server import start


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--words", type=int, help="words a reply, where its question says none")
    parser.add_argument("--seconds", type=float, help="from the first word to the last")
    parser.add_argument("--first-word-ms", type=float, default=200)
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Listens until the process is ended; says where on its first line."""
    pace = Pace(options.words, options.seconds, options.first_word_ms / 1000)
    running = await start(options.host, options.port, pace)
    print(running.base_url, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    with suppress(KeyboardInterrupt):
        uvloop.run(serve(arguments()))
