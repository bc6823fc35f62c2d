"""The life of one reply in the database: accept it, keep its text, settle it; writing it is `worker`'s."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from chat import caps, questions, quota
from chat.idempotency import Key
from chat.models import Conversation, IdempotencyKey, Message
from chat.models.conversations import MessageQuerySet
from chat.provider import ModelRequest
from chat.questions import Asked
from chat.quota import Quota, Use
from config.desk import maintenance
from config.problems import Problem
from config.statements import Condition, Prepared, Statement, as_stored, insertion, run

RETRY_BUSY_SECONDS = 5
LOST_SECONDS = 30  # longer than any hand-over from the accepting thread to the loop
ADVANCE = f"""
    UPDATE chat_conversation SET last_position = %(position)s, last_message_at = %(now)s,
        title = CASE WHEN title = '' AND NOT title_is_given THEN %(title)s ELSE title END
    WHERE id = %(conversation)s AND last_position = %(as_read)s AND NOT {maintenance.IS_ON}
"""  # noqa: S608
STANDING = f"""
    SELECT (SELECT last_position FROM chat_conversation WHERE id = %(conversation)s), {maintenance.IS_ON}, quota.*
    FROM ({quota.STANDING}) AS quota
"""  # noqa: S608
# Undoes all that was sent in one message with it, unless the conversation ends with this reply now: by a NULL where
# none may be.
ONLY_AT_THE_END = """
    UPDATE chat_message SET position = NULL WHERE id = %(reply)s AND NOT EXISTS (
        SELECT 1 FROM chat_conversation WHERE id = %(conversation)s AND last_position = %(position)s
    )
"""
HEEDED = ("id", "stop_requested", "conversation__owner__is_active")
SETTLE = """
    UPDATE chat_message SET content = %(content)s, status = %(status)s, error_code = %(error_code)s,
        finish_reason = %(finish_reason)s, tokens_input = %(tokens_input)s, tokens_output = %(tokens_output)s,
        finished_at = %(finished_at)s
    WHERE id = %(reply)s AND worker_id = %(worker)s AND status = 'writing'
"""

IN_WRITING = Condition("chat_message.status = 'writing'")  # not as a value, or no plan for all values uses the index
OURS = Prepared(lambda worker: Message.objects.filter(IN_WRITING, worker_id=worker).values_list(*HEEDED))


@dataclass(frozen=True)
class Accepted:
    """A question that was stored and counted, its reply in writing, and what the model is to be sent."""

    question: Message
    reply: Message
    quota: Quota
    request: ModelRequest
    assistant: str


def check_free(conversation: Conversation, old: Message | None = None) -> None:
    """Problem `reply_in_progress` while a reply is written, `not_last` if `old` is to be tried again and is not it.

    And `too_many_requests` where the conversation is full.
    """
    if conversation.writing:
        raise Problem("reply_in_progress")
    if old and conversation.messages.filter(position__gt=old.position).exists():
        raise Problem("not_last")
    caps.check_not_full(conversation)


def accept(
    member: Any, conversation: Conversation, asked: Asked, *, worker_id: UUID, key: Key | None, now: datetime
) -> Accepted:
    """Stores question and reply and takes one request, all or nothing; `check_free` was asked before.

    Raises Problem `reply_in_progress`, `maintenance`, `service_limit_reached`, `daily_limit_reached`,
    `too_many_attempts`, and idempotency.Replayed when a twin with the same key was faster.
    """
    question = questions.question_of(conversation, asked, now)
    reply = Message(question=question, position=question.position + 1, worker_id=worker_id, created_at=now)
    return take(member, conversation, reply, [question, reply], key)


def accept_again(
    member: Any, conversation: Conversation, old: Message, *, worker_id: UUID, key: Key | None, now: datetime
) -> Accepted:
    """Another reply to the question of the last one; settling decides which of the two stays.

    Raises what `accept` does.
    """
    position = conversation.last_position + 1
    reply = Message(question=old.question, position=position, worker_id=worker_id, created_at=now, replaces_id=old.id)
    return take(member, conversation, reply, [reply], key)


def take(member: Any, conversation: Conversation, reply: Message, rows: list[Message], key: Key | None) -> Accepted:
    """The one transaction of accepting: the key, the conversation's end, the rows, the quota."""
    question = reply.question
    assert question is not None  # noqa: S101  # both callers give it
    conversation.owner = member  # known already; settling asks for the figures again
    request, trimmed = questions.model_request(conversation, question)
    reply.conversation, reply.role, reply.status = conversation, Message.Role.ASSISTANT, Message.Status.WRITING
    reply.model, reply.transcript_trimmed = request.model, trimmed
    story = (advancing(conversation, question, reply), insertion(rows), ending_with(reply))
    named = {"assistant": conversation.begun_with.assistant.slug, "model": request.model}
    try:
        with transaction.atomic() if key else nullcontext():  # without a key it is one message
            if key:  # first: who asks the same again is led to the answer, whatever stands against it now
                key.take(reply.id)
            if conversation.is_doubtful and (refused := refusal(member, conversation, reply.created_at)):
                raise refused
            taken = quota.reserve(member, reply.id, reply.created_at, *story, **named)
    except IntegrityError as error:
        raise refusal(member, conversation, reply.created_at) or error from None
    return Accepted(question, reply, taken, request, named["assistant"])


def advancing(conversation: Conversation, question: Message, reply: Message) -> Statement:
    """Compares and sets the conversation's end: whoever read an older one lost a race and must not ask now."""
    return Statement(
        ADVANCE,
        {
            "conversation": conversation.id,
            "as_read": conversation.last_position,
            "position": reply.position,
            "now": reply.created_at,
            "title": conversation.title or questions.title_for(conversation, question),
        },
    )


