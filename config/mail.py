"""`EMAIL_URL` as Django's settings, and where mails go without one: to the terminal, or nowhere."""

import logging
import re
import textwrap
from collections.abc import Callable, Sequence
from email.utils import getaddresses
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger("haru.mail")

SMTP = "django.core.mail.backends.smtp.EmailBackend"
# scheme: the port that providers of mail use for it
PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
FORM = (
    "EMAIL_URL must be like smtp+tls://user:password@host:587 "
    "(smtp+tls: STARTTLS, smtp+ssl: TLS from the first byte, smtp: neither)."
)
NAMES = "EMAIL_HOST EMAIL_PORT EMAIL_HOST_USER EMAIL_HOST_PASSWORD EMAIL_USE_TLS EMAIL_USE_SSL".split()


def from_url(url: str, *, parse: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Django's settings of SMTP; ImproperlyConfigured without the URL in it, which holds a password."""
    scheme = url.partition(":")[0].lower()
    try:
        found = parse(url)
    except (ValueError, ImproperlyConfigured):
        raise ImproperlyConfigured(FORM) from None
    if scheme not in PORTS or not found["EMAIL_HOST"]:
        raise ImproperlyConfigured(FORM)
    found["EMAIL_PORT"] = found["EMAIL_PORT"] or PORTS[scheme]
    return {name: found.get(name) or "" for name in NAMES}


def is_sender(text: str) -> bool:
    """Whether it is one address, with or without a name before it."""
    addresses = [address for _, address in getaddresses([text])]
    return text.isprintable() and len(addresses) == 1 and bool(re.fullmatch(r"[^@\s]+@[^@\s]+", addresses[0]))


def folder_of(page: str) -> str:
    """The address below which the page's files are, with its slash: a file's name and a query are not part of it."""
    scheme, host, path, _, _ = urlsplit(page)
    before, _, last = path.rpartition("/")
    folder = before if "." in last else f"{before}/{last}".rstrip("/")
    return f"{scheme}://{host}{folder}/"


class TerminalBackend(BaseEmailBackend):
    """Prints mails for the eyes of who runs it on loopback: as a block, in plain text, links ready to be opened."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        for message in messages:
            head = f"To: {', '.join(message.to)}\nSubject: {message.subject}"
            block = textwrap.indent(f"{head}\n\n{message.body}".strip(), "│ ", lambda line: True)
            print(f"┌─ a mail that nobody sent (EMAIL_URL is not set)\n{block}\n└─", flush=True)
        return len(messages)


class NowhereBackend(BaseEmailBackend):
    """Sends nothing, as production without `EMAIL_URL` cannot, and says so once a process."""

    has_warned = False

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        if not NowhereBackend.has_warned:
            NowhereBackend.has_warned = True
            logger.warning("Mails are not sent, passwords cannot be reset: EMAIL_URL is not set.")
        return 0
