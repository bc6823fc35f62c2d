"""What a round of fuzzing meets: members with rows of every kind, and the settings that tell Schemathesis of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import yaml
from django.conf import settings

from chat.tests.asking import ask, new_conversation

# Not the one of the document's examples, which would end the account or its log-ins at the first call.
PASSWORD = "a silent lighthouse"
CONVERSATION, MESSAGE, LOG_IN = (
    f"/api/v1/{path}/{{id}}/" for path in ("chat/conversations", "chat/messages", "accounts/sessions")
)
# What ends a log-in or an account is asked by others, or nothing after it would be asked by a member.
LOG_OUT, LEAVE = "POST /api/v1/accounts/logout/", "POST /api/v1/accounts/me/deletion/"
# Rules that a schema cannot say: a password and its confirmation, Django's rules for passwords, the right password, a
# code that we gave out, an assistant that there is, what its form wants. All else that fits the schema must be taken.
RULED = (
    "POST /api/v1/accounts/signup/",
    "POST /api/v1/accounts/email/change/",
    "POST /api/v1/accounts/me/deletion/",
    "POST /api/v1/accounts/password/change/",
    "POST /api/v1/accounts/password/reset/confirm/",
    "POST /api/v1/accounts/social/token/",
    "POST /api/v1/chat/conversations/",
    f"POST {CONVERSATION}messages/",
)
WITH_400 = ["2xx", "3xx", "400", "401", "403", "404", "409", "429", "503"]

Settings = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class World:
    """Headers of a member, of those who ask the operations that end a log-in, and ids that exist."""

    member: Mapping[str, str]
    spared: Mapping[str, Mapping[str, str]]
    ids: Mapping[str, str]


def person(url: str, nickname: str) -> httpx.Client:
    """A new member's own client."""
    fields = {"email": f"{nickname.lower()}@example.com", "nickname": nickname}
    passwords = {"password": PASSWORD, "password_confirm": PASSWORD}
    answer = httpx.post(f"{url}/api/v1/accounts/signup/", json=fields | passwords, timeout=30)
    assert answer.status_code == 201, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access']}"}
    return httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=30)


def made(url: str, number: int) -> World:
    """Alice with two conversations (one to be deleted) and a reply; Bob, who may go; Carol with a second log-in."""
    alice, bob, carol = (person(url, f"{name}{number}") for name in ("Alice", "Bob", "Carol"))
    with alice, bob, carol:
        kept, gone = new_conversation(alice), new_conversation(alice)
        reply = ask(alice, kept).json()["reply"]["id"]
        entry = {"email": f"carol{number}@example.com", "password": PASSWORD}
        assert carol.post("accounts/login/", json=entry).status_code == 200
        (other,) = [one["id"] for one in carol.get("accounts/sessions/").json() if not one["current"]]
        ids = {CONVERSATION: kept, MESSAGE: reply, LOG_IN: other, f"DELETE {CONVERSATION}": gone}
        spared = {LOG_OUT: bob, LEAVE: bob} | {f"{method} {LOG_IN}": carol for method in ("GET", "DELETE")}
        return World(authorization(alice), {name: authorization(who) for name, who in spared.items()}, ids)


def authorization(client: httpx.Client) -> dict[str, str]:
    return {"Authorization": client.headers["Authorization"]}


def operations() -> list[str]:
    """`METHOD path` of every operation of the document."""
    document = yaml.safe_load((settings.BASE_DIR / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
    return [f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods]


def of_a_stranger(world: World) -> Settings:
    """400 may be said where a rule is that no schema can say."""
    return {name: {"checks": {"positive_data_acceptance": {"expected-statuses": WITH_400}}} for name in RULED}


def of_a_member(world: World) -> Settings:
    """And what would end the member's log-in is asked by somebody else."""
    found = of_a_stranger(world)
    for name, headers in world.spared.items():
        found.setdefault(name, {})["headers"] = dict(headers)
    return found


def of_an_owner(world: World) -> Settings:
    """And every operation with an id is given one that is the member's, so that it gets beyond 404."""
    found = of_a_member(world)
    for name in operations():
        for prefix, own in world.ids.items():
            if name.partition(" ")[2].startswith(prefix) or name == prefix:
                found.setdefault(name, {})["parameters"] = {"path.id": own}
    return found


def written(found: Settings) -> str:
    """Schemathesis's own file of settings."""
    tables = []
    for name, values in found.items():
        tables += ["[[operations]]", f'include-name = "{name}"']
        tables += [f"{key} = {toml(value)}" for key, value in values.items()]
    return "\n".join(tables)


def toml(value: Any) -> str:
    """A value as TOML has it: only objects are written otherwise than in JSON."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)
