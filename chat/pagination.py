"""Pages by cursor: stable while rows come, and as fast at the end of a long list as at its beginning."""

from datetime import datetime
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from chat.serializers import MessageQuerySerializer
from config.fields import validated

PAGE_SIZE = 20  # rows; a screen of a phone and a half


class ConversationPages(CursorPagination):
    """By last message, newest first."""

    page_size = PAGE_SIZE
    ordering = ("-last_message_at", "-id")

    def decode_cursor(self, request: Request) -> Cursor | None:
        return readable(super().decode_cursor(request), time_of)


class MessagePages(CursorPagination):
    """By position, oldest first, or `?order=newest`."""

    page_size = PAGE_SIZE

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        asked = validated(MessageQuerySerializer, request.query_params.dict())
        return ("-position",) if asked["order"] == "newest" else ("position",)

    def decode_cursor(self, request: Request) -> Cursor | None:
        return readable(super().decode_cursor(request), position_of)


def time_of(text: str) -> datetime:
    """A time that any zone and database can hold."""
    read = datetime.fromisoformat(text)
    if not 1970 <= read.year < 2970:
        raise ValueError
    return read


def position_of(text: str) -> int:
    """A position that the column can hold."""
    if not 0 <= (position := int(text)) < 2**31:
        raise ValueError
    return position


def readable(cursor: Cursor | None, read: Any) -> Cursor | None:
    """The cursor, or 404 for one that was made up: its position must be what the column holds."""
    if cursor is not None and cursor.position is not None:
        try:
            read(cursor.position)
        except ValueError:
            raise NotFound from None
    return cursor
