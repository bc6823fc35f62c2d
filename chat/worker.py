"""This process as a writer of replies: its tasks, its beat, its drain; all on the event loop but for database steps."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from chat import events, leases, nightly, replies, service_cap, writing
from chat.elsewhere import Elsewhere
from chat.followers import followers
from chat.models import Message
from chat.provider import Provider
from chat.replies import Accepted, Ending
from chat.streams import Event, LiveReply
from chat.writing import WritingReply
from config import connections, logs
from config.problems import Problem

logger = logging.getLogger("haru.replies")
P = ParamSpec("P")
R = TypeVar("R")

TICK_SECONDS = 0.5  # how soon a stop on another worker, or its words, are seen here
KEEP_SECONDS = 0.8  # text, lease and readers: with the next tick about once a second
JUDGE_SECONDS = 4.8  # a look at the other leases
NIGHT_SECONDS = 60  # a look whether the night's work is due
LAST_MOMENT_SECONDS = 1  # to settle what the drain interrupts
INTERRUPTED = Ending(Message.Status.FAILED, "interrupted")
LOOK_SECONDS = 0.05  # while a drain waits
SETTLE_RETRY_SECONDS = 1
SETTLE_MAX_SECONDS = 600  # as long as a whole reply may take: whose database is away for longer has other worries
TIMELY_BEATS = 10  # after an outage others are given so many seconds to renew before they are judged


class ThisProcess:
    """The writer of this process. `places` bounds the calls to the provider at once."""

    def __init__(self) -> None:
        self.is_draining = False
        self.is_hurried = False
        self.accepting: set[object] = set()
        self.timely_beats = 0
        self.live: dict[UUID, WritingReply] = {}
        self.elsewhere = Elsewhere()
        self.places = BoundedSemaphore(settings.WORKER_REPLIES_MAX)

    # ------------------------------------------------------------ Start and end
    async def start(self, provider: Provider) -> None:
        """Takes a lease, recovers what dead workers left, and begins to beat; without its database the beat does so."""
        self.id = uuid4()  # not earlier: the master imports this before it forks
        self.loop = asyncio.get_running_loop()
        self.provider = provider
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="replies")
        try:
            await self.in_thread(leases.take, self.id)
            await self.in_thread(leases.recover, self.id, judges_leases=False)
        except Error:  # a worker that gave up here would take its host with it, and what the others there write
            logger.exception("A worker starts without its database.")
        self.beating = asyncio.create_task(self.beat())

    async def drain(self, seconds: float) -> None:
        """Takes no more, lets what is being written finish, interrupts the rest."""
        self.is_draining = True
        await self.emptied(seconds)
        self.hurry()
        await self.emptied(LAST_MOMENT_SECONDS)
        self.elsewhere.leave()

    async def emptied(self, seconds: float) -> None:
        """Waits until nothing is being accepted or written, at most so long."""
        deadline = time.monotonic() + seconds
        while (self.accepting or self.live) and time.monotonic() < deadline:  # noqa: ASYNC110  # threads too
            await asyncio.sleep(LOOK_SECONDS)

    def hurry(self) -> None:
        """Interrupts everything that is being written, or is just being accepted."""
        self.is_draining = self.is_hurried = True
        for live in list(self.live.values()):
            live.cancel(INTERRUPTED)

    async def stop(self) -> None:
        """Gives the lease back; a reply that could not be settled keeps it, for others to recover."""
        self.beating.cancel()
        if not self.live:
            with suppress(Error):  # the database is away: the lease runs out
                await self.in_thread(leases.give_back, self.id)
        await self.in_thread(lambda: connection.close())
        self.thread.shutdown(wait=False)

    async def in_thread(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """A database step of replies, in the one thread and connection that is theirs."""

        def step() -> R:
            connections.look_after()
            return function(*args, **kwargs)

        return await self.loop.run_in_executor(self.thread, step)

    # ------------------------------------------------------------ Accepting, from a request's thread
    def accept(self, accepting: Callable[[], Accepted]) -> tuple[Accepted, WritingReply]:
        """Runs `accepting` with a place kept for the call, then has the reply written, whoever leaves."""
        mine = object()
        self.accepting.add(mine)  # before the look at the drain, which waits for it
        try:
            if self.is_draining:
                raise Problem("draining", retry_after=replies.RETRY_BUSY_SECONDS)
            if not self.places.acquire(blocking=False):
                raise Problem("busy", retry_after=replies.RETRY_BUSY_SECONDS)
            try:
                accepted = accepting()
            except BaseException:
                self.places.release()
                raise
            live = self.live[accepted.reply.id] = WritingReply(accepted.reply.id)
        finally:
            self.accepting.discard(mine)
        self.loop.call_soon_threadsafe(self.begin, live, accepted, logs.request_id.get())
        return accepted, live

    def begin(self, live: WritingReply, accepted: Accepted, request_id: str) -> None:
        logs.request_id.set(request_id)
        if self.is_hurried:
            live.cancel(INTERRUPTED)
        live.task = asyncio.create_task(self.write(live, accepted))

    def stop_writing(self, reply_id: UUID) -> None:
        """Ends the call of the model for a reply that is written here; from a request's thread."""

        def cancel() -> None:
            if live := self.live.get(reply_id):
                live.cancel(Ending(Message.Status.STOPPED))

        self.loop.call_soon_threadsafe(cancel)

    def follow(self, reply: Message) -> LiveReply:
        """The reply as it is seen here: our own, or another worker's; from any thread."""
        return self.live.get(reply.id) or self.elsewhere.follow(reply)

    # ------------------------------------------------------------ Writing
    async def write(self, live: WritingReply, accepted: Accepted) -> None:
        """From the first word to the settled row; ends however the model, the member or this process ends it."""
        started = time.monotonic()
        try:
            ending = await writing.read(self.provider, accepted.request, live)
            if ending:
                ending = replace(ending, first_word_ms=live.first_word_ms)
            live.end(await self.settled(live, accepted, ending))
            writing.log(accepted, ending, live, started)
        finally:
            if not live.is_over:
                live.end(None)  # nobody waits for ever on a fault of ours
            self.live.pop(live.id, None)
            self.places.release()

    async def settled(self, live: WritingReply, accepted: Accepted, ending: Ending | None) -> Event | None:
        """Settles what is ours, again and again while the database is away; the event that ends the stream.

        None if the row is gone, or the database for longer than `SETTLE_MAX_SECONDS`: then it is recovered later.
        """
        bare = ending and Ending(ending.status, ending.error_code)
        deadline = time.monotonic() + SETTLE_MAX_SECONDS
        while True:
            try:
                return await self.in_thread(settle_and_tell, accepted, self.id, live.text, ending)
            except Exception as error:
                connections.log_failure(logger, "A reply could not be settled yet", error)
                if connections.is_away(error) and time.monotonic() < deadline:
                    await asyncio.sleep(SETTLE_RETRY_SECONDS)
                elif connections.is_away(error) or ending == bare:
                    return None
                else:
                    ending = bare  # some figure of the provider's fits no column: the text does

    # ------------------------------------------------------------ The beat
    async def beat(self) -> None:
        """Twice a second: stops and the words of other workers; once: our text, lease and readers; rarely: the dead.

        By the clock, not by counting: on a busy machine a round takes longer than its sleep.
        """
        kept_at = judged_at = looked_at = time.monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            self.end_silences()
            try:
                if now - kept_at > KEEP_SECONDS:
                    kept_at = now
                    await self.flush()
                    await self.renew_lease()
                    await self.close_followers()
                await self.heed_stops()
                await self.elsewhere.read(self.in_thread)
                if now - judged_at > JUDGE_SECONDS:
                    judged_at = now
                    await self.in_thread(leases.recover, self.id, judges_leases=self.timely_beats >= TIMELY_BEATS)
                    await self.in_thread(replies.interrupt_lost, self.id, list(self.live))
                if now - looked_at > NIGHT_SECONDS:
                    looked_at = now
                    await self.in_thread(nightly.begin_if_due)
                    await self.in_thread(service_cap.tell_if_near, timezone.now())
            except Exception as error:  # most likely the database is away; whatever it is, the beat must go on
                connections.log_failure(logger, "A beat failed", error)

    async def renew_lease(self) -> None:
        in_time = await self.in_thread(leases.renew, self.id)
        self.timely_beats = self.timely_beats + 1 if in_time else 0

    async def close_followers(self) -> None:
        """Ends the streams of log-ins that are over."""
        for follower in await self.in_thread(followers.of_ended_logins):
            follower.close()

    def end_silences(self) -> None:
        """Gives up on a model that stopped in the middle; looked at here, since a timer a word costs too much."""
        for live in list(self.live.values()):
            if live.is_silent():
                live.cancel(Ending(Message.Status.FAILED, "assistant_timeout"))

    async def heed_stops(self) -> None:
        """Cancels what a member stopped or deleted, and what another worker has settled."""
        if writing := [live for live in list(self.live.values()) if not live.is_cancelled]:
            ours = await self.in_thread(replies.still_ours, self.id)
            if any(ours.values()):
                await self.close_followers()  # before their last event: who was banned gets none
            for live in writing:
                if live.id in self.live and ours.get(live.id, True):
                    live.cancel(Ending(Message.Status.STOPPED) if live.id in ours else None)

    async def flush(self) -> None:
        """Keeps the text of all replies that grew, in one statement."""
        grown = {live.id: live.text for live in list(self.live.values()) if len(live.text) > live.flushed_chars}
        if grown:
            await self.in_thread(replies.flush, self.id, grown)
            for reply_id, text in grown.items():
                if reply_id in self.live:
                    self.live[reply_id].flushed_chars = len(text)


def settle_and_tell(accepted: Accepted, worker_id: UUID, text: str, ending: Ending | None) -> Event | None:
    """Settles and tells how the reply stands: perhaps as somebody else has settled it, None if it is deleted.

    Without an ending it is known to be no longer ours.
    """
    if ending and (use := replies.settle(accepted.reply, worker_id, text, ending)):
        return events.last(accepted.reply, use)
    rows = events.progress([accepted.reply.id])
    return rows[accepted.reply.id][1] if accepted.reply.id in rows else events.of_vanished(accepted.reply)


this_process = ThisProcess()
