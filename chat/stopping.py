"""Stopping replies, whoever writes them: because their member says so, or before their conversation is deleted."""

import time

from chat import replies
from chat.followers import followers
from chat.models import Conversation, Message
from chat.streams import LiveReply
from chat.worker import this_process

WRITER_SECONDS = 1.5  # a writer elsewhere has settled after half a second; one that is dead never does
LOOK_SECONDS = 0.05


def stop(reply: Message) -> LiveReply:
    """Marks the reply for its writer, and gives what to wait for."""
    replies.stop(reply)
    this_process.stop_writing(reply.id)
    return this_process.follow(reply)


def delete(conversation: Conversation) -> None:
    """Deletes for good; first a writer may settle, since it alone knows whether there was a first word to charge."""
    writing = conversation.messages.writing()
    for reply in writing.all():
        followers.close_on(this_process.loop, reply.id)  # without a last event: there will be no such reply
        replies.stop(reply)
        this_process.stop_writing(reply.id)
    deadline = time.monotonic() + WRITER_SECONDS
    while writing.exists() and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    replies.delete(conversation)
