"""What the model gets to see of a conversation, and what is left out when it is long."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from chat.models import Message

BYTES_PER_TOKEN = 3  # of UTF-8; fits Korean, a little high for English
MESSAGE_OVERHEAD_TOKENS = 4  # role and separators, by OpenAI's own account
LEARNED_BOUNDS = (0.3, 2.0)  # how far a provider's count may move our estimate


@dataclass(frozen=True)
class Transcript:
    """Messages `{role, content}` for the model; `trimmed` says that older turns were left out."""

    messages: list[dict[str, str]]
    trimmed: bool


@dataclass(frozen=True)
class Turn:
    """A question and its reply, as the model saw them; a reply without words is left out."""

    question: str
    reply: str = ""
    tokens_input: int | None = None  # what the provider counted for everything up to the question

    def messages(self) -> list[dict[str, str]]:
        said = [{"role": "user", "content": self.question}]
        return [*said, {"role": "assistant", "content": self.reply}] if self.reply else said


def estimate(texts: Iterable[str]) -> float:
    """Tokens of some texts, by their bytes: a tokenizer of every model is not at hand."""
    return sum(len(text.encode()) / BYTES_PER_TOKEN + MESSAGE_OVERHEAD_TOKENS for text in texts)


def turns_of(messages: Iterable[Message], *, has_form: bool) -> list[Turn]:
    """The turns so far, oldest first; a question that got no words is dropped, unless it is the form."""
    asked: dict[object, Message] = {}
    turns: dict[object, Turn] = {}
    for message in messages:
        if message.role == Message.Role.USER:
            asked[message.id] = message
            if has_form and len(asked) == 1:
                turns[message.id] = Turn(message.prompt)
        elif message.content and (question := asked.get(message.question_id)):
            counted = None if message.transcript_trimmed else message.tokens_input
            turns[question.id] = Turn(question.prompt or question.content, message.content, counted)
    return list(turns.values())


def learned_factor(system: str, turns: list[Turn]) -> float:
    """How the provider's last count compares with our estimate of the same; 1 where there is none."""
    for index in range(len(turns) - 1, -1, -1):
        if counted := turns[index].tokens_input:
            seen = [text for turn in turns[:index] for text in (turn.question, turn.reply) if text]
            guess = estimate([system, *seen, turns[index].question])
            return min(max(counted / guess, LEARNED_BOUNDS[0]), LEARNED_BOUNDS[1])
    return 1.0


def build(system: str, earlier: Iterable[Message], question: str, *, has_form: bool) -> Transcript:
    """System prompt, the first form, as many of the newest turns as `TRANSCRIPT_MAX_TOKENS` allows, the question."""
    turns = turns_of(earlier, has_form=has_form)
    factor = learned_factor(system, turns)
    form, rest = (turns[:1], turns[1:]) if has_form else ([], turns)
    always = [system, question, *(text for turn in form for text in (turn.question, turn.reply))]
    left = settings.TRANSCRIPT_MAX_TOKENS - estimate(always) * factor
    kept: list[Turn] = []
    for turn in reversed(rest):
        left -= estimate([turn.question, turn.reply]) * factor
        if left < 0:
            break
        kept.insert(0, turn)
    said = [message for turn in [*form, *kept] for message in turn.messages()]
    messages = [{"role": "system", "content": system}, *said, {"role": "user", "content": question}]
    return Transcript(messages, trimmed=len(kept) < len(rest))
