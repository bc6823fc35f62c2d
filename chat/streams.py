"""Following a reply: its text as it grows, events out of it, SSE out of those; knows no row, no rule and no view."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

# Proxies cut what is silent for long; browsers and phones keep what hums.
KEEP_ALIVE_SECONDS = 15
KEEP_ALIVE = b": keep-alive\n\n"
# What has come since goes out together, fifty times a second: to the eye the same, and a tenth less to do here than
# each word at its moment (a third less at the reader).
TOGETHER_SECONDS = 0.02
in_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Event(NamedTuple):
    """One server-sent event; `id` counts the characters (code points) of the reply up to its end."""

    name: str
    id: int
    data: dict[str, Any]

    def encode(self) -> bytes:
        return f"event: {self.name}\nid: {self.id}\ndata: {in_json(self.data)}\n\n".encode()


class Delta(NamedTuple):
    """The event of more text; its JSON is written out, since that of an object costs more than a word's other steps."""

    id: int
    text: str

    def encode(self) -> bytes:
        return f'event: delta\nid: {self.id}\ndata: {{"text":{in_json(self.text)}}}\n\n'.encode()


Step = Event | Delta | None  # None where silence should be filled


class LiveReply:
    """A reply that is being written, as everyone in this process sees it; used on the event loop only."""

    def __init__(self, reply_id: UUID, text: str = "") -> None:
        self.id = reply_id
        self.text = text
        self.is_over = False
        self.last: Event | None = None  # stays None for a reply that was deleted
        self.goes_on = False  # elsewhere, though it is over here
        self._waiting: list[asyncio.Future[None]] = []
        self._ended = asyncio.Event()

    def grow(self, text: str) -> None:
        is_first = not self.text
        self.text += text
        if is_first:
            self.wake()  # it has been waited for long enough
        elif self._waiting:
            together.add(self)

    def end(self, last: Event | None) -> None:
        self.last, self.is_over = last, True
        self._ended.set()
        self.wake()

    def wake(self) -> None:
        """Lets every follower look again."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def changed(self) -> None:
        """Waits for more text, the end, or a nudge."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    async def over(self, seconds: float) -> bool:
        """Waits for the end, not waking at a word; False when it did not come in so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        return self.is_over


class Together:
    """The replies of this process that have grown since their followers last looked.

    It begins anew on another event loop: a timer of one that is gone wakes nobody.
    """

    loop: asyncio.AbstractEventLoop | None = None
    grown: set[LiveReply]

    def add(self, live: LiveReply) -> None:
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            self.loop, self.grown = loop, set()
        if not self.grown:
            loop.call_later(TOGETHER_SECONDS, self.wake)
        self.grown.add(live)

    def wake(self) -> None:
        grown, self.grown = self.grown, set()
        for live in grown:
            live.wake()


together = Together()


class Follower:
    """One reader of a stream; `member` and `login` say whose it is and mean nothing here."""

    def __init__(self, *, member: UUID, login: UUID) -> None:
        self.member, self.login = member, login
        self.live: LiveReply | None = None
        self.is_closed = False
        self.has_left = False

    def close(self) -> None:
        """Ends the stream without a last event; on the event loop only."""
        self.is_closed = True
        if self.live:
            self.live.wake()


async def follow(
    live: LiveReply, follower: Follower, *, start: Event | None = None, after: int = 0
) -> AsyncIterator[Step]:
    """The reply's events from character `after` on, to its last.

    Leaving changes nothing for the reply. `start`, if given, comes first.
    """
    follower.live = live
    nudge = Nudge(live)
    try:
        if start:
            yield start
        sent = after
        while not follower.is_closed:
            if sent < len(live.text):
                text, sent = live.text[sent:], len(live.text)
                nudge.put_off()
                yield Delta(sent, text)
            elif live.is_over:
                if live.last:
                    yield live.last
                return
            elif nudge.is_due():
                nudge.put_off()
                yield None
            else:
                await live.changed()
    finally:
        nudge.cancel()
        follower.has_left = True


class Nudge:
    """Wakes a follower of a silent reply; one timer a follower, since one a word would cost more than the word."""

    def __init__(self, live: LiveReply) -> None:
        self.live, self.loop = live, asyncio.get_running_loop()
        self.put_off()
        self.timer = self.loop.call_later(KEEP_ALIVE_SECONDS, self.look)

    def put_off(self) -> None:
        self.due_at = self.loop.time() + KEEP_ALIVE_SECONDS

    def is_due(self) -> bool:
        return self.loop.time() >= self.due_at

    def look(self) -> None:
        wait = self.due_at - self.loop.time()
        if wait <= 0:
            self.live.wake()
            wait = KEEP_ALIVE_SECONDS  # the follower puts it off, unless its reader takes nothing
        self.timer = self.loop.call_later(wait, self.look)

    def cancel(self) -> None:
        self.timer.cancel()


async def sse(events: AsyncIterator[Step]) -> AsyncIterator[bytes]:
    """Events as the bytes of `text/event-stream`."""
    async for event in events:
        yield event.encode() if event else KEEP_ALIVE
