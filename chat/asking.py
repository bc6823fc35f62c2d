"""From a request to an accepted question: what a body may hold, replays, and the hand-over to this process."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import events, idempotency, quota, replies
from chat.assistants import forms
from chat.idempotency import Key
from chat.models import Conversation, Message
from chat.questions import Asked
from chat.replies import Accepted
from chat.streams import Event, LiveReply
from chat.worker import this_process
from config.desk import maintenance
from config.problems import CODES, Problem
from config.statements import Condition, Prepared

INPUTS_MAX_CHARS = 8000  # all of a form's texts together

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
    form = conversation.begun_with.definition["fields"]
    wanted = "inputs" if form and not conversation.last_position else "content"
    if wanted not in fields:
        raise Problem("invalid", errors={wanted: [_("This field is required.")]})
    if surplus := set(fields) - {wanted}:
        raise Problem("invalid", errors={name: [_("This field is not taken here.")] for name in surplus})
    most = conversation.begun_with.definition.get("max_input_chars", INPUTS_MAX_CHARS)
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


def once(member: Any, key: Key | None, ask: Callable[[Key | None], tuple[LiveReply, Event]]) -> tuple[LiveReply, Event]:
    """What was accepted under this key before, or what `ask` accepts.

    What `ask` refuses may be its twin's doing, accepted after the look for the key: then the twin's reply is given.
    """
    try:
        return replay(member, key) or ask(key)
    except (Http404, Problem):
        if found := replay(member, key):
            return found
        raise


def ask(member: Any, conversation: Conversation, asked: Asked, key: Key | None) -> tuple[LiveReply, Event]:
    """Accepts a question and has it answered; gives what to follow, and the first event."""
    replies.check_free(conversation)
    return written(partial(replies.accept, member, conversation, asked), member, key)


def ask_again(member: Any, conversation: Conversation, old: Message, key: Key | None) -> tuple[LiveReply, Event]:
    """Has the last question answered once more."""
    replies.check_free(conversation, old)
    return written(partial(replies.accept_again, member, conversation, old), member, key)


def written(accept: Callable[..., Accepted], member: Any, key: Key | None) -> tuple[LiveReply, Event]:
    """Accepts in this process, which then writes the reply; a twin that was faster is joined."""
    try:
        accepting = partial(accept, worker_id=this_process.id, key=key, now=timezone.now())
        accepted, live = this_process.accept(accepting)
    except idempotency.Replayed:
        return replay(member, key) or written(accept, member, key)
    return live, events.start(accepted.question, accepted.reply, accepted.quota)


def replay(member: Any, key: Key | None) -> tuple[LiveReply, Event] | None:
    """The reply that was accepted under this key before, however it stands now; None if there is none.

    A second try that got no words has no row any more; the book still knows how it failed, and the Problem says so.
    """
    reply_id = key.earlier_reply() if key else None
    if reply_id is None:
        return None
    if reply := Message.objects.replies_to(member).filter(id=reply_id).first():
        return this_process.follow(reply), events.start_of(reply)
    failure = quota.failure_of(reply_id)
    raise Problem(failure if failure in CODES else "not_found")
