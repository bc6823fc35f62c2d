"""`python -m bench.filling 300|readers|busy`: makes members and prints as JSON what they need."""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import django

PASSWORD = "a quiet harbour"
LONG_LISTS = (1_000, 100_000)  # conversations of one member
LONG_TALKS = (10, 1_000)  # messages of one conversation
ASKING, TALKS_EACH = 64, 60  # clients of the closed loop; each conversation is asked once: transcripts would grow
LOGINS = 8
ROWS_AT_ONCE = 5_000
BEGAN, MINUTE = datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=1)


def members(count: int, **fields: Any) -> tuple[list[Any], list[str]]:
    """New members who are logged in, and an access token of each."""
    from django.utils import timezone

    from accounts import tokens
    from accounts.models import Session, User

    made = User.objects.bulk_create([User(nickname=f"Member {number}", **fields) for number in range(count)])
    expires = timezone.now() + timedelta(days=1)
    sessions = Session.objects.bulk_create([Session(user=user, expires_at=expires) for user in made])
    return made, [tokens.token_pair(session)["access"] for session in sessions]


def talks(member: Any, count: int) -> list[Any]:
    """So many empty conversations with the free chat, a minute apart."""
    from chat.models import Assistant, Conversation

    version = Assistant.objects.get(slug="free-chat").current
    made: list[Conversation] = []
    for first in range(0, count, ROWS_AT_ONCE):
        numbers = range(first, min(first + ROWS_AT_ONCE, count))
        times = [BEGAN + number * MINUTE for number in numbers]
        made += Conversation.objects.bulk_create(
            Conversation(owner=member, version=version, title=f"Talk {at}", created_at=at, last_message_at=at)
            for at in times
        )
    return made


def spoken(member: Any, count: int) -> str:
    """A conversation of so many messages; its id."""
    from chat.models import Message

    talk = talks(member, 1)[0]
    said = [Message(conversation=talk, role="user", position=n, content="How is Busan? " * 5) for n in range(count)]
    for message in said[1::2]:
        message.role, message.status, message.question = "assistant", "complete", said[message.position - 1]
    Message.objects.bulk_create(said)
    talk.last_position = count
    talk.save()
    return str(talk.id)


def accounts() -> list[str]:
    """Members with a password; their e-mail addresses."""
    from accounts.models import User

    emails = [f"member{number}@example.com" for number in range(LOGINS)]
    for email in emails:
        User.objects.create_user(email, PASSWORD, nickname="Member")
    return emails


def askers(count: int) -> list[list[str]]:
    """So many new members with an empty conversation: token and conversation of each."""
    made, tokens = members(count)
    return [[token, str(talks(member, 1)[0].id)] for member, token in zip(made, tokens, strict=True)]


def readers() -> dict[str, Any]:
    """Who has long lists and long talks, and who logs in."""
    owners, tokens = members(len(LONG_LISTS) + 1)
    lists = {
        str(count): {"token": token, "middle": talks(owner, count)[count // 2].last_message_at.isoformat()}
        for owner, token, count in zip(owners, tokens, LONG_LISTS, strict=False)
    }
    spoken_by_last = {str(count): [tokens[-1], spoken(owners[-1], count)] for count in LONG_TALKS}
    return {"lists": lists, "talks": spoken_by_last, "logins": accounts()}


def busy() -> list[list[Any]]:
    """Who asks in a closed loop: token and conversations of each."""
    made, tokens = members(ASKING, daily_limit=100_000)
    return [
        [token, [str(talk.id) for talk in talks(member, TALKS_EACH)]]
        for member, token in zip(made, tokens, strict=True)
    ]


def main(wanted: str) -> None:
    """One line of JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from chat.assistants import catalogue

    catalogue.load()
    made = {"readers": readers, "busy": busy}.get(wanted)
    print(json.dumps(made() if made else askers(int(wanted))))


if __name__ == "__main__":
    main(sys.argv[1])
