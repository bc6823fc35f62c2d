"""From a request to an accepted question: what a body may hold, replays, and the hand-over to this process."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import events, idempotency, quota, replies
from chat.assistants import definition, forms
from chat.idempotency import Key
from chat.models import Conversation, Message
from chat.questions import Asked
from chat.replies import Accepted
from chat.streams import Event, LiveReply
from chat.worker import this_process
from config.desk import maintenance
from config.problems import Problem
from config.statements import Condition, Prepared

Ask = Callable[[Key | None], tuple[LiveReply, Event]]  # accepts under a key

TO_ASK_IN = Prepared(
    lambda member, conversation: (
        Conversation.objects.owned_by(member)
        .filter(id=conversation)
        .annotate(is_doubtful=Condition(f"{maintenance.IS_ON} OR {quota.DOUBT}"))  # type: ignore[no-redef]  # its default
    )
)


def to_ask_in(member: Any, id: UUID) -> Conversation:
    """A member's conversation, and whether something seems to stand against a question in it; Problem `not_found`."""
    day = quota.local_day(timezone.now())
    if conversation := TO_ASK_IN.first(conversation=id, **quota.keys(member, day), **quota.bounds(member)):
        return conversation
    raise Problem("not_found")


def asked_of(conversation: Conversation, fields: Mapping[str, Any], *, language: str) -> Asked:
    """The question in a body of `content` or `inputs`; Problem `invalid` names what is wrong with it."""
    made = conversation.begun_with.definition
    form, most = made["fields"], definition.most_chars(made)
    wanted = "inputs" if form and not conversation.last_position else "content"
    if wanted not in fields:
        raise Problem("invalid", errors={wanted: [_("This field is required.")]})
    if surplus := set(fields) - {wanted}:
        raise Problem("invalid", errors={name: [_("This field is not taken here.")] for name in surplus})
    if wanted == "content":
        if len(fields["content"]) > most:
            raise Problem("invalid", errors={"content": [_("At most %d characters.") % most]})
        return Asked(content=fields["content"], language=language)
    today = quota.local_day(timezone.now())
    try:
        inputs = forms.validate(form, fields["inputs"], today=today, max_chars=most)
    except forms.FormErrors as error:
        named = {f"inputs.{name}" if name else "inputs": texts for name, texts in error.errors.items()}
        raise Problem("invalid", errors=named) from None
    return Asked(inputs=inputs, language=language)


def once(member: Any, key: Key | None, ask: Ask, old_id: UUID | None) -> tuple[LiveReply, Event]:
    """What was accepted under this key before, or what `ask` accepts; `old_id`: the reply that is tried again.

    What `ask` refuses may be its twin's doing, accepted after the look for the key: then the twin's reply is given.
    """
    try:
        return replay(member, key, old_id) or ask(key)
    except (Http404, Problem):
        if found := replay(member, key, old_id):
            return found
        raise


def ask(member: Any, conversation: Conversation, asked: Asked, key: Key | None) -> tuple[LiveReply, Event]:
    """Accepts a question and has it answered; gives what to follow, and the first event."""
    replies.check_free(conversation)
    return written(partial(replies.accept, member, conversation, asked), member, key)


def ask_again(member: Any, conversation: Conversation, old: Message, key: Key | None) -> tuple[LiveReply, Event]:
    """Has the last question answered once more."""
    replies.check_free(conversation, old)
    return written(partial(replies.accept_again, member, conversation, old), member, key, old.id)


def written(
    accept: Callable[..., Accepted], member: Any, key: Key | None, old_id: UUID | None = None
) -> tuple[LiveReply, Event]:
    """Accepts in this process, which then writes the reply; a twin that was faster is joined."""
    try:
        accepting = partial(accept, worker_id=this_process.id, key=key, now=timezone.now())
        accepted, live = this_process.accept(accepting)
    except idempotency.Replayed:
        return replay(member, key, old_id) or written(accept, member, key, old_id)
    return live, events.start(accepted.question, accepted.reply, accepted.quota)


def replay(member: Any, key: Key | None, old_id: UUID | None) -> tuple[LiveReply, Event] | None:
    """The reply that was accepted under this key before, however it stands now; None if there is none."""
    reply_id = key.earlier() if key else None
    if reply_id is None:
        return None
    if reply := Message.objects.replies_to(member).filter(id=reply_id).first():
        return this_process.follow(reply), events.start_of(reply)
    stayed = Message.objects.replies_to(member).filter(Q(id=old_id) | Q(replaces_id=old_id)).first() if old_id else None
    if stayed and (told := without_row(stayed, reply_id)):
        return told
    raise Problem("not_found")


def without_row(stayed: Message, reply_id: UUID) -> tuple[LiveReply, Event] | None:
    """A second try that got no words: it has no row any more, but the book tells of it.

    Its question is that of the reply that stayed: the one before it, or what has taken that one's place since.
    """
    reply = Message(id=reply_id, replaces_id=stayed.id, role=Message.Role.ASSISTANT)
    reply.conversation, reply.question = stayed.conversation, stayed.question
    live = LiveReply(reply_id)
    live.end(events.of_vanished(reply))
    return (live, events.start_of(reply)) if live.last else None
