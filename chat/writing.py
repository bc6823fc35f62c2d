"""Reading the model into a reply, to whatever end: its own, the member's, ours, or that of patience."""

import asyncio
import logging
import time

from django.conf import settings

from chat.chunks import ProviderFailure
from chat.provider import ModelRequest, Provider
from chat.replies import Accepted, Ending
from chat.streams import LiveReply

logger = logging.getLogger("haru.replies")


class WritingReply(LiveReply):
    """A reply that this process writes: also its task, and why the call of the model was ended, if it was."""

    task: asyncio.Task[None] | None = None
    is_reading = False
    is_cancelled = False
    ending: Ending | None = None
    flushed_chars = 0
    grown_at = 0.0  # by the monotonic clock, as is the next
    asked_at = 0.0
    first_word_ms: int | None = None

    def take(self, text: str) -> bool:
        """More text; whether it is enough now."""
        self.grown_at = time.monotonic()
        if self.first_word_ms is None:
            self.first_word_ms = round((self.grown_at - self.asked_at) * 1000)
        self.grow(text)
        return len(self.text) > settings.REPLY_MAX_CHARS

    def is_silent(self) -> bool:
        """Whether the next word is overdue; the first one has a limit of its own."""
        silence = time.monotonic() - self.grown_at
        return self.is_reading and bool(self.text) and silence > settings.BETWEEN_WORDS_SECONDS

    def cancel(self, ending: Ending | None) -> None:
        """Ends the call of the model, never the settling; `ending` None: the row is no longer ours to settle."""
        if self.is_cancelled:
            return  # the first reason holds
        self.is_cancelled, self.ending = True, ending
        if self.task and self.is_reading:
            self.task.cancel()


async def read(provider: Provider, request: ModelRequest, live: WritingReply) -> Ending | None:
    """Reads the model to its end; None when the row is no longer ours."""
    if live.is_cancelled:
        return live.ending
    live.is_reading, live.asked_at = True, time.monotonic()
    try:
        async with asyncio.timeout(settings.REPLY_SECONDS):
            finish = await provider.answer(request, live.take)
        return Ending("complete", "", finish.reason, finish.tokens_input, finish.tokens_output)
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()  # type: ignore[union-attr]  # this is a task; it has to settle yet
        return live.ending
    except ProviderFailure as failure:
        return Ending("failed", failure.code)
    except TimeoutError:
        return Ending("failed", "assistant_timeout")
    except Exception:
        logger.exception("A reply failed for a reason of our own.")
    finally:
        live.is_reading = False
    return Ending("failed", "assistant_unavailable")


def log(accepted: Accepted, ending: Ending | None, live: WritingReply, started: float) -> None:
    """One line a reply, without a word of it; `started` by the monotonic clock."""
    logger.info(
        "reply %s",
        ending.status if ending else "gone",
        extra={
            "assistant": accepted.assistant,
            "model": accepted.request.model,
            "error_code": ending.error_code if ending else "",
            "first_word_ms": live.first_word_ms,
            "seconds": round(time.monotonic() - started, 1),
            "chars": len(live.text),
            "tokens_input": ending.tokens_input if ending else None,
            "tokens_output": ending.tokens_output if ending else None,
        },
    )
