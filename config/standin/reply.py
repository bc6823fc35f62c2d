"""One reply: its words, its ending, and the moments at which each is sent; knows no HTTP."""

from collections.abc import Iterator
from itertools import pairwise
from math import ceil

from config.standin import texts, wire
from config.standin.request import Body, texts_by_role
from config.standin.script import Pace, Script, timing

ECHO_CHARS = 200
# Two parts of a split character must not meet again in one packet.
SPLIT_SECONDS = 0.005
REFUSAL = "I'm sorry, but I can't help with that."

Moment = tuple[float, bytes]


class Reply:
    """What the script makes of one request: all its chunks and when they are due."""

    def __init__(self, body: Body, question: str, script: Script, pace: Pace) -> None:
        self.body = body
        self.script = script
        self.words = self.chosen_words(question, pace)
        self.timing = timing(script, pace, len(self.words))
        self.middle = ceil(len(self.words) / 2)
        if script.keys() & {"cut", "error", "filter"}:
            self.words = self.words[: self.middle]
        self.is_cut = "cut" in script

    def chosen_words(self, question: str, pace: Pace) -> tuple[str, ...]:
        if self.script.keys() & {"empty", "refuse"}:
            return ()
        if "echo" in self.script:
            text = wire.encoded(self.body).decode()
            bounds = pairwise([*range(0, len(text), ECHO_CHARS), len(text)])
            return tuple(text[start:end] for start, end in bounds)
        count = self.script.get("words", pace.words)
        system_prompt = "\n".join(texts_by_role(self.body, "system", "developer"))
        return texts.reply_words(
            korean=texts.is_korean(system_prompt, question),
            quote=texts.quoted(question),
            emoji="emoji" in self.script,
            count=None if count is None else int(count),
        )

    @property
    def text(self) -> str:
        return "".join(self.words)

    @property
    def seconds(self) -> float:
        """How long it takes in all."""
        return self.timing.whole(len(self.words))

    @property
    def finish_reason(self) -> str | None:
        if "nofinish" in self.script:
            return None
        if "filter" in self.script:
            return "content_filter"
        return "length" if "length" in self.script else "stop"

    @property
    def error(self) -> Body:
        return wire.scripted_error(500, secret="secret" in self.script)

    @property
    def message(self) -> dict[str, str | None]:
        """The message of an answer in one piece."""
        if "refuse" in self.script:
            return {"content": None, "refusal": REFUSAL}
        return {"content": self.text, "refusal": None}

    def moments(self, chunks: wire.Chunks) -> Iterator[Moment]:
        """All of the stream but its ending: seconds after the question, and what is sent then."""
        moments = self.whole_moments(chunks)
        return split(moments) if "split" in self.script else moments

    def whole_moments(self, chunks: wire.Chunks) -> Iterator[Moment]:
        at = self.timing.first_word
        yield at, chunks.delta({"role": "assistant", "content": ""})
        if "refuse" in self.script:
            yield at, chunks.delta({"refusal": REFUSAL})
        for number, word in enumerate(self.words, start=1):
            yield at, chunks.word(word)
            at += self.timing.between_words
            if number == self.middle:
                at += self.timing.pause
                if "garbage" in self.script:
                    yield at, b'data: {"id": "chatcmpl-", "choices": [{"ind\n\n'

    def ending(self, chunks: wire.Chunks) -> bytes:
        """What follows the last word."""
        if "error" in self.script:
            return b"data: " + wire.encoded(self.error) + b"\n\n" + wire.DONE
        return chunks.ending(self.finish_reason, self.text)


def split(moments: Iterator[Moment]) -> Iterator[Moment]:
    """The same bytes, each chunk cut after the first byte of its first character beyond ASCII."""
    for at, payload in moments:
        cut = next((index for index, byte in enumerate(payload) if byte > 127), None)
        if cut is None:
            yield at, payload
        else:
            yield at, payload[: cut + 1]
            yield at + SPLIT_SECONDS, payload[cut + 1 :]
