"""`python -m bench.crowd --database-url URL`: fills an empty PostgreSQL with a crowd, to see what stays quick in one.

100,000 members with 1,000,000 messages and 500,000 requests of 90 days take about two minutes: the rows are made by
the server itself, so none of them crosses the wire.
"""

import argparse
import os
import sys
import time

import django

MEMBERS, MESSAGES, DAYS = 100_000, 1_000_000, 90
MESSAGES_A_CONVERSATION = 8
# What the members said; a measurement may look for it on pages that must not hold it.
WORD = "jellyfish"

# What each statement makes; %(members)s, %(conversations)s, %(messages)s, %(days)s and %(word)s are given to all.
CROWD = {
    "members": """
        INSERT INTO accounts_user (id, password, is_superuser, email, nickname, is_active, is_staff, date_joined)
        SELECT gen_random_uuid(), '!', false, 'member' || n || '@example.com', '회원 ' || n, n %% 500 <> 0, false,
               now() - n * interval '5 minutes' FROM generate_series(1, %(members)s) n""",
    "numbers of members": """
        CREATE TEMPORARY TABLE crowd AS
        SELECT id, (row_number() OVER (ORDER BY id)) - 1 AS n FROM accounts_user WHERE NOT is_staff""",
    "log-ins": """
        INSERT INTO accounts_session (id, user_id, device, created_at, last_seen_at, expires_at, refresh_id)
        SELECT gen_random_uuid(), id, 'Chrome', seen - interval '3 days', seen, seen + interval '30 days',
               gen_random_uuid()
        FROM crowd, generate_series(0, 1) s,
             LATERAL (SELECT now() - (n + s * 40000) * interval '1 minute' AS seen) moment""",
    "social accounts": """
        INSERT INTO accounts_socialaccount (user_id, provider, uid, created_at)
        SELECT id, (ARRAY['kakao', 'github', 'google'])[1 + n %% 3], n::text, now() - n * interval '5 minutes'
        FROM crowd WHERE n %% 4 = 0""",
    "conversations": """
        INSERT INTO chat_conversation (id, owner_id, version_id, title, title_is_given, pinned, archived, created_at,
                                       last_message_at, last_position)
        SELECT gen_random_uuid(), crowd.id, (SELECT min(id) FROM chat_assistantversion), %(word)s || ' ' || c, false,
               false, false, now() - c * interval '1 minute', now() - c * interval '1 minute', 8
        FROM generate_series(1, %(conversations)s) c JOIN crowd ON crowd.n = c %% %(members)s""",
    "messages": """
        INSERT INTO chat_message (id, conversation_id, role, position, content, created_at, prompt, language, status,
                                  error_code, finish_reason, transcript_trimmed, model, rating, comment, stop_requested)
        SELECT gen_random_uuid(), id, CASE WHEN p %% 2 = 1 THEN 'user' ELSE 'assistant' END, p,
               repeat(%(word)s || ' ', 40), created_at, '', 'ko', CASE WHEN p %% 2 = 1 THEN '' ELSE 'complete' END,
               '', '', false, 'gpt-4o-mini', '', '', false
        FROM chat_conversation, generate_series(1, 8) p""",
    "requests": """
        INSERT INTO chat_reservation (reply_id, member_id, day, state, reason, created_at, settled_at, assistant, model,
                                      tokens_input, tokens_output, first_word_ms)
        SELECT gen_random_uuid(), crowd.id, current_date - (r %% %(days)s), CASE WHEN r %% 20 = 0 THEN 'released'
               ELSE 'charged' END, CASE WHEN r %% 20 = 0 THEN 'assistant_timeout' ELSE '' END, now(), now(),
               (ARRAY['free-chat', 'singapore-trip', 'cover-letter', 'date-course'])[1 + r %% 4], 'gpt-4o-mini',
               500 + r %% 1000, 200 + r %% 500, 200 + r %% 5000
        FROM generate_series(1, %(messages)s / 2) r JOIN crowd ON crowd.n = (r::bigint * 7919) %% %(members)s""",
    "days of members": """
        INSERT INTO chat_dailyusage (member_id, day, used, attempts, extra)
        SELECT member_id, day, count(*) FILTER (WHERE state = 'charged'), count(*), 0
        FROM chat_reservation GROUP BY member_id, day""",
    "reports": """
        INSERT INTO chat_report (id, conversation_id, reply_id, question, reply, comment, created_at, state)
        SELECT gen_random_uuid(), id, gen_random_uuid(), repeat('question ', 50), repeat('reply ', 300), 'comment',
               created_at, (ARRAY['new', 'working', 'closed'])[1 + (row_number() OVER ()) %% 3]
        FROM chat_conversation LIMIT 20000""",
    "figures of tables": "ANALYZE",
}


def make(members: int, messages: int) -> None:
    """The crowd, in a database that is migrated and otherwise empty; says on stderr what it made."""
    from django.db import connection

    from chat.assistants import catalogue

    catalogue.load()
    given: dict[str, str | int] = {"members": members, "messages": messages, "days": DAYS, "word": WORD}
    given["conversations"] = messages // MESSAGES_A_CONVERSATION
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET synchronous_commit = off")
        for what, statement in CROWD.items():
            began = time.monotonic()
            cursor.execute(statement, given)
            print(f"{cursor.rowcount:>10,}  {what} ({time.monotonic() - began:.1f} s)", file=sys.stderr, flush=True)
        cursor.execute("RESET statement_timeout; RESET synchronous_commit")


def is_there() -> bool:
    """Whether a crowd was made in this database before."""
    from accounts.models import User

    return User.objects.filter(email="member1@example.com").exists()


def sized(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """With the options of a crowd's size."""
    parser.add_argument("--members", type=int, default=MEMBERS, help=f"{MEMBERS:,} unless said")
    parser.add_argument("--messages", type=int, default=MESSAGES, help=f"{MESSAGES:,} unless said")
    return parser


def main() -> None:
    parser = sized(argparse.ArgumentParser(prog="python -m bench.crowd", description=__doc__))
    parser.add_argument("--database-url", required=True, help="a PostgreSQL that is migrated and empty")
    asked = parser.parse_args()
    os.environ |= {"DATABASE_URL": asked.database_url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    django.setup()
    if is_there():
        sys.exit("There is a crowd in this database already.")
    make(asked.members, asked.messages)


if __name__ == "__main__":
    main()
