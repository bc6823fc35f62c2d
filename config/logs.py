"""The shape of a log line: JSON for machines, plain on a terminal; what is logged is said where it happens."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="-")
STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id"}

# What no line of ours shows is not looked up for each; so Python's own documentation of logging advises.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging._srcfile = None

in_json = json.JSONEncoder(ensure_ascii=False).encode  # `json.dumps` makes an encoder a line
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # a path could move the terminal's cursor


class RequestIdFilter(logging.Filter):
    """Puts the id of the request (or of the reply's request) on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """What `extra=` added to the record; Django's `request` objects are left out."""
    return {
        key: value
        for key, value in vars(record).items()
        if key not in STANDARD_ATTRIBUTES and isinstance(value, str | int | float | bool | None)
    }


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time, level, logger, request_id, message`, extras, `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
            **extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return in_json(line).encode(errors="backslashreplace").decode()


class PlainFormatter(logging.Formatter):
    """`12:34:56 message key=value …` for eyes at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname} "
        more = "".join(f" {key}={value}" for key, value in extras(record).items())
        said = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", f"{record.getMessage()}{more}")
        line = f"{datetime.fromtimestamp(record.created):%H:%M:%S} {level}{said}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configuration(level: str, *, plain: bool) -> dict[str, Any]:
    """The `logging.config.dictConfig` of every process; `level` is the root's."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestIdFilter}},
        "formatters": {"line": {"()": PlainFormatter if plain else JsonFormatter}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["request_id"],
                "formatter": "line",
            }
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            "django.request": {"level": "ERROR"},  # a 4xx is the client's; the access line has it
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "gunicorn.error": {"level": "WARNING"},
            "uvicorn.error": {"level": "WARNING"},
            "openai": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
        },
    }
