"""The rows of chat: what can be asked (assistants), what was said (conversations), what it cost (books)."""

from chat.models.assistants import Assistant, AssistantVersion
from chat.models.books import DailyUsage, IdempotencyKey, Reservation, ServiceUsage
from chat.models.conversations import Conversation, Message
from chat.models.feedback import Report
from chat.models.figures import DailyFigures, DailyMembers
from chat.models.nights import Night
from chat.models.workers import Worker

__all__ = [
    "Assistant",
    "AssistantVersion",
    "Conversation",
    "DailyFigures",
    "DailyMembers",
    "DailyUsage",
    "IdempotencyKey",
    "Message",
    "Night",
    "Report",
    "Reservation",
    "ServiceUsage",
    "Worker",
]
