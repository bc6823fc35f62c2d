"""Where a request comes from, and how many an address may send: Nginx's limits, and the API's behind it."""

import json
import shutil
import socket
import ssl
import subprocess
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from deploy.tests.site import BALANCER, DOMAIN, PAGE_ORIGIN, Site, until


@pytest.mark.parametrize(("method", "key"), [("GET", {}), ("POST", {"Idempotency-Key": "k" * 32})])
def test_an_address_over_its_limit_gets_429_and_others_do_not(
    whole_site: Site, method: str, key: dict[str, str]
) -> None:
    hurried = "127.0.0.9" if method == "GET" else "127.0.0.13"
    headers = {"Host": f"{DOMAIN}:{whole_site.port}", "Origin": PAGE_ORIGIN, "Content-Length": "0"} | key
    # A path that costs the hosts next to nothing: they must not be what slows the flood down.
    asked = f"{method} /api/nothing HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    answers = flood(whole_site, hurried, f"{asked}\r\n" * 9 + f"{asked}Connection: close\r\n\r\n")
    refused = [answer for answer in answers if answer.startswith("429 ")]
    assert {answer[:4] for answer in answers} == {"404 ", "429 "}
    head, _, body = refused[0].partition("\r\n\r\n")
    told = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    assert json.loads(body)["code"] == "too_many_requests"
    assert told["Access-Control-Allow-Origin"] == PAGE_ORIGIN
    assert int(told["Retry-After"]) >= 1
    with whole_site.client("127.0.0.10") as other:
        assert other.get("/api/v1/chat/assistants/").status_code == 200


def flood(site: Site, address: str, requests: str) -> list[str]:
    """The answers to requests sent in one go, at once on each of a hundred connections: as fast as Nginx takes them."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with ExitStack() as stack:
        opened = []
        for _ in range(100):
            raw = socket.create_connection(("127.0.0.1", site.port), timeout=90, source_address=(address, 0))
            opened.append(stack.enter_context(context.wrap_socket(raw, server_hostname=DOMAIN)))
        for tls in opened:
            tls.sendall(requests.encode())
        said = "".join(b"".join(iter(partial(tls.recv, 65536), b"")).decode() for tls in opened)
    return said.split("HTTP/1.1 ")[1:]


def test_a_made_up_address_changes_nothing(whole_site: Site) -> None:
    wrong = {"email": "nobody@example.com", "password": "a wrong password"}
    with whole_site.client("127.0.0.11") as guesser:
        codes = []
        for number in range(30):
            made_up = f"10.1.2.{number}"
            headers = {"X-Forwarded-For": made_up, "Forwarded": f"for={made_up}", "X-Real-IP": made_up}
            wrong["email"] = f"nobody{number}@example.com"
            codes.append(guesser.post("/api/v1/accounts/login/", json=wrong, headers=headers).status_code)
    assert codes == [401] * 20 + [429] * 10
    with whole_site.client("127.0.0.12") as other:
        assert other.post("/api/v1/accounts/login/", json=wrong).status_code == 401


def test_a_named_proxy_says_where_a_request_comes_from(whole_site: Site) -> None:
    wrong = {"password": "a wrong password"}
    with whole_site.client(BALANCER) as balancer:

        def guess(number: int, comes_from: str) -> int:
            wrong["email"] = f"somebody{number}@example.com"
            headers = {"X-Forwarded-For": comes_from}
            return balancer.post("/api/v1/accounts/login/", json=wrong, headers=headers).status_code

        # What the client wrote stands before what the proxies added.
        guesses = [guess(number, f"10.1.2.{number}, 203.0.113.5, 192.0.2.9") for number in range(25)]
        assert guesses == [401] * 20 + [429] * 5
        assert guess(30, "203.0.113.5, 203.0.113.6") == 401
    until(lambda: {"203.0.113.5", "203.0.113.6"} <= {line.get("address") for line in whole_site.lines()})


@pytest.mark.parametrize("proxies", ["0.0.0.0/0", "10.0.0.0/8,::/0", "10.0.0.1; return 200"])
def test_proxies_that_are_no_addresses_or_everybody_are_refused(whole_site: Site, tmp_path: Path, proxies: str) -> None:
    environment = whole_site.environment | {"RUN_DIR": str(tmp_path), "TRUSTED_PROXIES": proxies}
    make = [str(whole_site.nginx / "start.sh"), "site"]
    said = subprocess.run(make, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "TRUSTED_PROXIES must be" in said.stderr


@pytest.mark.parametrize(
    ("domain", "origins"),
    [
        ("haru.community.department.university.ac.kr", ""),
        (DOMAIN, "http://haru.s3-website.ap-northeast-2.amazonaws.com"),
        (".".join(["a" * 62] * 4), f"https://{'.'.join(['b' * 62] * 4)}:8443"),
        (DOMAIN, "https://one.example, https://two.example"),
        (DOMAIN, "https://one.example,https://one.example"),
    ],
)
def test_names_may_be_long_and_origins_written_as_the_hosts_take_them(
    whole_site: Site, tmp_path: Path, domain: str, origins: str
) -> None:
    shutil.copytree(whole_site.folder / "run" / "tls", tmp_path / "tls")
    named = {"DOMAIN": domain, "CORS_ALLOWED_ORIGINS": origins or f"https://{domain}"}
    environment = whole_site.environment | named | {"RUN_DIR": str(tmp_path)}
    make = [str(whole_site.nginx / "start.sh"), "site"]
    said = subprocess.run(make, env=environment, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("household", ["203.0.113.99", "2001:db8:1:2::{}", "2001:db8:a:2::{}", "2001:db8:1:3::a:{}"])
def test_a_household_is_one_whichever_of_its_addresses_it_takes(whole_site: Site, household: str) -> None:
    def asked(number: int) -> str:
        head = f"GET /api/nothing HTTP/1.1\r\nHost: {DOMAIN}:{whole_site.port}\r\n"
        return f"{head}X-Forwarded-For: {household.format(number + 1)}\r\n"

    many = "".join(f"{asked(number)}\r\n" for number in range(9))
    answers = flood(whole_site, BALANCER, f"{many}{asked(9)}Connection: close\r\n\r\n")
    assert {answer[:4] for answer in answers} == {"404 ", "429 "}
