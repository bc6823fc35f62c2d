"""A real SMTP server on loopback that keeps what it is sent, and refuses what it is told to."""

import re
import socket
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

TOKEN = re.compile(r"#token=([\w-]+)")


class Mailbox:
    """Mails in the order of their arrival; `answers` are given to the next recipients instead of yes."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        assert [mail["To"]] == envelope.rcpt_tos
        self.mails.append(mail)
        return "250 OK"

    def to(self, address: str, count: int = 1) -> EmailMessage:
        """The last mail to an address, when there are so many."""
        deadline = time.monotonic() + 15
        while len(found := [mail for mail in self.mails if mail["To"] == address]) < count:
            assert time.monotonic() < deadline, f"{len(found)} mails instead of {count}."
            time.sleep(0.02)
        return found[-1]

    def token(self, address: str, count: int = 1) -> str:
        """The token in the last mail to an address."""
        found = TOKEN.search(text_of(self.to(address, count)))
        assert found
        return found[1]


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body
    return str(body.get_content()).replace("\r\n", "\n")


def text_of(mail: EmailMessage) -> str:
    return part(mail, "plain")


def html_of(mail: EmailMessage) -> str:
    return part(mail, "html")
