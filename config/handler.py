"""How requests are run: synchronous Django in one hop through a bounded pool of threads, streams on the event loop."""

import asyncio
import io
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted, RequestDataTooBig
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse, set_script_prefix
from django.utils.translation import activate, get_language

from config import connections, logs

if TYPE_CHECKING:
    from config.serving import Lifespan

logger = logging.getLogger("haru.access")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

# Where a password is hashed: 0.3 s of processor each.
HASHING_ROUTES = "signup login deletion password-change password-reset-confirm email-change admin:login".split()

# A reader that takes nothing for so long is let go; its reply goes on and can be come back into.
READER_PATIENCE_SECONDS = 30


class AwaitedResponse(HttpResponse):
    """An answer whose status and content are known only later; the loop awaits `complete` before sending."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request_id, self.language = logs.request_id.get(), get_language()

    async def complete(self) -> None:
        """Ends with `become`; called once, on the event loop, with no database at hand."""
        raise NotImplementedError

    def become(self, answer: HttpResponse) -> None:
        """Takes status, content and headers of another answer."""
        self.status_code, self.content = answer.status_code, answer.content
        for name, value in answer.items():
            self[name] = value
        self["Content-Length"] = str(len(self.content))


class Body(io.BytesIO):
    """A request's whole body."""

    @property
    def length(self) -> int:
        return self.getbuffer().nbytes


class OversizedBody:
    """Stands for a body above the limit: whoever wants to read it gets 413, whoever does not is unharmed."""

    length = settings.REQUEST_BODY_MAX_BYTES + 1

    def read(self, *args: object) -> bytes:
        raise RequestDataTooBig

    def close(self) -> None:
        """Nothing was kept."""