def ending_with(reply: Message) -> Statement:
    """Holds what was sent before to it: nothing is stored unless the conversation was advanced to this reply."""
    return Statement(
        ONLY_AT_THE_END,
        {"reply": reply.id, "conversation": reply.conversation_id, "position": reply.position},
    )


def refusal(member: Any, as_read: Conversation, now: datetime) -> Problem | None:
    """Why a question cannot be accepted; None where nothing stands against it. Raises Problem `maintenance`.

    Asked before anything is stored, where there is doubt: a database logs the statement that it refuses, and with it
    the member's words. And once more after a lost race.
    """
    day = quota.local_day(now)
    position, is_maintained, *standing = run(STANDING, conversation=as_read.id, member=member.pk, day=day)[0]
    if is_maintained:
        maintenance.check()
    if position is None:
        return Problem("not_found")
    if position != as_read.last_position:
        return Problem("reply_in_progress")
    return quota.refusal(member, now, *standing)


@dataclass(frozen=True)
class Ending:
    """How a reply ended: `status` is complete, stopped or failed, `error_code` says why it failed."""

    status: str
    error_code: str = ""
    finish_reason: str = ""
    tokens_input: int | None = None
    tokens_output: int | None = None
    first_word_ms: int | None = None  # from the call of the model


def settle(reply: Message, worker_id: UUID, text: str, ending: Ending) -> Use | None:
    """The end of a reply, once: its row, and its request charged or given back to the day it was taken.

    Only the worker that the row names may settle it; None means that somebody else has, with its request. Charged is
    what is complete, or was stopped after its first word. Returns the member's use today.
    """
    now = timezone.now()
    spent = {name: getattr(ending, name) for name in ("tokens_input", "tokens_output", "first_word_ms")}
    changes = vars(ending) | {"content": text, "finished_at": now}
    del changes["first_word_ms"]
    mine = Statement(SETTLE, changes | {"reply": reply.id, "worker": worker_id})
    with transaction.atomic() if reply.replaces_id else nullcontext():
        if ending.status == Message.Status.COMPLETE or (ending.status == Message.Status.STOPPED and text):
            use = quota.charge(reply.id, now, mine, **spent)
        else:
            use = quota.release(reply.id, ending.error_code or ending.status, now, mine, **spent)
        if not use:
            return None
        if reply.replaces_id:
            keep_one(reply, text)
    for name, value in changes.items():
        setattr(reply, name, value)
    return use


def keep_one(reply: Message, text: str) -> None:
    """Of a second try and the reply before it, the one with words; keys that led to the old one lead to the new."""
    old, new = cast(UUID, reply.replaces_id), reply.id
    if text:
        IdempotencyKey.objects.filter(made_id=old).update(made_id=new)
    Message.objects.filter(id=old if text else new).delete()


def flush(worker_id: UUID, texts: dict[UUID, str]) -> None:
    """Writes what this worker's replies have grown to, all in one statement (the same on SQLite and PostgreSQL)."""
    rows = ", ".join(["(%s, %s)"] * len(texts))
    values = [value for reply_id, text in texts.items() for value in (as_stored(reply_id), text)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH grown AS (VALUES {rows}) UPDATE chat_message SET content = grown.column2 FROM grown "  # noqa: S608
            "WHERE chat_message.id = grown.column1 AND worker_id = %s AND status = 'writing'",
            [*values, as_stored(worker_id)],
        )


def stop(reply: Message) -> None:
    """Marks a reply to be stopped; whoever writes it looks twice a second, and settles what it has."""
    Message.objects.writing().filter(id=reply.id).update(stop_requested=True)


def still_ours(worker_id: UUID) -> dict[UUID, bool]:
    """The replies of a worker that nobody deleted, settled or took over, and whether they shall be stopped.

    Stopped is what its member wants stopped, and what belongs to a member who was banned.
    """
    ours = OURS.all(worker=worker_id)
    return {reply_id: stop_requested or not may_go_on for reply_id, stop_requested, may_go_on in ours}


def stop_all_of(conversation: Conversation) -> None:
    """Settles what is being written in a conversation as stopped, from any worker; its writer finds out."""
    for reply in conversation.messages.writing():
        if reply.worker_id:
            settle(reply, reply.worker_id, reply.content, Ending(Message.Status.STOPPED))


def delete(conversation: Conversation) -> None:
    """Stops and deletes for good; the book keeps its requests."""
    with transaction.atomic():
        Conversation.objects.select_for_update().get(id=conversation.id)  # first, as accepting does: no deadlock
        stop_all_of(conversation)
        conversation.delete()


def interrupt(orphans: MessageQuerySet) -> int:
    """Settles what dead workers left: text kept, marked, given back. Returns how many it was who settled."""
    interrupted = Ending(Message.Status.FAILED, "interrupted")
    writing = [(reply, reply.worker_id) for reply in orphans.writing() if reply.worker_id]
    return sum(settle(reply, worker_id, reply.content, interrupted) is not None for reply, worker_id in writing)


def interrupt_lost(worker_id: UUID, live_ids: list[UUID]) -> int:
    """Settles what names a living worker but has no task there: an accept whose commit was never heard of."""
    long_ago = timezone.now() - timedelta(seconds=LOST_SECONDS)
    mine = Message.objects.filter(worker_id=worker_id, created_at__lt=long_ago)
    return interrupt(mine.exclude(id__in=live_ids))
