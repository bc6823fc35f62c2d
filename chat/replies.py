"""The life of one reply in the database: accept it, keep its text, settle it; writing it is `worker`'s."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from chat import quota, transcript
from chat.assistants import prompts
from chat.idempotency import Key
from chat.models import Conversation, Message
from chat.models.conversations import TITLE_MAX_CHARS, MessageQuerySet
from chat.provider import ModelRequest
from chat.quota import Quota
from config.problems import Problem

RETRY_BUSY_SECONDS = 5
LOST_SECONDS = 30  # longer than any hand-over from the accepting thread to the loop


@dataclass(frozen=True)
class Asked:
    """What a member asks: either `content`, or `inputs` (validated) on the first message to a form."""

    content: str = ""
    inputs: dict[str, Any] | None = None
    language: str = "ko"


@dataclass(frozen=True)
class Accepted:
    """A question that was stored and counted, its reply in writing, and what the model is to be sent."""

    question: Message
    reply: Message
    quota: Quota
    request: ModelRequest
    assistant: str


def accept(
    member: Any, conversation: Conversation, asked: Asked, *, worker_id: UUID, key: Key | None, now: datetime
) -> Accepted:
    """Stores question and reply and takes one request, all or nothing.

    Raises Problem `reply_in_progress`, `service_limit_reached`, `daily_limit_reached`, `too_many_attempts`, and
    idempotency.Replayed when a twin with the same key was faster.
    """
    if conversation.writing:
        raise Problem("reply_in_progress")
    conversation.owner = member  # known already; settling asks for the figures again
    question = question_of(conversation, asked, now)
    request, trimmed = model_request(conversation, question)
    reply = Message(
        conversation=conversation,
        role=Message.Role.ASSISTANT,
        position=question.position + 1,
        question=question,
        status=Message.Status.WRITING,
        model=request.model,
        transcript_trimmed=trimmed,
        worker_id=worker_id,
        created_at=now,
    )
    with transaction.atomic():
        if key:
            key.take(reply.id)
        advance(conversation, question, now)
        Message.objects.bulk_create([question, reply])
        taken = quota.reserve(member, reply.id, now)
    return Accepted(question, reply, taken, request, conversation.version.assistant.slug)


def question_of(conversation: Conversation, asked: Asked, now: datetime) -> Message:
    """The question's row, with what the model gets of a form and the line by which people know it again."""
    definition = conversation.version.definition
    question = Message(
        conversation=conversation,
        role=Message.Role.USER,
        position=conversation.last_position + 1,
        content=asked.content,
        inputs=asked.inputs,
        language=asked.language,
        created_at=now,
    )
    if asked.inputs is not None:
        question.prompt = prompts.message(definition, asked.inputs, asked.language)
        question.summary = prompts.summary(definition, asked.inputs)
    return question


def model_request(conversation: Conversation, question: Message) -> tuple[ModelRequest, bool]:
    """What the model is sent for a question, and whether older turns had to be left out."""
    definition = conversation.version.definition
    earlier = list(conversation.messages.order_by("position")) if conversation.last_position else []
    language = earlier[0].language if earlier else question.language
    seen = transcript.build(
        prompts.system_prompt(definition, language),
        earlier,
        question.prompt or question.content,
        has_form=bool(definition["fields"] and earlier),
    )
    model = definition.get("model") or settings.OPENAI_MODEL
    return ModelRequest(model, seen.messages, definition["max_output_tokens"]), seen.trimmed


def advance(conversation: Conversation, question: Message, now: datetime) -> None:
    """Compares and sets the conversation's end: whoever read an older one lost a race and must not ask now."""
    changes: dict[str, Any] = {"last_position": question.position + 1, "last_message_at": now}
    if not conversation.title_is_given and not conversation.title:
        changes["title"] = title_for(conversation, question)
    if not Conversation.objects.filter(id=conversation.id, last_position=conversation.last_position).update(**changes):
        exists = Conversation.objects.filter(id=conversation.id).exists()
        raise Problem("reply_in_progress" if exists else "not_found")


def title_for(conversation: Conversation, question: Message) -> str:
    """From the form, or the first words of the question."""
    if question.inputs is not None:
        title = prompts.title(conversation.version.definition, question.inputs, question.language)
    else:
        title = " ".join(question.content.split())
    return title if len(title) <= TITLE_MAX_CHARS else title[: TITLE_MAX_CHARS - 1].rstrip() + "…"


@dataclass(frozen=True)
class Ending:
    """How a reply ended: `status` is complete, stopped or failed, `error_code` says why it failed."""

    status: str
    error_code: str = ""
    finish_reason: str = ""
    tokens_input: int | None = None
    tokens_output: int | None = None


def settle(reply: Message, worker_id: UUID, text: str, ending: Ending) -> bool:
    """The end of a reply, once: its row, and its request charged or given back to the day it was taken.

    Only the worker that the row names may settle it; False means that somebody else has. Charged is what is
    complete, or was stopped after its first word.
    """
    now = timezone.now()
    changes = asdict(ending) | {"content": text, "finished_at": now}
    with transaction.atomic():
        if not Message.objects.writing().filter(id=reply.id, worker_id=worker_id).update(**changes):
            return False
        if ending.status == Message.Status.COMPLETE or (ending.status == Message.Status.STOPPED and text):
            quota.charge(reply.id, now)
        else:
            quota.release(reply.id, ending.error_code or ending.status, now)
    for name, value in changes.items():
        setattr(reply, name, value)
    return True


def flush(worker_id: UUID, texts: dict[UUID, str]) -> None:
    """Writes what this worker's replies have grown to, all in one statement (the same on SQLite and PostgreSQL)."""
    as_stored = partial(Message._meta.pk.get_db_prep_value, connection=connection)
    rows = ", ".join(["(%s, %s)"] * len(texts))
    values = [value for reply_id, text in texts.items() for value in (as_stored(reply_id), text)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH grown AS (VALUES {rows}) UPDATE chat_message SET content = grown.column2 FROM grown "  # noqa: S608
            "WHERE chat_message.id = grown.column1 AND worker_id = %s AND status = 'writing'",
            [*values, as_stored(worker_id)],
        )


def still_ours(worker_id: UUID, reply_ids: list[UUID]) -> dict[UUID, bool]:
    """Of these replies, those that nobody deleted, settled or took over, and whether their member wants a stop."""
    mine = Message.objects.writing().filter(worker_id=worker_id, id__in=reply_ids)
    return dict(mine.values_list("id", "stop_requested"))


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
    return sum(
        settle(reply, reply.worker_id, reply.content, interrupted) for reply in orphans.writing() if reply.worker_id
    )


def interrupt_lost(worker_id: UUID, live_ids: list[UUID]) -> int:
    """Settles what names a living worker but has no task there: an accept whose commit was never heard of."""
    long_ago = timezone.now() - timedelta(seconds=LOST_SECONDS)
    mine = Message.objects.filter(worker_id=worker_id, created_at__lt=long_ago)
    return interrupt(mine.exclude(id__in=live_ids))
