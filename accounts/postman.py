"""This process as a postman: a thread that sends what waits in the outbox; no request ever waits for a mail server."""

import logging
import random
import smtplib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections

from accounts import letters, outbox
from accounts.models import WaitingLetter

logger = logging.getLogger("haru.mail")
P = ParamSpec("P")
R = TypeVar("R")

# A look at what other processes left, or is to be tried again.
LOOK_SECONDS = 20
# At the end of the process a mail that is under way gets so long; another process sends it otherwise.
LAST_MAIL_SECONDS = 1


class Postman:
    """Its steps in the database are run by the requests' pool, whose threads have connections; it has none itself."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run, name="postman", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """Sends nothing more; what is left is found by the next process."""
        self.is_over.set()
        outbox.posted.set()
        self.thread.join(LAST_MAIL_SECONDS)

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                while not self.is_over.is_set() and (letter := self.in_pool(outbox.take)):
                    self.deliver(letter)
            except Exception:  # most likely the database is away; whatever it is, mails must go on
                logger.exception("The outbox could not be looked at.")
            outbox.posted.wait(LOOK_SECONDS)
            outbox.posted.clear()
            self.is_over.wait(random.uniform(*settings.MAIL_PAUSE_SECONDS))  # noqa: S311

    def in_pool(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """A database step in a thread of the pool, with a connection that is sound."""

        def step() -> R:
            close_old_connections()
            return function(*args, **kwargs)

        return self.pool.submit(step).result()

    def deliver(self, letter: WaitingLetter) -> None:
        """One try: written, sent, and off the list; a failure is logged without the address."""
        started = time.monotonic()
        try:
            mail = self.in_pool(letters.written, letter)
            is_sent = bool(mail and mail.send())
        except Exception as error:
            is_final = is_refused(error)
            goes_on = self.in_pool(outbox.failed, letter, is_final=is_final)
            what_next = "will be tried again" if goes_on else "is given up"
            said = {"kind": letter.kind, "tries": letter.tries, "error": type(error).__name__}
            logger.warning("a mail was not sent and %s", what_next, extra=said)
            return
        self.in_pool(outbox.done, letter)
        if is_sent:
            logger.info("mail sent", extra={"kind": letter.kind, "seconds": round(time.monotonic() - started, 1)})


def is_refused(error: Exception) -> bool:
    """Whether the mail server says that this recipient will never take it (5xx)."""
    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        code >= 500 for code, _ in error.recipients.values()
    )
