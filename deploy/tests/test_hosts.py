"""Two web hosts behind Nginx: streams through silence and renewal, hosts that are stopped, hosts that die."""

import itertools
import json
import secrets
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import Any

import httpx
import pytest

from chat.tests.asking import SSE, events, new_conversation, text_of
from deploy.tests.site import DOMAIN, PAGE_ORIGIN, Site, Web, member, until

SILENCE_SECONDS = 70  # longer than the 60 at which a proxy cuts by default


@pytest.fixture
def alice(whole_site: Site) -> Iterator[httpx.Client]:
    with member(whole_site.client(), f"alice-{secrets.token_hex(4)}@example.com") as client:
        yield client


def asked(client: httpx.Client, content: str, conversation: str = "", **headers: str) -> Any:
    """A stream of the answer to a question, with a key, as the page asks."""
    path = f"chat/conversations/{conversation or new_conversation(client)}/messages/"
    keyed = {"Idempotency-Key": secrets.token_hex(16)} | SSE | headers
    return client.stream("POST", path, json={"content": content}, headers=keyed)


def is_whole(found: list[dict[str, Any]]) -> bool:
    last = found[-1]
    return last["event"] == "done" and bool(last["data"]["reply"]["status"] == "complete")


@pytest.fixture
def both_hosts(whole_site: Site) -> Iterator[list[Web]]:
    """Both run before and after the test, whatever it does to one of them."""
    yield whole_site.web
    for web in whole_site.web:
        if web.process.poll() is not None:
            web.start()
        web.wait_until_ready()
    whole_site.names.addresses = [web.address for web in whole_site.web]


# ---------------------------------------------------------------- Streams
def test_words_arrive_as_they_are_written_and_silence_cuts_nothing(alice: httpx.Client) -> None:
    with asked(alice, f"[[words=4]] [[over=4]] [[pause={SILENCE_SECONDS}]] hi") as response:
        assert (response.status_code, response.http_version) == (200, "HTTP/2")
        came: list[float] = []
        found = []
        for event in events(response.iter_lines()):
            found.append(event)
            if event["event"] == "delta":
                came.append(time.monotonic())
    assert is_whole(found)
    pauses = [after - before for before, after in itertools.pairwise(came)]
    assert max(pauses) > SILENCE_SECONDS - 5
    assert sum(pause > 0.5 for pause in pauses) >= 3  # word by word, not in one piece


def test_a_renewed_certificate_is_taken_into_use_and_no_stream_drops(whole_site: Site, alice: httpx.Client) -> None:
    before = shown_certificate(whole_site)
    with curled(whole_site, alice, new_conversation(alice), "[[words=40]] [[over=8]] hi") as curl:
        assert curl.stdout
        running = events(line.rstrip("\n") for line in curl.stdout)
        found = [next(running), next(running)]
        renew(whole_site)
        until(lambda: shown_certificate(whole_site) != before)
        assert curl.poll() is None  # the stream was still open when the new one was in use
        found += running
        assert curl.wait(timeout=20) == 0
    assert is_whole(found)
    assert len(text_of(found).split()) >= 40


def curled(site: Site, client: httpx.Client, conversation: str, content: str) -> "subprocess.Popen[str]":
    """A stream read by curl, which like browsers hears a stream to its end when Nginx says that it takes no more."""
    url = f"{site.origin}/api/v1/chat/conversations/{conversation}/messages/"
    headers = {"Authorization": client.headers["Authorization"], "Content-Type": "application/json"} | SSE
    said = [word for name, value in headers.items() for word in ("--header", f"{name}: {value}")]
    where = [
        "--resolve",
        f"{DOMAIN}:{site.port}:127.0.0.1",
        "--insecure",
        "--http2",
        "--no-buffer",
        "--silent",
        "--fail",
    ]
    body = ["--data", json.dumps({"content": content})]
    return subprocess.Popen(["curl", *where, *said, *body, url], stdout=subprocess.PIPE, text=True)


def renew(site: Site) -> None:
    folder = site.letsencrypt / "live" / DOMAIN
    made = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90"]
    openssl = ["openssl", "req", "-x509", *curve, "-subj", f"/CN={DOMAIN}", *made]
    subprocess.run(openssl, check=True, capture_output=True)


