"""What each script word makes the stand-in do, as the real `openai` library sees it; no Django."""

import asyncio
import json
from itertools import pairwise

import openai
import pytest

from config.standin.script import Pace
from config.tests.hearing import Heard, answered, listen, served, streamed


def test_a_reply_says_in_korean_that_it_is_a_stand_ins() -> None:
    heard = streamed("부산 여행 어때?", pace=Pace(seconds=0, first_word_seconds=0))
    assert heard.finish_reason == "stop"
    assert all(word in heard.text for word in ("연습용", "OPENAI_API_KEY", "OPENAI_BASE_URL", "🌱"))
    assert "부산 여행 어때?" in heard.text
    assert 40 <= len(heard.text.split()) <= 80


def test_an_english_question_is_answered_in_english() -> None:
    heard = streamed("How is Busan?", pace=Pace(seconds=0, first_word_seconds=0))
    assert "stand-in" in heard.text
    assert "대역" not in heard.text
    assert 40 <= len(heard.text.split()) <= 85


def test_an_assistant_that_always_speaks_english_answers_korean_in_english() -> None:
    system = "당신은 고양이입니다. You must always answer in English."
    assert streamed("안녕", system).text.startswith("## A practice answer")


def test_an_assistant_that_follows_the_persons_language_answers_korean_in_korean() -> None:
    system = "Always answer in the language of the person, Korean or English."
    assert streamed("안녕", system).text.startswith("## 연습용")


def test_without_stream_the_same_text_comes_in_one_piece() -> None:
    whole = answered("hi")
    assert whole.choices[0].message.content == streamed("hi").text
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage is not None


def test_words_come_one_by_one_at_the_asked_pace() -> None:
    heard = streamed("[[words=5]] [[over=1]]")
    assert len(heard.text.split()) == 5
    assert 0.7 < heard.seconds[-1] < 30
    words = list(zip(heard.choices, heard.seconds, strict=False))[1:6]  # behind the role
    assert [len(choice.delta.content.split()) for choice, _ in words] == [1] * 5
    assert all(at > 0.2 * number - 0.01 for number, (_, at) in enumerate(words))
    _, *others = sorted(later - earlier for (_, earlier), (_, later) in pairwise(words))
    assert min(others) > 0.1  # a late word delays no other, so the next one follows closely


def test_the_first_word_waits_for_the_stall() -> None:
    assert streamed("[[stall=0.3]]").seconds[0] >= 0.3


def test_the_middle_is_silent_for_the_pause() -> None:
    heard = streamed("[[pause=1]]")
    assert heard.seconds[0] < 1 <= heard.seconds[-1]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_a_call_fails_with_the_asked_status(status: int, kind: type[openai.APIStatusError]) -> None:
    error = streamed(f"[[fail={status}]]").error
    assert isinstance(error, kind)
    assert error.status_code == status
    assert error.response.headers.get("retry-after") == ("1" if status == 429 else None)


def test_a_secret_stands_in_the_error_only_when_asked_for() -> None:
    assert "sk-upstream-secret" in str(streamed("[[fail=500]] [[secret]]").error)
    assert "sk-upstream-secret" not in str(streamed("[[fail=500]]").error)
    assert "sk-upstream-secret" in str(streamed("[[error]] [[secret]]").error)


def test_failfirst_fails_once_a_message() -> None:
    async def run() -> list[Heard]:
        questions = ["[[failfirst=500]] a", "[[failfirst=500]] a", "[[failfirst=500]] b"]
        async with served() as (client, _):
            return [await listen(client, question) for question in questions]

    first, second, other = asyncio.run(run())
    assert isinstance(first.error, openai.InternalServerError)
    assert second.finish_reason == "stop"
    assert isinstance(other.error, openai.InternalServerError)


def test_a_cut_ends_the_connection_after_some_words() -> None:
    heard = streamed("[[cut]]")
    assert heard.error is not None
    assert len(heard.text.split()) == 4
    assert heard.finish_reason is None


def test_nofinish_ends_without_a_finish_reason() -> None:
    heard = streamed("[[nofinish]]")
    assert heard.error is None
    assert len(heard.text.split()) == 8
    assert heard.finish_reason is None


def test_garbage_is_no_json() -> None:
    heard = streamed("[[garbage]]")
    assert isinstance(heard.error, json.JSONDecodeError)
    assert len(heard.text.split()) == 4


def test_an_error_inside_the_stream_comes_after_some_words() -> None:
    heard = streamed("[[error]]")
    assert isinstance(heard.error, openai.APIError)
    assert len(heard.text.split()) == 4


def test_a_refusal_is_no_content() -> None:
    heard = streamed("[[refuse]]")
    assert heard.text == ""
    assert any(choice.delta.refusal for choice in heard.choices)
    assert heard.finish_reason == "stop"
    assert answered("[[refuse]]").choices[0].message.refusal


@pytest.mark.parametrize(
    ("word", "reason", "words"),
    [("filter", "content_filter", 4), ("length", "length", 8), ("empty", "stop", 0)],
)
def test_a_reply_finishes_for_the_asked_reason(word: str, reason: str, words: int) -> None:
    for heard in (streamed(f"[[{word}]]"), streamed(f"[[{word}]] 안녕")):
        assert (heard.finish_reason, len(heard.text.split())) == (reason, words)
    assert answered(f"[[{word}]]").choices[0].finish_reason == reason


def test_emoji_and_characters_cut_on_the_wire_arrive_whole() -> None:
    whole = streamed("[[emoji]] [[words=12]]").text
    assert "👩‍👩‍👧‍👦" in whole
    assert streamed("[[emoji]] [[words=12]] [[split]]").text == whole


def test_echo_gives_back_the_request() -> None:
    heard = streamed("[[echo]] 하루 " + "x" * 500, "Be kind.", max_completion_tokens=50)
    body = json.loads(heard.text)
    assert body["messages"][0] == {"role": "system", "content": "Be kind."}
    assert body["messages"][1]["content"].startswith("[[echo]] 하루 ")
    assert body["max_completion_tokens"] == 50
