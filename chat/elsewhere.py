"""Replies that other workers write, followed here through their rows; on the event loop but for `follow`."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from chat import events
from chat.models import Message
from chat.streams import LiveReply


class Elsewhere:
    """One query for all of them; a reply is watched from its first follower here to its end."""

    def __init__(self) -> None:
        self.watched: dict[UUID, tuple[LiveReply, Message]] = {}

    def follow(self, reply: Message) -> LiveReply:
        """The reply as its row has it; from any thread."""
        live = LiveReply(reply.id, reply.content)
        if reply.status == Message.Status.WRITING:
            return self.watched.setdefault(reply.id, (live, reply))[0]  # one step: two requests may come at once
        live.end(events.last(reply))
        return live

    async def read(self, in_thread: Callable[..., Awaitable[Any]]) -> None:
        """Brings all that is watched up to date."""
        if watched := dict(self.watched):
            rows = await in_thread(events.progress, list(watched))
            for reply_id, (live, reply) in watched.items():
                text, last = rows[reply_id] if reply_id in rows else ("", await in_thread(events.of_vanished, reply))
                if len(text) > len(live.text):
                    live.grow(text[len(live.text) :])
                if reply_id not in rows or last:
                    self.watched.pop(reply_id, None)
                    live.end(last)

    def leave(self) -> None:
        """Ends every stream without a last event: its followers come back through another worker."""
        while self.watched:
            _id, (live, _reply) = self.watched.popitem()
            live.goes_on = True
            live.end(None)
