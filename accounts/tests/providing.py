"""A stand-in for Kakao, GitHub and Google on loopback: their three endpoints each, answering as they really answer."""

import json
import secrets
import threading
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

from accounts.social_state import challenge_of

CLIENT_SECRET = "the-secret-of-our-client"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
JSON = "application/json; charset=utf-8"
Answer = tuple[int, str, str]


def as_json(body: object, status: int = 200) -> Answer:
    return status, JSON, json.dumps(body)


KAKAO = {
    "id": 1234567890,
    "connected_at": "2026-03-01T00:00:00Z",
    "properties": {"nickname": "하루"},
    "kakao_account": {
        "profile_nickname_needs_agreement": False,
        "profile": {"nickname": "하루", "is_default_nickname": False},
        "has_email": True,
        "email_needs_agreement": False,
        "is_email_valid": True,
        "is_email_verified": True,
        "email": "haru@kakao.example",
    },
}
GITHUB = {"login": "haru-dev", "id": 583231, "node_id": "MDQ6VXNlcjU4MzIzMQ==", "name": "Haru Kim", "email": None}
GITHUB_EMAILS = [
    {"email": "old@github.example", "primary": False, "verified": True, "visibility": None},
    {"email": "haru@github.example", "primary": True, "verified": True, "visibility": "private"},
    {"email": "typo@github.example", "primary": False, "verified": False, "visibility": None},
]
GOOGLE = {
    "sub": "110169484474386276334",
    "email": "haru@google.example",
    "email_verified": True,
    "name": "김하루",
    "given_name": "하루",
    "family_name": "김",
}


def fresh_people() -> dict[str, Any]:
    """What each provider says of the person in front of the browser; tests change it."""
    return deepcopy({"kakao": KAKAO, "github": GITHUB, "github emails": GITHUB_EMAILS, "google": GOOGLE})


@dataclass
class Grant:
    """A code that was given out, and what it was asked for with."""

    provider: str
    redirect_uri: str
    challenge: str


@dataclass
class Standin:
    """Its state. `faults` maps an endpoint (`token`, `profile`) to `500`, `garbage`, `empty`, `slow` or `cut`."""

    people: dict[str, Any] = field(default_factory=fresh_people)
    faults: dict[str, str] = field(default_factory=dict)
    cancels: bool = False
    gives_id_token: bool = True
    slow_seconds: float = 0
    grants: dict[str, Grant] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    secrets_given: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    def given(self, prefix: str) -> str:
        """A new secret, remembered so that a test can look for it in the logs."""
        secret = prefix + secrets.token_urlsafe(24)
        self.secrets_given.add(secret)
        return secret

    def authorize(self, provider: str, query: dict[str, str]) -> str:
        """Where the browser is sent back to; what we sent must be what the provider documents."""
        assert query["client_id"] == f"client-of-{provider}"
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert query["redirect_uri"].endswith(f"/api/v1/accounts/social/{provider}/callback/")
        if self.cancels:
            answer = {"error": "access_denied", "error_description": "User denied access"}
        else:
            code = self.given("code-")
            self.grants[code] = Grant(provider, query["redirect_uri"], query["code_challenge"])
            answer = {"code": code}
        return f"{query['redirect_uri']}?{urlencode(answer | {'state': query['state']})}"

    def token(self, provider: str, form: dict[str, str]) -> Answer:
        """A token for a code that is unused, ours, and whose PKCE challenge the verifier answers."""
        grant = self.grants.pop(form.get("code", ""), None)
        is_ours = (form.get("client_id"), form.get("client_secret")) == (f"client-of-{provider}", CLIENT_SECRET)
        is_right = grant == Grant(provider, form["redirect_uri"], challenge_of(form.get("code_verifier", "")))
        if not is_right or not is_ours or form["grant_type"] != "authorization_code":
            return self.refusal(provider)
        token = self.given("token-")
        self.tokens.add(token)
        if provider == "github":
            return 200, FORM, urlencode({"access_token": token, "scope": "user:email", "token_type": "bearer"})
        body = {"access_token": token, "token_type": "bearer", "expires_in": 21599, "refresh_token": self.given("r-")}
        if provider == "google" and self.gives_id_token:
            body["id_token"] = self.id_token()
        return as_json(body)

    def id_token(self) -> str:
        now = int(time.time())
        claims = {"iss": "https://accounts.google.com", "aud": "client-of-google", "iat": now, "exp": now + 3600}
        return jwt.encode(claims | self.people["google"], "k" * 32, "HS256", headers={"kid": "one"})

    def refusal(self, provider: str) -> Answer:
        words = "authorization code not found"
        if provider == "github":
            return 200, FORM, urlencode({"error": "bad_verification_code", "error_description": words})
        return as_json({"error": "invalid_grant", "error_description": words, "error_code": "KOE320"}, 400)

    def profile(self, what: str, authorization: str) -> Answer:
        if authorization.partition(" ")[2] not in self.tokens:
            return as_json({"msg": "this access token does not exist", "code": -401}, 401)
        if what == "google":
            person = dict(self.people["google"])
            renamed = {"id": person.pop("sub"), "verified_email": person.pop("email_verified", False)}
            return as_json(person | renamed)
        return as_json(self.people[what])

    def broken(self, fault: str) -> Answer | None:
        if fault == "slow":
            time.sleep(self.slow_seconds)
            return None
        return {
            "500": as_json({"message": "server error"}, 500),
            "garbage": (200, JSON, '{"id": '),
            "html": (200, "text/html", "<html>We will be back soon</html>"),
            "empty": (200, JSON, "{}"),
            "list": (200, JSON, "[1, 2]"),
            "null": (200, JSON, "null"),
            "deep": (200, JSON, "[" * 200_000),
            "huge": (200, JSON, '{"access_token": "t", "expires_in": 1' + "0" * 400 + ', "id": "\\u0000"}'),
        }[fault]


class Endpoints(BaseHTTPRequestHandler):
    """`/kakao/authorize`, `/kakao/token`, `/kakao/profile`, and so on."""

    standin: ClassVar[Standin]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        _, provider, endpoint = url.path.split("/")
        if endpoint == "authorize":
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            self.send(302, "text/plain", "", Location=self.standin.authorize(provider, query))
        else:
            what = "github emails" if endpoint == "emails" else provider
            authorization = self.headers.get("Authorization", "")
            self.answer("profile", lambda: self.standin.profile(what, authorization))

    def do_POST(self) -> None:
        provider = self.path.split("/")[1]
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.answer("token", lambda: self.standin.token(provider, form))

    def answer(self, endpoint: str, made: Callable[[], Answer]) -> None:
        self.standin.calls.append(self.path)
        fault = self.standin.faults.get(endpoint)
        if fault == "cut":
            self.close_connection = True
            return
        self.send(*((self.standin.broken(fault) if fault else None) or made()))

    def send(self, status: int, media_type: str, body: str, **headers: str) -> None:
        try:
            self.send_response(status)
            for name, value in {
                "Content-Type": media_type,
                "Content-Length": str(len(body.encode())),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())
        except BrokenPipeError:
            self.close_connection = True  # a client that did not wait

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


class Running:
    """The stand-in in a thread, at `url`."""

    def __init__(self) -> None:
        self.standin = Standin()
        handler = type("OwnEndpoints", (Endpoints,), {"standin": self.standin})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> "Running":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
