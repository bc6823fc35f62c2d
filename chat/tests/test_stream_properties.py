"""Server-sent events survive whatever the network and the model do to them; tried by hypothesis."""

import json
import logging
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.chunks import LINE_MAX_BYTES, UNSTORABLE, Answer, ProviderFailure
from chat.streams import Event

bounded: Callable[[Any], Any] = settings(max_examples=200, derandomize=True, deadline=None, database=None)


@pytest.fixture(scope="module", autouse=True)
def _unheard() -> Iterator[None]:
    """What the provider's log says of made-up errors may look like anything, a secret too."""
    logging.getLogger("haru.provider").disabled = True
    yield
    logging.getLogger("haru.provider").disabled = False


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The bytes in pieces, cut at so many places."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def read(pieces: list[bytes]) -> list[bytes]:
    answer, datas = Answer(), []
    for piece in pieces:
        if not answer.is_over:
            datas += answer.events(piece)
    return datas


@bounded
@given(
    st.lists(json_values, max_size=5), st.lists(st.integers(0, 10_000), max_size=12), st.sampled_from(["\n", "\r\n"])
)
def test_the_models_events_are_the_same_wherever_they_are_cut(values: list[Any], places: list[int], end: str) -> None:
    sent = [json.dumps(value).encode() for value in values]
    wire = b"".join(b"data: " + data + (end * 2).encode() for data in sent)
    done = f"data: [DONE]{end}{end}data: 1{end}".encode()
    assert read(cut(wire + done, places)) == sent


@bounded
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_noise_is_read_the_same_wherever_it_is_cut(noise: bytes, places: list[int]) -> None:
    assert read(cut(noise, places)) == read([noise])


@bounded
@given(
    st.lists(
        json_values
        | st.fixed_dictionaries(
            {},
            optional={
                "choices": json_values
                | st.lists(
                    st.fixed_dictionaries(
                        {},
                        optional={
                            "delta": json_values
                            | st.dictionaries(st.sampled_from(["content", "refusal", "role"]), json_values),
                            "finish_reason": json_values,
                        },
                    ),
                    max_size=2,
                ),
                "usage": json_values
                | st.dictionaries(st.sampled_from(["prompt_tokens", "completion_tokens"]), json_values),
                "error": json_values,
            },
        ),
        max_size=4,
    )
)
def test_a_chunk_of_any_shape_is_text_or_a_failure_that_the_writer_knows(chunks: list[Any]) -> None:
    answer = Answer()
    try:
        for chunk in chunks:
            text = answer.read(json.dumps(chunk).encode())
            assert isinstance(text, str)
            assert not UNSTORABLE.search(text)
        finish = answer.finish()
    except (ValueError, ProviderFailure):
        return
    assert finish.reason
    assert not UNSTORABLE.search(finish.reason)
    for tokens in (finish.tokens_input, finish.tokens_output):
        assert tokens is None or 0 <= tokens <= 10**9


@bounded
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.lists(st.integers(0, 10_000), max_size=8))
def test_text_that_a_model_cut_within_a_character_comes_out_whole(text: str, places: list[int]) -> None:
    """Some servers cut a character above U+FFFF into two chunks, a lone surrogate in each."""
    halves = [
        text.encode("utf-16-le")[at : at + 2].decode("utf-16-le", "surrogatepass")
        for at in range(0, 2 * units(text), 2)
    ]
    edges = [0, *sorted(place % (len(halves) + 1) for place in places), len(halves)]
    answer = Answer()
    answer.has_text = True  # blanks before the first word are no words
    parts = [
        answer.read(json.dumps({"choices": [{"delta": {"content": "".join(halves[start:end])}}]}).encode())
        for start, end in pairwise(edges)
    ]
    assert "".join(parts) == text.replace("\x00", "")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@bounded
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.integers(0, 10**6))
def test_an_event_of_ours_is_three_lines_and_an_empty_one(text: str, position: int) -> None:
    wire = Event("delta", position, {"text": text}).encode().decode()
    assert wire.endswith("\n\n")
    name, number, data = wire[:-2].split("\n")
    assert (name, number) == ("event: delta", f"id: {position}")
    assert json.loads(data.removeprefix("data: ")) == {"text": text}
    assert "\r" not in wire


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    read([b"data: 1\n", b"x" * LINE_MAX_BYTES, b"\n"])
    with pytest.raises(ValueError, match="without an end"):
        read([b"data: 1\n", b"x" * (LINE_MAX_BYTES // 2), b"x" * LINE_MAX_BYTES])


def test_a_chunk_that_is_nested_too_deeply_is_garbage_like_any_other() -> None:
    with pytest.raises(ValueError, match="shape"):
        Answer().read(b"[" * 200_000)
