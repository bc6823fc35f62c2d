"""Reading JSON bodies: what Python's parser lets through and PostgreSQL or a client must never meet is refused."""

import re
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def has_unstorable_text(value: object) -> bool:
    """Whether NUL or a lone surrogate stands in any string or key; a stack, since nesting is the sender's."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str) and UNSTORABLE.search(item):
            return True
        if isinstance(item, dict):
            stack += [*item.keys(), *item.values()]
        if isinstance(item, list):
            stack += item
    return False


class StrictJSONParser(JSONParser):
    """JSON in UTF-8, whatever charset is named, or 400: also for deep nesting, NUL and lone surrogates."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            parsed = super().parse(stream, media_type, {**(parser_context or {}), "encoding": "utf-8"})
        except ParseError:  # Python's words, in English and of no use to people
            raise ParseError(_("The body is not valid JSON.")) from None
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        if has_unstorable_text(parsed):
            raise ParseError(_("Text must not contain NUL or lone surrogates."))
        return parsed
