"""What a reply shall do: the `[[words]]` in the last question and its timing; no HTTP, no JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

SCRIPT_WORD = re.compile(r"\[\[([a-z]+)(?:=([0-9]{1,9}(?:\.[0-9]{1,3})?))?\]\]")

# A typo in a question must not hold a stream for a day.
LARGEST = {"stall": 3600.0, "pause": 3600.0, "over": 3600.0, "words": 20_000.0}
# About the speed of a fast model.
WORDS_PER_SECOND = 25

Script = Mapping[str, float]


def parsed(question: str) -> Script:
    """Each script word with its number, 1 where it has none: `{"stall": 5.0, "cut": 1.0}`."""
    found = {name: float(number or 1) for name, number in SCRIPT_WORD.findall(question)}
    return {name: min(number, LARGEST.get(name, number)) for name, number in found.items()}


def failure_status(number: float) -> int:
    """The HTTP status that `[[fail=…]]` asks for; 500 for a number that is no error status."""
    return int(number) if 400 <= number <= 599 else 500


@dataclass(frozen=True)
class Pace:
    """A reply's length and speed where its script says nothing; None leaves the text's own."""

    words: int | None = None
    seconds: float | None = None
    first_word_seconds: float = 0.2


@dataclass(frozen=True)
class Timing:
    """When a reply's words are sent, in seconds after the question."""

    first_word: float
    between_words: float
    pause: float

    def whole(self, words: int) -> float:
        """Seconds from the question to the last of so many words."""
        return self.first_word + self.between_words * words + self.pause


def timing(script: Script, pace: Pace, words: int) -> Timing:
    """The script's timing, else the pace's, else that of a fast model; an echo is sent at once."""
    usual = words / WORDS_PER_SECOND if pace.seconds is None else pace.seconds
    seconds = script.get("over", 0.0 if "echo" in script else usual)
    return Timing(
        first_word=script.get("stall", 0.0) + pace.first_word_seconds,
        between_words=seconds / max(words, 1),
        pause=script.get("pause", 0.0),
    )
