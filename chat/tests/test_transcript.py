"""What the model gets to see: system prompt and first form always, then as many of the newest turns as fit."""

from typing import Any
from uuid import uuid4

import pytest

from chat.models import Message
from chat.transcript import build, estimate


def turn(question: str, reply: str, *, prompt: str = "", tokens_input: int | None = None) -> list[Message]:
    asked = Message(id=uuid4(), role="user", content=question, prompt=prompt)
    return [
        asked,
        Message(role="assistant", question_id=asked.id, content=reply, status="complete", tokens_input=tokens_input),
    ]


def contents(built: Any) -> list[str]:
    return [message["content"] for message in built.messages]


def test_a_short_conversation_is_seen_whole() -> None:
    built = build("system", [*turn("q1", "a1"), *turn("q2", "a2")], "q3", has_form=False)
    assert contents(built) == ["system", "q1", "a1", "q2", "a2", "q3"]
    assert [message["role"] for message in built.messages] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert not built.trimmed


def test_a_long_one_loses_its_oldest_turns(settings: Any) -> None:
    settings.TRANSCRIPT_MAX_TOKENS = 1000
    turns = [message for number in range(10) for message in turn(f"q{number}", "word " * 120)]
    built = build("system", turns, "now", has_form=False)
    assert built.trimmed
    assert contents(built)[0] == "system"
    assert contents(built)[-1] == "now"
    assert "q9" in contents(built)
    assert "q0" not in contents(built)
    assert estimate(contents(built)) <= 1000


def test_the_first_form_and_its_answer_are_never_left_out(settings: Any) -> None:
    settings.TRANSCRIPT_MAX_TOKENS = 700
    turns = turn("", "the plan", prompt="the form") + [m for n in range(9) for m in turn(f"q{n}", "word " * 120)]
    built = build("system", turns, "now", has_form=True)
    assert contents(built)[:3] == ["system", "the form", "the plan"]
    assert built.trimmed


def test_a_question_that_got_no_words_is_left_out_but_for_the_form() -> None:
    turns = [*turn("", "", prompt="the form"), *turn("failed", ""), *turn("q", "a")]
    assert contents(build("s", turns, "now", has_form=True)) == ["s", "the form", "q", "a", "now"]
    assert contents(build("s", turns[2:], "now", has_form=False)) == ["s", "q", "a", "now"]


def test_the_providers_count_teaches_the_estimate(settings: Any) -> None:
    guess = round(estimate(["system", "word " * 300]))
    settings.TRANSCRIPT_MAX_TOKENS = 800
    untaught = build("system", turn("word " * 300, "word " * 200), "now", has_form=False)
    taught = build("system", turn("word " * 300, "word " * 200, tokens_input=guess // 2), "now", has_form=False)
    assert untaught.trimmed
    assert not taught.trimmed


def test_korean_is_not_taken_for_short() -> None:
    assert estimate(["가" * 300]) >= 300


@pytest.mark.parametrize("counted", [1, 10**9])
def test_an_absurd_count_moves_the_estimate_within_bounds(settings: Any, counted: int) -> None:
    settings.TRANSCRIPT_MAX_TOKENS = 10_000
    built = build("system", turn("q", "a", tokens_input=counted), "now", has_form=False)
    assert contents(built) == ["system", "q", "a", "now"]
