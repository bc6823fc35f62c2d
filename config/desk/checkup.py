"""What `manage.py doctor` looks at: each finding is one line, and where something is wrong its remedy."""

import asyncio
import smtplib
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
from django.conf import settings
from django.core.mail import get_connection
from django.db import Error as DatabaseAway
from django.db import connection

from accounts.models import User
from chat import leases
from chat.chunks import ProviderFailure
from chat.models import Assistant, Night, Worker
from chat.provider import ModelRequest, Provider
from config import health

PATIENCE_SECONDS = 20
ANSWER_TOKENS = 1000  # the first word is enough and ends the call; a model that reasons needs some before it
BUFFERED_SECONDS = 0.3  # between the first and the last part of the probe, which takes a second unbuffered


@dataclass(frozen=True)
class Finding:
    """`level` is ok, note or wrong; `remedy` says what to do."""

    level: str
    what: str
    remedy: str = ""


def ok(what: str) -> Finding:
    return Finding("ok", what)


def database() -> Iterator[Finding]:
    kind = "SQLite" if settings.USES_SQLITE else "PostgreSQL"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        waiting = health.waiting_migrations()
    except DatabaseAway as error:
        yield Finding("wrong", f"database: {kind} does not answer ({type(error).__name__})", "check DATABASE_URL")
        return
    if waiting:
        yield Finding("wrong", f"database: {waiting} migrations have not run", "manage.py migrate")
        return
    yield ok(f"database: {kind} answers and is migrated")
    if settings.USES_SQLITE and settings.LISTENS_BEYOND_LOOPBACK:
        yield Finding("note", "database: SQLite may forget the last second", "set DATABASE_URL to a PostgreSQL")
    if not Assistant.objects.offered().exists():
        yield Finding("wrong", "assistants: none is offered", "manage.py load_assistants")
    yield from assistants()
    if not User.objects.filter(is_superuser=True, is_active=True).exists():
        yield Finding("note", "admin: there is no superuser", "manage.py first_admin you@example.com")
    if not Worker.objects.exclude(leases.ran_out()).exists():
        yield Finding("note", "workers: none runs", "make run, or start the container")
    if Night.objects.filter(finished_at=None).exists():
        yield Finding("note", "nightly: a night's work is not finished", "manage.py nightly")


def model() -> Iterator[Finding]:
    """One very short call."""
    if settings.USES_STANDIN:
        yield Finding("note", "model: the offline stand-in answers", "set OPENAI_API_KEY for a real one")
        return
    try:
        seconds = asyncio.run(first_word())
        yield ok(f"model: {settings.OPENAI_MODEL} gave its first word after {seconds:.1f} s")
    except (ProviderFailure, TimeoutError) as failure:
        why = getattr(failure, "code", "assistant_timeout")
        remedy = "check OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL and the account's credit; the log has the reason"
        yield Finding("wrong", f"model: {settings.OPENAI_MODEL} does not answer ({why})", remedy)


async def first_word() -> float:
    provider = Provider(api_key=settings.OPENAI_API_KEY, base_url=settings.OPENAI_BASE_URL)
    began = time.monotonic()
    request = ModelRequest(settings.OPENAI_MODEL, [{"role": "user", "content": "Say yes."}], ANSWER_TOKENS)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await provider.answer(request, lambda _text: True)  # a first word is enough
        return time.monotonic() - began
    finally:
        await provider.close()


def assistants() -> Iterator[Finding]:
    """Models that assistants name and the operator does not allow (any more): they are not asked."""
    for assistant in Assistant.objects.offered():
        named = assistant.current.definition.get("model") if assistant.current else None
        if named and named not in settings.OPENAI_MODELS_ALLOWED:
            what = f"assistants: {assistant.slug} names {named}, and {settings.OPENAI_MODEL} answers instead"
            yield Finding("note", what, "add it to OPENAI_MODELS_ALLOWED, or choose another in the admin")


def mail() -> Iterator[Finding]:
    if not settings.EMAIL_URL:
        yield Finding("note", "mail: none is sent, so nobody can reset a password", "set EMAIL_URL")
        return
    try:
        with get_connection(timeout=PATIENCE_SECONDS):
            yield ok("mail: the server takes our log-in")
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("wrong", f"mail: the server refuses us ({type(error).__name__})", "check EMAIL_URL")


def origins() -> Iterator[Finding]:
    faults = [origin for origin in settings.CORS_ALLOWED_ORIGINS if urlsplit(origin).path or "*" in origin]
    if faults:
        yield Finding("wrong", f"origins: {', '.join(faults)}", "CORS_ALLOWED_ORIGINS are like https://page.example")
        return
    yield ok(f"origins: {', '.join(settings.CORS_ALLOWED_ORIGINS) or 'our own alone'}")
    page = urlsplit(settings.FRONTEND_URL)
    if page.netloc and f"{page.scheme}://{page.netloc}" not in settings.CORS_ALLOWED_ORIGINS:
        yield Finding("note", "origins: the page of FRONTEND_URL may not call us", "add it to CORS_ALLOWED_ORIGINS")


def secrets() -> Iterator[Finding]:
    kept = settings.VAR_DIR / "secret_key"
    if not settings.SECRET_KEY_IS_GIVEN and kept.exists() and stat.S_IMODE(kept.stat().st_mode) & 0o077:
        yield Finding("wrong", f"secrets: others can read {kept}", f"chmod 600 {kept}")
    else:
        yield ok("secrets: the key is long enough and nobody else's to read")
    env_file = settings.BASE_DIR / ".env"
    if env_file.exists() and stat.S_IMODE(env_file.stat().st_mode) & 0o007:
        yield Finding("wrong", "secrets: everybody on this machine can read .env", "chmod 600 .env")


def proxy(url: str) -> Iterator[Finding]:
    """Whether streams come through as they are written: a probe of three lines, half a second apart."""
    try:
        with httpx2.Client(timeout=PATIENCE_SECONDS) as client, client.stream("GET", f"{url}/api/v1/probe/") as answer:
            times = [time.monotonic() for _part in answer.iter_bytes()]
    except httpx2.HTTPError as error:
        yield Finding("wrong", f"proxy: {url} does not answer ({type(error).__name__})", "is the service up there?")
        return
    if answer.status_code != 200:
        yield Finding("wrong", f"proxy: {url} answers {answer.status_code}", "does it lead to this release?")
    elif not times or times[-1] - times[0] < BUFFERED_SECONDS:
        yield Finding("wrong", "proxy: streams are buffered on the way", "proxy_buffering off; no compression of them")
    else:
        yield ok("proxy: streams come through as they are written")


CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "database": database,
    "model": model,
    "mail": mail,
    "origins": origins,
    "secrets": secrets,
}
