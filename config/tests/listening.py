"""Listens to every log line of a test run for what must never be in one."""

import logging
import re

from config.logs import JsonFormatter

# What members of tests say and have: words that script the model, texts, passwords, addresses, tokens, keys, codes.
WORDS = r"\[\[[a-z]|secret|a quiet harbour|pbkdf2_|md5\$|@example\.com"
TOKENS = r"eyJ[\w-]{8,}|\bsk-(?!…)\S|social_code=\S|Bearer \S{9,}"
SECRETS = re.compile(f"{WORDS}|{TOKENS}", re.IGNORECASE)
# A client of the tests, which names the addresses that it asks for, is none of the product.
OF_THE_TESTS = ("httpx", "httpcore", "asyncio", "aiosmtpd", "faker", "mail.log")


class Listener(logging.Handler):
    """Keeps the lines that hold a secret, as the product would write them."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.leaks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(OF_THE_TESTS) and SECRETS.search(line := self.format(record)):
            self.leaks.append(line)
