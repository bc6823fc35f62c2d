"""The last request of a day is one, however many try at once, on whatever host and by whatever way in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from accounts import tokens
from accounts.models import Session
from chat.models import DailyUsage
from chat.tests.asking import ask, new_conversation, stream
from chat.tests.processes import host, model

PASSWORD = "a quiet harbour"
SSE, LATER = {"Accept": "text/event-stream"}, {"Prefer": "respond-async"}
SHORT = {"content": "[[words=3]] [[over=0]] hi"}


def test_of_fifty_at_once_over_two_hosts_with_one_left_one_is_asked(alice: Any) -> None:
    with model() as address, host(OPENAI_BASE_URL=address) as one, host(OPENAI_BASE_URL=address) as other:
        conversations = [new_conversation(alice) for _ in range(50)]
        alice.user.daily_limit = 1
        alice.user.save(update_fields=["daily_limit"])

        def send(turn: tuple[int, str]) -> int:
            number, conversation = turn
            url = (one, other)[number % 2].url
            with httpx.Client(base_url=f"{url}/api/v1/", headers=alice.headers, timeout=60) as client:
                return ask(client, conversation).status_code

        with ThreadPoolExecutor(50) as pool:
            codes = list(pool.map(send, enumerate(conversations)))
        calls = httpx.get(address.removesuffix("/v1") + "/calls").json()
    assert sorted(codes) == [201] + [429] * 49
    assert calls["started"] == 1
    assert DailyUsage.objects.get().used == 1


def test_two_first_requests_at_once_make_one_row_of_the_day(alice: Any) -> None:
    conversations = [new_conversation(alice) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda conversation: ask(alice, conversation).status_code, conversations))
    assert codes == [201, 201]
    assert DailyUsage.objects.get().used == 2


def by_its_token(alice: Any) -> Any:
    return alice.headers["Authorization"]


def by_a_new_log_in(alice: Any) -> Any:
    answer = alice.post("accounts/login/", json={"email": "alice@example.com", "password": PASSWORD})
    return f"Bearer {answer.json()['access']}"


def by_a_refreshed_token(alice: Any) -> Any:
    refresh = tokens.token_pair(Session.begin(alice.user, device="phone"))["refresh"]
    return f"Bearer {alice.post('accounts/token/refresh/', json={'refresh': refresh}).json()['access']}"


@pytest.mark.parametrize("credential", [by_its_token, by_a_new_log_in, by_a_refreshed_token])
@pytest.mark.parametrize(
    "headers", [{}, SSE, LATER, {"Idempotency-Key": "another"}], ids=["json", "stream", "later", "key"]
)
@pytest.mark.parametrize("route", ["ask", "retry", "form"])
def test_none_left_is_none_left_through_every_way_in(
    member: Callable[..., Any], route: str, headers: dict[str, str], credential: Callable[[Any], Any]
) -> None:
    alice = member("Alice", daily_limit=1)
    conversation, other = new_conversation(alice), new_conversation(alice, "english-friend")
    reply = ask(alice, conversation).json()["reply"]["id"]
    sent: dict[str, tuple[str, Any]] = {
        "ask": (f"chat/conversations/{conversation}/messages/", SHORT),
        "retry": (f"chat/messages/{reply}/retry/", None),
        "form": (f"chat/conversations/{other}/messages/", {"inputs": {"friend": "bori"}}),
    }
    path, body = sent[route]
    answer = alice.post(path, json=body, headers=headers | {"Authorization": credential(alice)})
    assert (answer.status_code, answer.json()["code"]) == (429, "daily_limit_reached")
    assert DailyUsage.objects.get().used == 1


def test_the_same_is_left_on_every_way(member: Callable[..., Any]) -> None:
    alice = member("Alice", daily_limit=3)
    ask(alice, new_conversation(alice))
    stream(alice, new_conversation(alice))
    left = alice.get("chat/quota/")
    assert left.json()["remaining"] == 1
    assert left.headers["RateLimit"].startswith('"daily";r=1;')
