"""Pages by cursor: stable while rows come, and as fast at the end of a long list as at its beginning."""

from datetime import datetime
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from chat.models import Conversation
from chat.serializers import MessageQuerySerializer
from config.fields import validated
from config.statements import Prepared

PAGE_SIZE = 20  # rows; a screen of a phone and a half


class ConversationPages(CursorPagination):
    """By last message, newest first."""

    page_size = PAGE_SIZE
    ordering = ("-last_message_at", "-id")

    def decode_cursor(self, request: Request) -> Cursor | None:
        return readable(super().decode_cursor(request), time_of)


# What everybody opens first, and by far the most; a page further on, or a search, is made when it is asked for.
FIRST_PAGE = Prepared(
    lambda owner: (
        Conversation.objects.owned_by(owner)
        .narrowed(archived=False)
        .order_by(*ConversationPages.ordering)[: PAGE_SIZE + 1]
    )  # one more tells whether there is another page
)


class Fetched(list[Conversation]):
    """The rows of a first page, as far as a paginator takes them for a queryset."""

    def order_by(self, *ordering: str) -> "Fetched":
        return self


def listed(member: Any, *, is_first_page: bool, **asked: Any) -> Any:
    """A member's conversations as `narrowed` finds them, for ConversationPages."""
    if is_first_page and not any(asked.values()) and asked["pinned"] is None:
        return Fetched(FIRST_PAGE.all(owner=member.pk))
    return Conversation.objects.owned_by(member).narrowed(**asked)


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
