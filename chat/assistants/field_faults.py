"""What may be wrong with one field of a form, in words for a moderator; the definition around it is not looked at."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from django.utils.translation import gettext as _

from chat.assistants import forms

LANGUAGES = ("ko", "en")
NAME = re.compile(r"[a-z][a-z0-9_]*")
FOR_ALL = {"name", "type", "required", "label", "help", "placeholder"}
# What each type has beside that.
KEYS: dict[str, set[str]] = {
    "text": {"max_length"},
    "textarea": {"max_length"},
    "integer": {"min", "max", "step"},
    "date": {"min", "not_before", "max_days"},
    "time": {"min", "max", "after"},
    "choice": {"options"},
    "choices": {"options"},
}
# A rule between fields may only name an earlier field of this type.
RULE_TYPES = {"not_before": "date", "after": "time"}

Field = Mapping[str, Any]


def is_bilingual(text: object, *, may_be_empty: bool = False) -> bool:
    """Whether it is `{ko, en}`, both texts."""
    return isinstance(text, dict) and all(
        isinstance(text.get(language), str) and (may_be_empty or text[language].strip()) for language in LANGUAGES
    )


def is_whole(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool)


def is_count(number: object) -> TypeGuard[int]:
    return is_whole(number) and number > 0


def faults(field: Field, earlier: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a field; `earlier` are the fields before it, `{name: type}`."""
    kind = field.get("type")
    if not isinstance(kind, str) or kind not in KEYS:
        yield _("the type %(kind)s is unknown.") % {"kind": kind}
        return
    if not isinstance(field.get("name"), str) or not NAME.fullmatch(field["name"]):
        yield _("name is not a word of a-z, 0-9 and _.")
    for key in sorted(set(field) - FOR_ALL - KEYS[kind]):
        yield _("%(key)s means nothing for the type %(kind)s.") % {"key": key, "kind": kind}
    if not is_bilingual(field.get("label")):
        yield _("label needs a text in ko and en.")
    for name in ("help", "placeholder"):
        if name in field and not is_bilingual(field[name], may_be_empty=True):
            yield _("%(name)s needs a text in ko and en.") % {"name": name}
    if not isinstance(field.get("required"), bool):
        yield _("required is not true or false.")
    yield from bound_faults(kind, field)
    yield from rule_faults(field, earlier)


def bound_faults(kind: str, field: Field) -> Iterator[str]:
    """What is wrong with how much a field takes."""
    if "max_length" in KEYS[kind] and not is_count(field.get("max_length")):
        yield _("max_length is not a positive whole number.")
    if kind == "integer":
        yield from integer_faults(field)
    if kind == "date" and "min" in field and not is_day(field["min"]):
        yield _("min is no day such as today, today+30 or 2026-03-01.")
    if kind == "time":
        yield from time_faults(field)
    if "options" in KEYS[kind]:
        yield from option_faults(field.get("options"))


def integer_faults(field: Field) -> Iterator[str]:
    low, high = field.get("min", 0), field.get("max", 10**12)
    if not is_whole(low) or not is_whole(high):
        yield _("min and max are not whole numbers.")
    elif low > high:
        yield _("min is above max.")
    if not is_count(field.get("step", 1)):
        yield _("step is not a positive whole number.")


def is_day(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(forms.RELATIVE_DATE.fullmatch(text) or forms.parsed_date(text))
    except forms.FieldError:
        return False


def time_faults(field: Field) -> Iterator[str]:
    low, high = field.get("min", "00:00"), field.get("max", "23:59")
    if not all(isinstance(clock, str) and forms.CLOCK.fullmatch(clock) for clock in (low, high)):
        yield _("min and max are not times such as 09:30.")
    elif low > high:
        yield _("min is above max.")


def option_faults(options: object) -> Iterator[str]:
    if not isinstance(options, list) or not options or not all(isinstance(option, dict) for option in options):
        yield _("options are missing.")
        return
    values = [option.get("value") for option in options]
    if not all(isinstance(value, str) and value for value in values) or len(set(values)) != len(values):
        yield _("options need a value each, all different.")
    if not all(is_bilingual(option.get("label")) for option in options):
        yield _("options need a label in ko and en.")


def rule_faults(field: Field, earlier: Mapping[str, str]) -> Iterator[str]:
    for rule, kind in RULE_TYPES.items():
        if rule in field and earlier.get(str(field[rule])) != kind:
            yield _("%(rule)s names no %(kind)s that stands before it.") % {"rule": rule, "kind": kind}
    if "max_days" in field and not ("not_before" in field and is_count(field["max_days"])):
        yield _("max_days is a positive whole number that goes with not_before.")
