"""How a worker process starts, drains and ends: Gunicorn's worker class and what the lifespan owns."""

import asyncio
import gc
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import Error, connection
from gunicorn.arbiter import Arbiter
from uvicorn.server import Server
from uvicorn_worker import UvicornWorker

from accounts.postman import Postman
from chat.provider import Provider
from chat.worker import this_process
from config import standin

# Time for answers that are under way when the drain is over; a stuck reader holds the exit no longer.
LAST_ANSWERS_SECONDS = 10
QUICK_LAST_ANSWERS_SECONDS = 1
# Objects made since the last look for cycles: each goes through what a thousand open streams hold, and finds little.
COLLECTED_AFTER = (20_000, 20, 20)
# From the closed listener to the closed connections: who got in at the last moment has said by then what they want.
LAST_ARRIVALS_SECONDS = 0.3


class DrainingServer(Server):
    """Uvicorn's server that lets replies finish before its listener closes, and quits at once on Ctrl-C."""

    drain_seconds: float = settings.DRAIN_SECONDS

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig in (signal.SIGINT, signal.SIGQUIT):
            self.drain_seconds = 0
            self.config.timeout_graceful_shutdown = QUICK_LAST_ANSWERS_SECONDS
            this_process.hurry()
        super().handle_exit(signal.SIGTERM, frame)

    async def on_tick(self, counter: int) -> bool:
        self.last_notified = 0.0  # by the wall clock: if that is set back, the master must not take it for a hang
        return await super().on_tick(counter)

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        gc.freeze()  # what is loaded by now stays: no collection, nor the one at exit, goes through it again
        gc.set_threshold(*COLLECTED_AFTER)

    async def shutdown(self, sockets: Any = None) -> None:
        drain = asyncio.ensure_future(this_process.drain(self.drain_seconds))
        while not drain.done():
            await asyncio.wait((drain,), timeout=1)
            if self.config.callback_notify is not None:
                await self.config.callback_notify()  # or the master takes the drain for a hang
        for server in self.servers:
            server.close()
        if self.drain_seconds:
            await asyncio.sleep(LAST_ARRIVALS_SECONDS)
        await super().shutdown(sockets)
        self._captured_signals.clear()  # an ordinary exit, not a death by signal


class LoopWorker(UvicornWorker):
    """Uvicorn's worker with the server above; Gunicorn's SIGQUIT is a quick exit."""

    CONFIG_KWARGS = {
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "on",
        "server_header": False,
        "access_log": False,
        "timeout_graceful_shutdown": LAST_ANSWERS_SECONDS,
    }

    async def _serve(self) -> None:
        self.config.app = self.wsgi
        server = DrainingServer(self.config)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGQUIT, server.handle_exit, signal.SIGQUIT, None)
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)


def in_every_thread(pool: ThreadPoolExecutor, function: Callable[[], object]) -> None:
    """Runs a function once in each thread of the pool; the barrier keeps one thread from taking two turns.

    `connection` means the thread's own only when it is looked up there: pass a lambda.
    """
    barrier = threading.Barrier(settings.WORKER_THREADS)

    def turn() -> None:
        barrier.wait()
        function()

    for done in [pool.submit(turn) for _ in range(settings.WORKER_THREADS)]:
        done.result()


class Lifespan:
    """What one worker process owns from its first request to its last."""

    async def start(self, pool: ThreadPoolExecutor) -> None:
        """Warms the pool's connections, then takes a lease and recovers what dead workers left."""
        self.standin = await standin.start() if settings.USES_STANDIN else None
        self.provider = Provider(
            api_key=settings.OPENAI_API_KEY or ("stand-in" if settings.USES_STANDIN else ""),
            base_url=self.standin.base_url if self.standin else settings.OPENAI_BASE_URL,
        )
        with suppress(Error):  # the database is away: /readyz says so, and each request tries again
            await asyncio.to_thread(in_every_thread, pool, lambda: connection.ensure_connection())
        await this_process.start(self.provider)
        self.postman = Postman(pool)
        self.postman.start()

    async def stop(self, pool: ThreadPoolExecutor) -> None:
        """Gives the lease and the connections back; replies have ended by now."""
        await asyncio.to_thread(self.postman.stop)
        await this_process.stop()
        await self.provider.close()
        if self.standin:
            await self.standin.stop()
        await asyncio.to_thread(in_every_thread, pool, lambda: connection.close())
