"""What every test may use: a real server of this project on loopback, and three people."""

import logging
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn
import uvloop
from django.contrib.auth.hashers import make_password
from django.core.management.commands import flush
from django.db import IntegrityError, OperationalError, transaction
from django.db.backends.base.operations import BaseDatabaseOperations

from accounts import tokens
from accounts.models import Session, User
from chat import worker
from chat.assistants import catalogue
from chat.models import Assistant, AssistantVersion
from chat.models.assistants import known_version
from chat.worker import this_process
from config import standin
from config.asgi import application
from config.serving import LoopWorker
from config.standin.script import Pace
from config.tests.listening import Listener

FAST_HASHER = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PASSWORD = "a quiet harbour"
FLUSH_TRIES = 5
OF_MIGRATE = {"django_content_type", "auth_permission"}  # made of the models; no test changes them
empty = BaseDatabaseOperations.execute_sql_flush
# No test speaks TLS to the server, and reading all certificates costs each client 30 ms.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Server:
    """This project in a thread of the test's process, over real HTTP, with the stand-in behind it."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        options: Any = LoopWorker.CONFIG_KWARGS | {"timeout_graceful_shutdown": None}
        options["forwarded_allow_ips"] = (
            "127.0.0.1"  # a test is its own proxy: X-Forwarded-For says where it comes from
        )
        config = uvicorn.Config(application, log_config=None, **options)
        self.uvicorn = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self) -> None:
        uvloop.run(self.uvicorn.serve(sockets=[self.socket]))

    def start(self) -> None:
        self.thread.start()
        httpx.get(f"{self.url}/healthz", timeout=10)

    def stop(self) -> None:
        self.uvicorn.should_exit = True
        self.thread.join(timeout=20)

    def forget(self) -> None:
        """Ends what an earlier test left being written, so that this test counts only its own calls."""
        for live in list(this_process.live.values()):
            this_process.loop.call_soon_threadsafe(live.cancel, None)
        while this_process.live or self.model.get("/calls").json()["open"]:
            time.sleep(0.01)
        self.model.post("/reset")

    @property
    def model(self) -> httpx.Client:
        """The stand-in's own figures: GET /calls."""
        standin = application.owned.standin
        assert standin is not None
        return httpx.Client(base_url=standin.base_url.removesuffix("/v1"), verify=PLAIN)


def emptying(style: object, connection: Any, **options: object) -> list[str]:
    """Empties every table whose rows are a test's; most have none, and TRUNCATE takes as long for those."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [f"DELETE FROM {connection.ops.quote_name(table)}" for table in sorted({*tables} - OF_MIGRATE)]


def patiently(operations: Any, sql_list: Any) -> None:
    """The server of all tests works on while a test's rows are emptied: who is crossed by it tries again."""
    for _try in range(FLUSH_TRIES - 1):
        with suppress(OperationalError, IntegrityError):
            return empty(operations, sql_list)
    return empty(operations, sql_list)


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Between two tests nothing is made anew that no test changes: two thirds of an ordinary test's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", emptying)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_options: None)
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", patiently)
        yield


@pytest.fixture(scope="session")
def running(django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    pace = Pace(words=8, seconds=0, first_word_seconds=0)  # unless a question says otherwise
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(standin, "start", partial(standin.start, pace=pace))
        patch.setattr(worker, "NIGHT_SECONDS", math.inf)  # tests call the night's work; beside others it must not fall
        server = Server()
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def assistants(django_db_setup: None, django_db_blocker: Any) -> list[Any]:
    """The rows that `catalogue.load` makes, made once: reading the files costs more than many a test."""
    with django_db_blocker.unblock(), transaction.atomic():
        catalogue.load()
        rows = [list(model.objects.all()) for model in (Assistant, AssistantVersion)]
        transaction.set_rollback(True)
    return rows


@pytest.fixture
def server(running: Server, assistants: list[Any], transactional_db: None) -> Server:
    """The server on an empty database that has the assistants."""
    with transaction.atomic():
        for rows in assistants:
            type(rows[0]).objects.bulk_create(deepcopy(rows))
    known_version.cache_clear()
    running.forget()
    return running


@pytest.fixture(scope="session", autouse=True)
def _silence_of_the_logs() -> Iterator[None]:
    """No line that any test has logged holds a password, a token, a key, an address or a member's words."""
    listener = Listener()
    logging.getLogger().addHandler(listener)
    yield
    assert listener.leaks == []


@pytest.fixture(autouse=True)
def _fast_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = FAST_HASHER


class Person(httpx.Client):
    """A member with an API client of their own: `alice.get("chat/quota/")`."""

    user: User
    session: Session


@pytest.fixture
def member(server: Server) -> Iterator[Callable[..., Person]]:
    """Makes members: `member("Carol", daily_limit=2)`."""
    people: list[Person] = []

    def make(nickname: str, **fields: Any) -> Person:
        email = f"{nickname.lower()}@example.com"
        user = User.objects.create(
            email=email, nickname=nickname, password=make_password(PASSWORD, hasher="md5"), **fields
        )
        session = Session.begin(user, device="test")
        access = tokens.token_pair(session)["access"]
        person = Person(
            base_url=f"{server.url}/api/v1/",
            headers={"Authorization": f"Bearer {access}", "Accept-Language": "en"},
            timeout=30,
            verify=PLAIN,
        )
        person.user, person.session = user, session
        people.append(person)
        return person

    yield make
    for person in people:
        person.close()


@pytest.fixture
def alice(member: Callable[..., Person]) -> Person:
    """Alice owns things."""
    return member("Alice")


@pytest.fixture
def bob(member: Callable[..., Person]) -> Person:
    """Bob is another member."""
    return member("Bob")


@pytest.fixture
def nobody(server: Server) -> Iterator[httpx.Client]:
    """Nobody is signed out."""
    headers = {"Accept-Language": "en"}
    with httpx.Client(base_url=f"{server.url}/api/v1/", headers=headers, timeout=30, verify=PLAIN) as client:
        yield client


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Waits until something holds, at most ten seconds: for what another thread or process does."""

    def wait(holds: Callable[[], bool], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "It did not come to hold."
            time.sleep(0.02)

    return wait
