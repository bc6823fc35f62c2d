"""Who follows replies in this process: a few streams a member at most, each only as long as its log-in lives."""

from asyncio import AbstractEventLoop
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import cast
from uuid import UUID
from weakref import WeakSet

from django.conf import settings

from chat.streams import Follower
from config.problems import Problem
from config.signals import logins_over

RETRY_SECONDS = 5


class Followers:
    """Those of this process; one is forgotten when its stream is, also a stream that never began."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.known: defaultdict[UUID, WeakSet[Follower]] = defaultdict(WeakSet)  # by member

    def here(self) -> list[Follower]:
        with self.lock:
            for member in [member for member, theirs in self.known.items() if not theirs]:
                del self.known[member]
            return [follower for theirs in self.known.values() for follower in theirs if not follower.has_left]

    def admit(self, *, member: UUID, login: UUID) -> Follower:
        """One more, before its stream begins; Problem `too_many_requests` beyond `MEMBER_FOLLOWERS_MAX`."""
        with self.lock:
            if sum(not one.has_left for one in self.known[member]) >= settings.MEMBER_FOLLOWERS_MAX:
                raise Problem("too_many_requests", retry_after=RETRY_SECONDS)
            follower = Follower(member=member, login=login)
            self.known[member].add(follower)
            return follower

    def close_on(self, loop: AbstractEventLoop, reply_id: UUID) -> None:
        """Closes the streams of a reply that is about to be deleted; from any thread."""
        for follower in self.here():
            if follower.live and follower.live.id == reply_id:
                loop.call_soon_threadsafe(follower.close)

    def of_ended_logins(self) -> list[Follower]:
        """Those whose log-in has ended, whose member was banned or is gone; asks the database."""
        here = self.here()
        asked = {follower.login for follower in here}
        over: set[UUID] = set()
        for _, ended in logins_over.send(None, ids=asked) if asked else ():
            over |= cast(set[UUID], ended)
        return [follower for follower in here if follower.login in over]


@contextmanager
def unless_refused(follower: Follower | None) -> Iterator[None]:
    """Lets one go whose stream does not begin: the error's traceback may keep it until memory is tidied."""
    try:
        yield
    except BaseException:
        if follower:
            follower.has_left = True
        raise


followers = Followers()
