"""Members who ask, leave, come back, stop and try again, and note down all that they were told."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from chat.tests.asking import SSE, events

PATIENCE_SECONDS = 180  # until a request or a reply must have got through
PAUSE_SECONDS = 0.2
COMES_LATER = {429: {"too_many_requests"}, 503: {"draining", "busy", "not_ready"}}
# What the model does; plain replies are the most frequent.
PLAIN = [
    "[[words=30]] [[over=1]]",
    "[[words=60]] [[over=3]]",
    "[[words=80]] [[over=4]]",
    "[[emoji]] [[split]] [[over=2]]",
]
FAULTY = ["[[cut]]", "[[error]]", "[[garbage]]", "[[nofinish]]", "[[fail=500]]", "[[failfirst=500]]", "[[empty]]"]
STALLING = ["[[stall=9]]", "[[pause=6]]", "[[refuse]]"]
SCRIPTS = PLAIN * 6 + FAULTY + STALLING

Gone = (httpx.TransportError, httpx.StreamError)


@dataclass
class Seen:
    """One reply from outside: its text by the deltas, how much of it stood when, and its last event."""

    text: str = ""
    at: list[tuple[float, int]] = field(default_factory=list)
    cut_at: list[float] = field(default_factory=list)
    reply: dict[str, Any] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)


class Member:
    """One member with a plan of questions, each through a host of their choice."""

    def __init__(self, number: int, token: str, urls: list[str], seed: int) -> None:
        self.random = Random(f"{seed} {number}")
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        self.urls = urls
        self.seen: dict[str, Seen] = {}
        self.surprises: list[str] = []
        self.refused = 0
        self.retries = 0

    # ------------------------------------------------------------ HTTP that comes again
    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        url = f"{self.random.choice(self.urls)}/api/v1/"
        with httpx.Client(base_url=url, headers=self.headers, timeout=httpx.Timeout(70, connect=5)) as client:
            yield client

    def until_answered(self, send: Callable[[httpx.Client], Any]) -> Any:
        """What `send` gives, tried again through other hosts while it gives None or the connection is lost."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        met: Counter[str] = Counter()
        while time.monotonic() < deadline:
            try:
                with self.client() as client:
                    if (found := send(client)) is not None:
                        return found
                met["come later"] += 1
            except Gone as error:
                met[type(error).__name__] += 1
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError(f"Nothing got through within {PATIENCE_SECONDS} s, but {dict(met)}.")

    def request(self, method: str, path: str, **parts: Any) -> httpx.Response:
        def send(client: httpx.Client) -> httpx.Response | None:
            response = client.request(method, path, **parts)
            return None if comes_later(response) else response

        found: httpx.Response = self.until_answered(send)
        return found

    # ------------------------------------------------------------ One question
    def live(self, questions: int) -> None:
        """Asks so many questions one after the other, some at once."""
        try:
            for number in range(questions):
                self.ask(f"question {number} {self.random.choice(SCRIPTS)}")
        except Exception as error:
            self.surprises.append(f"{type(error).__name__}: {error}")

    def ask(self, content: str) -> None:
        made = self.request("POST", "chat/conversations/", json={"assistant": "free-chat"})
        path = f"chat/conversations/{made.json()['id']}/messages/"
        seen = self.answered(path, {"content": content})
        if seen and self.random.random() < 0.15:
            self.retries += 1
            self.answered(f"chat/messages/{seen.reply['id']}/retry/", {})

    def answered(self, path: str, body: dict[str, str]) -> Seen | None:
        """Asks under one key until accepted, follows to the end however often it is cut; None if refused."""
        key = {"Idempotency-Key": str(self.random.getrandbits(64))}
        seen = self.twins(path, body, key) if self.random.random() < 0.1 else self.post(path, body, key)
        if seen is None:
            return None
        self.seen[seen.reply["id"]] = seen
        if self.random.random() < 0.12:
            self.request("POST", f"chat/messages/{seen.reply['id']}/stop/")
        while not seen.last:
            self.until_answered(lambda client: self.come_back(client, seen))
        self.check(seen)
        return seen

    def twins(self, path: str, body: dict[str, str], key: dict[str, str]) -> Seen | None:
        """Two requests at once under one key are one reply."""
        with ThreadPoolExecutor(2) as pool:
            one, other = pool.map(lambda _: self.post(path, body, key), range(2))
        if one and other and one.reply["id"] != other.reply["id"]:
            self.surprises.append(f"one key got the replies {one.reply['id']} and {other.reply['id']}")
        return one or other

    def post(self, path: str, body: dict[str, str], key: dict[str, str]) -> Seen | None:
        """What was seen of the reply until it ended, was cut, or this member left; None if there is none left."""
        leaves_after = self.random.choice([0, 1, 10, 10_000, 10_000])

        def send(client: httpx.Client) -> Seen | bool | None:
            with client.stream("POST", path, json=body, headers=SSE | key) as response:
                if response.status_code != 200:
                    response.read()
                    return None if comes_later(response) else self.refusal(response)
                found = events(response.iter_lines())
                first = next(found, None)
                if first is None:
                    return None
                seen = Seen(reply=first["data"]["reply"])
                self.read(seen, found, leaves_after)
                return seen

        answer = self.until_answered(send)
        return answer if isinstance(answer, Seen) else None

    def refusal(self, response: httpx.Response) -> bool:
        """Refusals of the quota, and of a retry after another was accepted, are no surprise."""
        self.refused += response.status_code == 429
        problem = response.json()
        if response.status_code == 429 and problem["quota"]["remaining"] == 0:
            return False
        is_replayed_retry = "/retry/" in str(response.url) and problem["code"] in (
            *("not_found", "not_last", "too_many_attempts"),
        )
        if not is_replayed_retry:
            self.surprises.append(f"{response.url.path} answered {response.status_code} {problem['code']}")
        return False

    def come_back(self, client: httpx.Client, seen: Seen) -> bool | None:
        headers = {"Last-Event-ID": str(len(seen.text))}
        with client.stream("GET", f"chat/messages/{seen.reply['id']}/stream/", headers=headers) as response:
            if response.status_code == 404 and self.retries:
                seen.last = {"event": "gone"}  # a retry without words leaves no row
                return True
            if response.status_code != 200:
                response.read()
                if not comes_later(response):
                    self.surprises.append(f"coming back answered {response.status_code}")
                    seen.last = {"event": "gone"}
                    return True
                return None
            self.read(seen, events(response.iter_lines()), self.random.choice([3, 10_000]))
        return True

    def read(self, seen: Seen, found: Iterator[dict[str, Any]], leaves_after: int) -> None:
        """Reads so many events, or to the end, or to the cut."""
        try:
            for event in found:
                if event["event"] == "delta":
                    if event["id"] == len(seen.text) + len(event["data"]["text"]):
                        seen.text += event["data"]["text"]
                    elif event["id"] > len(seen.text):
                        self.surprises.append(f"characters are missing or doubled at {event['id']}")
                    seen.at.append((time.monotonic(), len(seen.text)))
                elif event["event"] in ("done", "error"):
                    seen.last, seen.reply = event, event["data"]["reply"]
                    return
                leaves_after -= 1
                if leaves_after <= 0:
                    return
        except Gone:
            seen.cut_at.append(time.monotonic())

    def check(self, seen: Seen) -> None:
        """The deltas put together are the reply, unless more was seen than could be kept."""
        if "data" not in seen.last:
            return
        kept = seen.reply["content"]
        was_interrupted = seen.reply["error_code"] == "interrupted"
        if kept != seen.text and not (was_interrupted and seen.text.startswith(kept)):
            self.surprises.append(f"reply {seen.reply['id']} is not what its stream said ({seen.last['event']})")


def comes_later(response: httpx.Response) -> bool:
    """Whether the answer only says to come again."""
    if response.status_code not in COMES_LATER:
        return False
    response.read()
    return response.json()["code"] in COMES_LATER[response.status_code]
