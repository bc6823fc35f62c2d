"""What must hold after a run, read from the rows, the book, the model's own figures and what members saw."""

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.db import connection
from django.db.models import Count, Q

from accounts import tokens
from accounts.models import Session, User
from chat import book
from chat.models import DailyUsage, Message, Reservation
from chat.tests.chaos.members import Member, Seen
from chat.tests.chaos.world import World
from config.standin import texts
from config.standin.script import parsed

RECOVERED_SECONDS = 60  # leases of 30 s, and a look at them each 5 s
BEHIND_SECONDS = 3.0  # a second between two writings, and what a machine full of other work adds to it
LOG_LINES = 40


def made_members(count: int, seed: int) -> list[Member]:
    """Members with a log-in each; their hosts are not known yet."""
    users = User.objects.bulk_create(User(nickname=f"Member {number}") for number in range(count))
    return [
        Member(number, tokens.token_pair(Session.begin(user, device="chaos"))["access"], [], seed)
        for number, user in enumerate(users)
    ]


def wait_for_the_last() -> None:
    """Until nothing is being written, or it should have been recovered by now."""
    connection.close()  # the one of before the faults
    deadline = time.monotonic() + RECOVERED_SECONDS
    while Message.objects.writing().exists() and time.monotonic() < deadline:
        time.sleep(0.2)


@dataclass
class Verdict:
    """Figures to print, and a sentence for everything that did not hold."""

    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def report(self, log: Path) -> str:
        lines = [f"{name:>28}  {value}" for name, value in self.figures.items()]
        if self.faults:
            said = [line for line in log.read_text(errors="replace").splitlines() if '"INFO"' not in line]
            lines += ["", *said[-LOG_LINES:], "", *self.faults[:40]]
        return "\n".join([*lines, f"{'did not hold':>28}  {len(self.faults)}"])


def judge(members: list[Member], world: World, model: str, wanted: int) -> Verdict:
    """The whole judgement."""
    verdict = Verdict()
    replies = list(Message.objects.filter(role=Message.Role.ASSISTANT).select_related("question"))
    seen = {reply_id: one for member in members for reply_id, one in member.seen.items()}
    calls = httpx.get(model.removesuffix("/v1") + "/calls").json()
    states = Counter(Reservation.objects.values_list("state", flat=True))
    verdict.figures = {
        "faults": dict(Counter(name for _, name in world.faults)),
        "accepted": sum(states.values()),
        "replies that stand": dict(Counter(reply.error_code or reply.status for reply in replies)),
        "cut and come back": sum(len(one.cut_at) for one in seen.values()),
        "refused at the limit": sum(member.refused for member in members),
        "requests": dict(states),
        "calls of the model": calls["started"],
        "most words lost by a kill": f"{max([behind(one) for one in seen.values()], default=0):.1f} s",
    }
    verdict.faults += world.lost
    verdict.faults += [fault for member in members for fault in member.surprises]
    verdict.faults += [f"Reply {reply.id} is still {reply.status}." for reply in replies if reply.status == "writing"]
    verdict.faults += [f"Reply {reply.id} is not what the model sent." for reply in replies if not is_true(reply)]
    verdict.faults += [fault for differences in book.PARTS.values() for fault in differences()]
    verdict.faults += over_the_limit()
    verdict.faults += [
        f"Reply {reply_id} lacks {behind(one):.1f} s of words that its reader had."
        for reply_id, one in seen.items()
        if behind(one) > BEHIND_SECONDS
    ]
    if sum(states.values()) < wanted:
        verdict.faults.append(f"Only {sum(states.values())} of {wanted} replies were accepted.")
    if not calls["started"] <= 2 * sum(states.values()):
        verdict.faults.append("The model was called more often than twice a reply.")
    return verdict


def over_the_limit() -> list[str]:
    """Members charged for more than the limit on a day, by requests and by sums."""
    charged = Count("reply_id", filter=~Q(state=Reservation.State.RELEASED))
    days = Reservation.objects.values("member_id", "day").annotate(charged=charged)
    limit = settings.DAILY_CHAT_LIMIT
    return [
        *(f"Member {row['member_id']} was charged {row['charged']}." for row in days if row["charged"] > limit),
        *(f"Member {day.member_id} used {day.used}." for day in DailyUsage.objects.filter(used__gt=limit)),
    ]


def is_true(reply: Message) -> bool:
    """Whether a complete reply is all that the model sent, and any other the beginning of it."""
    assert reply.question is not None
    script, quote = parsed(reply.question.content), texts.quoted(reply.question.content)
    count = int(script["words"]) if "words" in script else None
    for korean in (True, False):
        sent = "".join(texts.reply_words(korean=korean, quote=quote, emoji="emoji" in script, count=count))
        if reply.content == sent or (reply.status != Message.Status.COMPLETE and sent.startswith(reply.content)):
            return True
    return False


def behind(seen: Seen) -> float:
    """How many seconds of words that a reader had seen the kept text lacks."""
    kept = len(seen.reply.get("content", "")) if "data" in seen.last else len(seen.text)
    lost = [at for at, chars in seen.at if chars > kept]
    return lost[-1] - lost[0] if lost else 0.0
