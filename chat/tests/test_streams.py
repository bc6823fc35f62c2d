"""Following a reply, without a database: no character twice or missing, from any place, to its last event."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

import pytest

from chat import streams
from chat.streams import Delta, Event, Follower, LiveReply, Step, follow, sse

TEXT = "가나🙂 abc\n끝"
DONE = Event("done", len(TEXT) + 1, {"reply": {}})


def reader() -> Follower:
    return Follower(member=uuid4(), login=uuid4())


async def collect(live: LiveReply, after: int = 0, who: Follower | None = None) -> list[Step]:
    return [event async for event in follow(live, who or reader(), after=after)]


def texts(found: list[Step]) -> str:
    return "".join(event.text for event in found if isinstance(event, Delta))


async def write(live: LiveReply) -> None:
    for character in TEXT:
        live.grow(character)
        await asyncio.sleep(0)
    live.end(DONE)


def run(scenario: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(scenario)


@pytest.mark.parametrize("after", range(len(TEXT) + 1))
def test_from_any_character_the_rest_comes_once(after: int) -> None:
    async def scenario() -> list[Step]:
        live = LiveReply(uuid4())
        following = asyncio.create_task(collect(live, after))
        await write(live)
        return await following

    found = run(scenario())
    assert texts(found) == TEXT[after:]
    assert found[-1] is DONE


def test_the_first_word_goes_out_at_once_and_what_follows_it_goes_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "TOGETHER_SECONDS", 0.1)

    async def scenario() -> tuple[list[Step], list[float]]:
        loop, live = asyncio.get_running_loop(), LiveReply(uuid4())
        following = follow(live, reader())
        asked, began = asyncio.ensure_future(anext(following)), loop.time()
        await asyncio.sleep(0)
        live.grow("one")
        found, waited = [await asked], [loop.time() - began]
        for word in (" two", " three"):
            asked = asyncio.ensure_future(anext(following)) if asked.done() else asked
            await asyncio.sleep(0)
            live.grow(word)
        found.append(await asked)
        waited.append(loop.time() - began)
        asked = asyncio.ensure_future(anext(following))
        await asyncio.sleep(0)
        live.grow(" four")  # this loop ends before its turn comes
        return found, waited

    for _ in range(2):  # on a loop after another too
        found, (first, second) = run(scenario())
        assert found == [Delta(3, "one"), Delta(13, " two three")]
        assert first < 0.1 <= second < streams.KEEP_ALIVE_SECONDS / 2


def test_after_the_last_id_the_last_event_is_repeated() -> None:
    async def scenario() -> list[Step]:
        live = LiveReply(uuid4(), TEXT)
        live.end(DONE)
        return await collect(live, DONE.id)

    assert run(scenario()) == [DONE]


def test_many_followers_see_the_same() -> None:
    async def scenario() -> list[list[Step]]:
        live = LiveReply(uuid4())
        following = [asyncio.create_task(collect(live)) for _ in range(50)]
        await write(live)
        return await asyncio.gather(*following)

    assert {texts(found) for found in run(scenario())} == {TEXT}


def test_a_deleted_reply_ends_without_a_last_event() -> None:
    async def scenario() -> list[Step]:
        live = LiveReply(uuid4(), "ab")
        live.end(None)
        return await collect(live)

    assert run(scenario()) == [Delta(2, "ab")]


def test_a_follower_who_is_shown_the_door_leaves_without_a_last_event() -> None:
    async def scenario() -> list[Step]:
        live, one, other = LiveReply(uuid4(), "ab"), reader(), reader()
        tasks = [asyncio.create_task(collect(live, who=who)) for who in (one, other)]
        await asyncio.sleep(0)
        one.close()
        assert await tasks[0] == [Delta(2, "ab")]
        assert (one.has_left, other.has_left) == (True, False)
        live.end(DONE)
        return await tasks[1]

    assert run(scenario()) == [Delta(2, "ab"), DONE]


def test_silence_is_filled_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE_SECONDS", 0.01)

    async def scenario() -> list[bytes]:
        live, found = LiveReply(uuid4()), []
        async with asyncio.timeout(30):
            async for part in sse(follow(live, reader())):
                found.append(part)
                if len(found) == 3:
                    live.end(DONE)
        return found

    *comments, last = run(scenario())
    assert comments == [b": keep-alive\n\n"] * 3
    assert last == DONE.encode() == b'event: done\nid: 10\ndata: {"reply":{}}\n\n'


@pytest.mark.parametrize("text", ["a\r\n\n\u2028b", '"\\"', "가🙂\x01\x7f", ""])
def test_whatever_the_text_an_event_is_three_lines_of_json(text: str) -> None:
    encoded = Delta(3, text).encode()
    assert encoded == Event("delta", 3, {"text": text}).encode()
    name, position, data, *rest = encoded.decode().split("\n")
    assert (name, position, rest) == ("event: delta", "id: 3", ["", ""])
    assert json.loads(data.removeprefix("data: ")) == {"text": text}
    assert "\r" not in data