class PooledASGIHandler(ASGIHandler):
    """Django's handler with a synchronous middleware chain: a request is one hop into a thread.

    Threads keep their database connection, so there are as many connections as threads, never one a request.
    """

    owned: "Lifespan"

    def __init__(self) -> None:
        self.load_middleware(is_async=False)
        self.pool = ThreadPoolExecutor(settings.WORKER_THREADS, thread_name_prefix="request")
        self.probing = ThreadPoolExecutor(1, thread_name_prefix="probe")
        self.hashing = asyncio.Semaphore(1)  # one hash at a time a worker, so that other requests go on
        asking = asyncio.Semaphore(max(1, settings.WORKER_THREADS // 2))  # a provider may be slow: threads stay free
        self.turns = {("POST", reverse(name)): self.hashing for name in HASHING_ROUTES} | {
            ("GET", reverse("social-callback", args=[provider])): asking for provider in settings.SOCIAL_KEYS
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(self, receive, send)
        else:
            await self.handle(scope, receive, send)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        async with self.turns.get((scope["method"], scope["path"]), nullcontext()):
            # It lives, however many wait for the database in the pool: an outage is no reason to restart it.
            pool = self.probing if scope["path"] == "/healthz" else self.pool
            response = await asyncio.get_running_loop().run_in_executor(pool, self.respond, scope, body)
        if isinstance(response, AwaitedResponse) or getattr(response, "is_async", False):
            await self.until_disconnect(receive, self.deliver(response, send))
        else:
            await self.deliver(response, send)
        log_access(scope, response, time.perf_counter() - started)

    async def in_pool(self, function: Callable[..., Any], *arguments: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *arguments)

    async def read_body(self, receive: Receive) -> Any:
        """The whole body, at most `REQUEST_BODY_MAX_BYTES`; nothing of a larger one is kept."""
        body = Body()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            body.write(message.get("body", b""))
            if body.tell() > settings.REQUEST_BODY_MAX_BYTES:
                return OversizedBody()
            if not message.get("more_body", False):
                body.seek(0)
                return body

    def respond(self, scope: Scope, body: Any) -> HttpResponseBase:
        """The hop: from URL to response in this thread, which is free again when it returns."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        connections.trust_a_moment()
        request, error = self.create_request(scope, body)
        if request is not None:
            request.META["CONTENT_LENGTH"] = str(body.length)  # of what came; a chunked body names none
        response: Any = error if request is None else self.get_response(request)
        if not response.streaming:
            response["Content-Length"] = str(len(response.content))
            response.close()
        elif response.is_async:
            release(response)
            if scope["method"] == "HEAD":
                response.streaming_content = nothing()  # or the connection is held as long as the stream
        return cast(HttpResponseBase, response)

    async def deliver(self, response: HttpResponseBase, send: Send) -> None:
        """Sends the response; a synchronous iterator (a file, a ZIP) is read and closed in the pool."""
        if isinstance(response, AwaitedResponse):
            logs.request_id.set(response.request_id)  # this task, and so its context, is the request's own
            activate(response.language or settings.LANGUAGE_CODE)
            await response.complete()
        reads_in_pool = response.streaming and not response.is_async  # type: ignore[attr-defined]
        if reads_in_pool:
            response.streaming_content = self.iterate(iter(response))  # type: ignore[attr-defined]
        try:
            async with Patience(send) as patience:
                await self.send_response(response, patience.send)
        finally:
            if reads_in_pool:
                await self.in_pool(response.close)

    async def iterate(self, iterator: Any) -> AsyncIterator[bytes]:
        """A synchronous iterator's parts, each fetched by a thread of the pool."""
        while (part := await self.in_pool(next, iterator, None)) is not None:
            yield part

    async def until_disconnect(self, receive: Receive, delivery: Any) -> None:
        """Runs the delivery and drops it when the client goes away; what it follows goes on."""
        sending = asyncio.ensure_future(delivery)
        leaving = asyncio.ensure_future(disconnected(receive))
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if sending.done():
            sending.result()
            return
        sending.cancel()
        await asyncio.wait((sending,))


async def disconnected(receive: Receive) -> None:
    """Waits until the client has gone; what is left of a body that nobody wanted is passed over."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def nothing() -> AsyncIterator[bytes]:
    """No parts."""
    return
    yield b""


def log_access(scope: Scope, response: HttpResponseBase, seconds: float) -> None:
    """One line a request, when its answer has gone out: the path, never the query."""
    token = logs.request_id.set(response.headers.get("X-Request-ID", "-"))
    line = (scope["method"], scope["path"], response.status_code, round(seconds * 1000))
    logger.info("%s %s %d %d ms", *line)
    logs.request_id.reset(token)


def release(response: HttpResponseBase) -> None:
    """Ends the request's part (connection, body) while its stream goes on without either."""
    for closer in response._resource_closers:  # type: ignore[attr-defined]
        closer()
    response._resource_closers.clear()  # type: ignore[attr-defined]
    signals.request_finished.send(sender=PooledASGIHandler)


class Patience:
    """Gives a reader `READER_PATIENCE_SECONDS` to take what is sent; looks now and then, not at every word."""

    def __init__(self, send: Send) -> None:
        self.take = send
        self.waiting_since: float | None = None
        self.loop = asyncio.get_running_loop()

    async def send(self, message: Mapping[str, Any]) -> None:
        self.waiting_since = self.loop.time()
        await self.take(message)
        self.waiting_since = None

    async def __aenter__(self) -> "Patience":
        self.task, self.is_over = asyncio.current_task(), False
        self.timer = self.loop.call_later(READER_PATIENCE_SECONDS, self.look)
        return self

    def look(self) -> None:
        waited = 0.0 if self.waiting_since is None else self.loop.time() - self.waiting_since
        if waited >= READER_PATIENCE_SECONDS and self.task:
            self.is_over = True
            self.task.cancel()
        else:
            self.timer = self.loop.call_later(READER_PATIENCE_SECONDS - waited, self.look)

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        self.timer.cancel()
        if not self.is_over or not isinstance(error, asyncio.CancelledError):
            return False
        self.task.uncancel()  # type: ignore[union-attr]  # it was this task that look() cancelled
        return True


async def lifespan(handler: PooledASGIHandler, receive: Receive, send: Send) -> None:
    """Starts and ends what a worker owns: its connections, its lease, its client of the model."""
    from config.serving import Lifespan  # the models it needs are loaded only after django.setup()

    handler.owned = owned = Lifespan()
    await receive()
    await owned.start(handler.pool)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await owned.stop(handler.pool)
    await send({"type": "lifespan.shutdown.complete"})