def shown_certificate(site: Site) -> str:
    connect = ["openssl", "s_client", "-connect", f"127.0.0.1:{site.port}", "-servername", DOMAIN, "-showcerts"]
    said = subprocess.run(connect, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    return said[said.index("-----BEGIN") : said.index("-----END")]


def test_a_half_written_certificate_changes_nothing(whole_site: Site) -> None:
    before = shown_certificate(whole_site)
    folder = whole_site.letsencrypt / "live" / DOMAIN
    folder.joinpath("privkey.pem").write_text("no key")
    folder.joinpath("fullchain.pem").write_text("no certificate")
    time.sleep(3)  # it looks every second
    assert shown_certificate(whole_site) == before
    with whole_site.client() as visitor:
        assert visitor.get("/").status_code == 200
    renew(whole_site)
    until(lambda: shown_certificate(whole_site) != before)


# ---------------------------------------------------------------- Load
class Load:
    """Members who read and ask all the time; what was not as it should be."""

    def __init__(self, site: Site) -> None:
        self.site, self.is_over, self.surprises = site, threading.Event(), list[str]()
        self.answers: Counter[str] = Counter()
        self.lost_posts, self.ready = 0, 0

    def newcomer(self, number: int) -> closing[httpx.Client]:
        """A member of an address of their own: limits are by address."""
        return member(self.site.client(f"127.0.1.{number}"), f"carol-{secrets.token_hex(4)}@example.com")

    def read(self, number: int) -> None:
        with self.newcomer(number) as alice:
            self.ready += 1
            while not self.is_over.is_set():
                self.note("GET", alice.get("chat/quota/"), {200})

    def ask(self, number: int) -> None:
        with self.newcomer(number) as alice:
            conversation = new_conversation(alice)
            self.ready += 1
            while not self.is_over.is_set():
                self.ask_once(alice, conversation)

    def ask_once(self, alice: httpx.Client, conversation: str) -> None:
        """One question; a 502 is asked once more with its key."""
        key = secrets.token_hex(16)
        for _ in range(3):
            path = f"chat/conversations/{conversation}/messages/"
            body = {"content": "[[words=5]] [[over=0.5]] hi"}
            answer = alice.post(path, json=body, headers={"Idempotency-Key": key})
            if answer.status_code != 502:
                break
            self.lost_posts += 1
        self.note("POST", answer, {201})

    def note(self, method: str, answer: httpx.Response, expected: set[int]) -> None:
        self.answers[method] += 1
        if answer.status_code not in expected:
            self.surprises.append(f"{method} {answer.status_code} {answer.text[:200]}")

    def guarded(self, work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except Exception as error:
            self.surprises.append(f"{type(error).__name__}: {error}")


@contextmanager
def load(site: Site, readers: int = 4, askers: int = 4) -> Iterator[Load]:
    running = Load(site)
    with ThreadPoolExecutor(readers + askers) as pool:
        for number in range(readers + askers):
            pool.submit(running.guarded, running.read if number < readers else running.ask, number + 1)
        try:
            until(lambda: running.ready == readers + askers and running.answers["GET"] > 50)
            before = running.answers["POST"]
            until(lambda: running.answers["POST"] > before + 8)
            yield running
        finally:
            running.is_over.set()


def test_a_host_that_is_stopped_under_load_fails_no_request(whole_site: Site, both_hosts: list[Web]) -> None:
    stopped = both_hosts[0]
    with load(whole_site) as running:
        before = running.answers.copy()
        stopped.terminate()
        assert stopped.process.wait(timeout=30) == 0
        time.sleep(1)  # its address is still known
        whole_site.names.addresses = [both_hosts[1].address]
        time.sleep(2)
        assert running.answers["POST"] > before["POST"] + 5
    assert (running.surprises, running.lost_posts) == ([], 0)


def test_a_host_that_dies_under_load_fails_no_get(whole_site: Site, both_hosts: list[Web]) -> None:
    with load(whole_site) as running:
        before = running.answers.copy()
        both_hosts[0].kill()
        time.sleep(4)  # its address is still known, as that of a dead machine is for a while
        assert running.answers["GET"] > before["GET"] + 20
    allowed = [surprise for surprise in running.surprises if '"interrupted"' in surprise]
    assert [surprise for surprise in running.surprises if surprise not in allowed] == []
    assert len(allowed) <= 4  # what the host was writing when it died: failed, kept, not counted


def test_one_comes_back_into_a_stream_whose_host_died(
    whole_site: Site, both_hosts: list[Web], alice: httpx.Client
) -> None:
    with asked(alice, "[[words=60]] [[over=30]] hi") as response:
        running = events(response.iter_lines())
        found = [next(running) for _ in range(5)]
        writer_of(whole_site).kill()
        with suppress(httpx.TransportError):
            found += running
    assert not is_whole(found)
    message = found[0]["data"]["reply"]["id"]
    heard = text_of(found)
    with alice.stream("GET", f"chat/messages/{message}/stream/", params={"after": len(heard)}) as again:
        assert again.status_code == 200
        rest = list(events(again.iter_lines()))
    assert rest[-1]["data"]["reply"]["status"] == "failed"
    assert rest[-1]["data"]["reply"]["error_code"] == "interrupted"
    assert rest[-1]["data"]["reply"]["content"].startswith(heard[: max(0, len(heard) - 20)])


def writer_of(site: Site) -> Web:
    """The host to which Nginx holds a connection: only one stream is open."""
    for web in site.web:
        listing = ["ss", "--no-header", "--tcp", "state", "established", "src", web.url.removeprefix("http://")]
        if subprocess.run(listing, capture_output=True, text=True, check=True).stdout.strip():
            return web
    raise AssertionError("no host has a connection")


def test_a_new_host_is_found_within_seconds(whole_site: Site, both_hosts: list[Web], alice: httpx.Client) -> None:
    first, second = both_hosts
    whole_site.names.addresses = [first.address]
    time.sleep(7)
    whole_site.names.addresses = [first.address, second.address]
    seen = len(second.lines())
    until(lambda: alice.get("chat/quota/").status_code == 200 and len(second.lines()) > seen, seconds=15)


# ---------------------------------------------------------------- None at all
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_with_no_host_at_all_it_says_so_as_a_problem(whole_site: Site, both_hosts: list[Web], method: str) -> None:
    """A POST has a key, as the page's have, and goes another way through Nginx."""
    for web in both_hosts:
        web.kill()
    headers = {"Accept-Language": "en", "Origin": PAGE_ORIGIN}
    if method == "POST":
        headers["Idempotency-Key"] = secrets.token_hex(16)
    with whole_site.client() as visitor:
        response = visitor.request(method, "/api/v1/chat/assistants/", headers=headers)
        assert (response.status_code, response.headers["Content-Type"]) == (502, "application/problem+json")
        assert response.json()["code"] == "unreachable"
        assert response.headers["Access-Control-Allow-Origin"] == PAGE_ORIGIN
        assert int(response.headers["Retry-After"]) > 0
        assert visitor.get("/").status_code == 200


@pytest.mark.parametrize("has_key", [False, True])
def test_while_the_only_host_drains_it_says_so_as_a_problem(
    whole_site: Site, both_hosts: list[Web], alice: httpx.Client, has_key: bool
) -> None:
    draining, other = both_hosts
    busy, conversation = new_conversation(alice), new_conversation(alice)
    other.kill()
    whole_site.names.addresses = [draining.address]
    with asked(alice, "[[words=40]] [[over=20]] hi", busy) as running:
        next(events(running.iter_lines()))
        draining.terminate()
        until(lambda: httpx.get(f"{draining.url}/readyz").status_code == 503)
        headers = {"Origin": PAGE_ORIGIN} | ({"Idempotency-Key": secrets.token_hex(16)} if has_key else {})
        path = f"chat/conversations/{conversation}/messages/"
        response = alice.post(path, json={"content": "hi"}, headers=headers)
    draining.process.wait(timeout=30)
    assert (response.status_code, response.headers["Content-Type"]) == (503, "application/problem+json")
    assert response.json()["code"] == "draining"
    assert response.headers["Access-Control-Allow-Origin"] == PAGE_ORIGIN
