"""The stand-in's HTTP server: routes, figures, and the writing of replies at their pace."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from config.standin import wire
from config.standin.reply import Reply
from config.standin.request import InvalidRequestError, check_key, checked_body, texts_by_role
from config.standin.script import Pace, Script, failure_status, parsed

MODEL = "stand-in"
MODEL_CREATED = 1_767_225_600
REQUEST_MAX_BYTES = 8 * 1024 * 1024
# A stop ends open streams instead of waiting for them.
SHUTDOWN_SECONDS = 0.1


@dataclass
class Calls:
    """The calls so far; `aborted` ones were left by their client before the end."""

    started: int = 0
    finished: int = 0
    aborted: int = 0
    failed_once: set[str] = field(default_factory=set)

    @property
    def figures(self) -> dict[str, int]:
        ended = {"finished": self.finished, "aborted": self.aborted}
        return {
            "started": self.started,
            **ended,
            "open": self.started - self.finished - self.aborted,
        }

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts one call; aiohttp cancels it the moment its client goes away."""
        self.started += 1
        try:
            yield
        except (asyncio.CancelledError, ConnectionError):
            self.aborted += 1
            raise
        except BaseException:
            self.finished += 1
            raise
        self.finished += 1

    def fails_first(self, question: str) -> bool:
        """True for the first call with this very question."""
        is_first = question not in self.failed_once
        self.failed_once.add(question)
        return is_first


CALLS = web.AppKey("CALLS", Calls)
PACE = web.AppKey("PACE", Pace)


def answered(body: Any, status: int = 200) -> web.Response:
    """A JSON answer; a 429 says when to come again, as OpenAI's does."""
    headers = {"Retry-After": "1"} if status == 429 else None
    return web.Response(
        body=wire.encoded(body),
        status=status,
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )


def refused(invalid: InvalidRequestError) -> web.Response:
    body = wire.error_body(str(invalid), "invalid_request_error", invalid.param, invalid.code)
    return answered(body, invalid.status)


async def chat_completions(request: web.Request) -> web.StreamResponse:
    with request.app[CALLS].counted():
        try:
            check_key(request.headers.get("Authorization", ""))
            body = checked_body(await request.read())
        except InvalidRequestError as invalid:
            return refused(invalid)
        question = (texts_by_role(body, "user") or [""])[-1]
        script = parsed(question)
        if status := failure(request.app[CALLS], script, question):
            await asyncio.sleep(script.get("stall", 0))
            return answered(wire.scripted_error(status, secret="secret" in script), status)
        reply = Reply(body, question, script, request.app[PACE])
        return await (stream(request, reply) if body.get("stream") else complete(request, reply))


def failure(calls: Calls, script: Script, question: str) -> int:
    """The status with which the script makes this call fail, 0 for none."""
    if "fail" in script:
        return failure_status(script["fail"])
    if "failfirst" in script and calls.fails_first(question):
        return failure_status(script["failfirst"])
    return 0


async def stream(request: web.Request, reply: Reply) -> web.StreamResponse:
    """Sends each chunk when it is due, by the clock, so that a late one delays no other."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    chunks = wire.Chunks(reply.body)
    for at, payload in reply.moments(chunks):
        if (wait := began + at - loop.time()) > 0:
            await asyncio.sleep(wait)
        await response.write(payload)
    if reply.is_cut:
        hang_up(request)
    else:
        await response.write_eof(reply.ending(chunks))
    return response


async def complete(request: web.Request, reply: Reply) -> web.Response:
    """The whole answer after the time its stream would take."""
    await asyncio.sleep(reply.seconds)
    if reply.is_cut:
        hang_up(request)
    if "error" in reply.script:
        return answered(reply.error, 500)
    response = answered(wire.completion(reply.body, reply.message, reply.finish_reason))
    if "garbage" in reply.script:
        response.body = b'{"id": "chatcmpl-", "choices": [{"ind'
    return response


def hang_up(request: web.Request) -> None:
    """Closes the connection as a dying server would; what was written still arrives."""
    if request.transport is not None:
        request.transport.close()


async def models(request: web.Request) -> web.Response:
    try:
        check_key(request.headers.get("Authorization", ""))
    except InvalidRequestError as invalid:
        return refused(invalid)
    return answered(wire.model_list(MODEL, MODEL_CREATED))


async def figures(request: web.Request) -> web.Response:
    return answered(request.app[CALLS].figures)


async def reset(request: web.Request) -> web.Response:
    """Forgets the ended calls and first failures; those still open go on counting as open."""
    calls = request.app[CALLS]
    calls.started, calls.finished, calls.aborted = calls.figures["open"], 0, 0
    calls.failed_once.clear()
    return answered(calls.figures)


async def unknown(request: web.Request) -> web.Response:
    message = f"Invalid URL ({request.method} {request.path})"
    return answered(wire.error_body(message, "invalid_request_error"), 404)


def application(pace: Pace) -> web.Application:
    """The routes; `pace` is for replies whose question says nothing of it."""
    app = web.Application(client_max_size=REQUEST_MAX_BYTES)
    app[CALLS] = Calls()
    app[PACE] = pace
    app.router.add_post("/v1/chat/completions", chat_completions)
    app.router.add_get("/v1/models", models)
    app.router.add_get("/calls", figures)
    app.router.add_post("/reset", reset)
    app.router.add_route("*", "/{path:.*}", unknown)
    return app


class RunningStandin:
    """A stand-in that listens; it belongs to the event loop that started it."""

    def __init__(self, runner: web.AppRunner) -> None:
        self.runner = runner
        host, port = runner.addresses[0][:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self.base_url = f"{self.url}/v1"

    async def stop(self) -> None:
        """Closes the port and cuts whatever is still being written."""
        await self.runner.cleanup()


async def start(host: str = "127.0.0.1", port: int = 0, pace: Pace | None = None) -> RunningStandin:
    """Listens in this event loop; port 0 takes a free one. OSError when the port is taken."""
    runner = web.AppRunner(
        application(pace or Pace()),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    await runner.setup()
    await web.TCPSite(runner, host, port, backlog=4096).start()
    return RunningStandin(runner)
