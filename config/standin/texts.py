"""What the stand-in says, in Korean or English; neither protocol nor timing."""

import re
from functools import lru_cache
from itertools import cycle, islice

from config.standin.script import SCRIPT_WORD

QUOTE_MAX_CHARS = 40
HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
TAG = re.compile(r"</?[a-z_]+>")
MARKDOWN = re.compile(r"[`*_#|<>\[\]()\\]")
ENGLISH_ALONE = re.compile(r"\b(always|only|must)\b", re.IGNORECASE)
ENGLISH_ALONE_IN_KOREAN = re.compile(r"영어로만|(항상|언제나|반드시|오직)[^.]*영어")
OTHER_LANGUAGES = re.compile(r"Korean|한국어|language of|언어")
WORD = re.compile(r"\S+\s*")

KOREAN = """## 연습용 답변이에요 🌱

지금은 진짜 모델이 아니라 Haru에 들어 있는 **연습용 응답기**가 답하고 있어요. \
그래서 “{quote}”의 뜻은 알지 못하고, 답변이 한 마디씩 도착하는 모습만 그대로 보여 드려요.

진짜 답변을 받으려면 서버 운영자가 둘 중 하나를 설정하면 돼요.

- `OPENAI_API_KEY`: OpenAI의 모델을 쓸 때
- `OPENAI_BASE_URL`: Ollama나 vLLM으로 직접 띄운 모델을 쓸 때

서버를 다시 시작하면 이 안내는 사라지고 진짜 모델이 답해요. \
그때까지 화면을 마음껏 둘러보세요. 좋은 하루 보내세요! ☀️
"""
ENGLISH = """## A practice answer 🌱

No real model is at work: this is Haru's **offline stand-in**. \
It does not understand “{quote}”; it only shows how an answer arrives, word by word.

For real answers, whoever runs this server sets one of these:

- `OPENAI_API_KEY` for a model of OpenAI
- `OPENAI_BASE_URL` for your own model behind Ollama or vLLM

After a restart this notice is gone. Do look around. Have a good day! ☀️
"""
EMOJI = "👩‍👩‍👧‍👦 🇰🇷 🧑🏽‍🚀 ❤️‍🔥 하루 𝒳𝓎 é 각 漢字 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👍🏿 ☕️ "


def asks_for_english(system_prompt: str) -> bool:
    """Whether a sentence of the prompt wants English and nothing else."""
    for sentence in re.split(r"[.\n!]", system_prompt):
        in_english = "English" in sentence and ENGLISH_ALONE.search(sentence)
        if OTHER_LANGUAGES.search(sentence):
            continue
        if in_english or ENGLISH_ALONE_IN_KOREAN.search(sentence):
            return True
    return False


def is_korean(system_prompt: str, question: str) -> bool:
    """English for an assistant that always speaks it; else Korean wherever Hangul stands."""
    return not asks_for_english(system_prompt) and bool(HANGUL.search(system_prompt + question))


def quoted(question: str) -> str:
    """The question's first line, at most `QUOTE_MAX_CHARS`, without script words, tags and Markdown."""
    lines = MARKDOWN.sub("", TAG.sub("", SCRIPT_WORD.sub("", question))).strip().splitlines() or ["…"]
    line = " ".join(lines[0].split())
    return line if len(line) <= QUOTE_MAX_CHARS else line[: QUOTE_MAX_CHARS - 1] + "…"


@lru_cache(maxsize=256)
def reply_words(*, korean: bool, quote: str, emoji: bool, count: int | None) -> tuple[str, ...]:
    """The reply, each word with the space after it; repeated or cut to `count` words if given."""
    text = EMOJI * 5 if emoji else (KOREAN if korean else ENGLISH).replace("{quote}", quote)
    words = WORD.findall(text)
    if count is not None:
        words = list(islice(cycle(words), count))
    words[-1:] = [word.rstrip() for word in words[-1:]]
    return tuple(words)
