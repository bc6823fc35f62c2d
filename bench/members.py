"""`python -m bench.members N`: makes N members who are logged in and prints an access token of each, a line each."""

import os
import sys

import django


def main(count: int) -> None:
    """Members without a password, in two statements; the database must be migrated."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from datetime import timedelta

    from django.utils import timezone

    from accounts import tokens
    from accounts.models import Session, User
    from chat.assistants import catalogue

    catalogue.load()
    users = User.objects.bulk_create([User(nickname=f"Member {number}") for number in range(count)])
    expires = timezone.now() + timedelta(days=1)
    sessions = Session.objects.bulk_create([Session(user=user, expires_at=expires) for user in users])
    for session in sessions:
        print(tokens.token_pair(session)["access"])


if __name__ == "__main__":
    main(int(sys.argv[1]))
