"""Reading JSON bodies: what Python's parser lets through and PostgreSQL or a client must never meet is refused."""

import re
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEPTH_MAX = 20  # our deepest body has three levels; how deep Python itself reads differs from version to version
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def refuse_unstorable(value: object) -> None:
    """ParseError for NUL or a lone surrogate in any string or key, and for what is nested deeper than any of ours."""
    stack = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        if depth > DEPTH_MAX:
            raise ParseError(_("The JSON is nested too deeply."))
        if isinstance(item, str) and UNSTORABLE.search(item):
            raise ParseError(_("Text must not contain NUL or lone surrogates."))
        if isinstance(item, dict):
            stack += [(inner, depth + 1) for inner in (*item.keys(), *item.values())]
        if isinstance(item, list):
            stack += [(inner, depth + 1) for inner in item]


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
        refuse_unstorable(parsed)
        return parsed
