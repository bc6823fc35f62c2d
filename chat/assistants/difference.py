"""What changed from one definition to another, line by line, for people."""

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

SHOWN_AROUND = 2  # unchanged lines before and after a change


def lines(value: Any, name: str = "") -> Iterator[str]:
    """A definition as lines that each say where they belong; texts of several lines stand under their name."""
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield from lines(value[key], f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for number, one in enumerate(value, 1):
            yield from lines(one, f"{name}[{one.get('name') or one.get('value') or number}]")
    elif isinstance(value, str) and "\n" in value.strip():
        yield from (f"{name}: {line}" for line in value.strip().splitlines())
    else:
        yield f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str]]:
    """`(sign, line)`: `+` came, `-` went, a space stayed, `…` what is left out in between."""
    found = difflib.unified_diff(list(lines(old)), list(lines(new)), lineterm="", n=SHOWN_AROUND)
    body = [line for line in found if not line.startswith(("---", "+++"))]
    return [("…", "") if line.startswith("@@") else (line[0], line[1:]) for line in body]
