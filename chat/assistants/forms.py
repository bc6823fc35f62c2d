"""One validator for every assistant's form, and how a form is shown; it knows no assistant by name."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

Field = Mapping[str, Any]
RELATIVE_DATE = re.compile(r"today(?:\+(\d{1,4}))?")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")  # \d would take the digits of every script
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class FormErrors(Exception):
    """What is wrong with a form: {field: [texts]}; the key "" is the form as a whole."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(sorted(errors))
        self.errors = errors


class FieldError(Exception):
    """What is wrong with one value, as a sentence for people."""


def validate(fields: Sequence[Field], raw: object, *, today: date, max_chars: int) -> dict[str, Any]:
    """The inputs, clean and JSON-able, every field in the form's order; else FormErrors with every error at once.

    Types are JSON's own: "3" is no integer. An optional field that is absent or empty comes out as "" (or [] or None).
    """
    if not isinstance(raw, Mapping):
        raise FormErrors({"": [_("The form must be a JSON object.")]})
    known = {field["name"] for field in fields}
    errors = {str(name): [_("This field is not known.")] for name in raw if name not in known}
    clean: dict[str, Any] = {}
    for field in fields:
        try:
            clean[field["name"]] = value = read(field, raw.get(field["name"]), today)
            check_rules(field, value, clean)
        except FieldError as error:
            errors[field["name"]] = [str(error)]
    if not errors and sum(len(value) for value in clean.values() if isinstance(value, str)) > max_chars:
        errors[""] = [_("The form may hold %d characters in all.") % max_chars]
    if errors:
        raise FormErrors(errors)
    return clean


def is_empty(value: object) -> bool:
    """Whether an input was left out; 0 is an answer."""
    return value in (None, "", [])


def read(field: Field, value: object, today: date) -> Any:
    """One value by its field's type and bounds."""
    if is_empty(value):
        if field["required"]:
            raise FieldError(_("This field is required."))
        return {"integer": None, "choices": []}.get(field["type"], "")
    return READERS[field["type"]](field, value, today)


def read_text(field: Field, value: object, today: date) -> str:
    if not isinstance(value, str) or UNSTORABLE.search(value):
        raise FieldError(_("This must be a text."))
    text = unicodedata.normalize("NFC", value).strip()
    if not text and field["required"]:
        raise FieldError(_("This field is required."))
    if len(text) > field["max_length"]:
        raise FieldError(_("At most %d characters.") % field["max_length"])
    return text


def read_integer(field: Field, value: object, today: date) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise FieldError(_("This must be a whole number."))
    low, high, step = field.get("min", 0), field.get("max", 10**12), field.get("step", 1)
    if not low <= value <= high:
        raise FieldError(_("This must be from %(low)s to %(high)s.") % {"low": f"{low:,}", "high": f"{high:,}"})
    if (value - low) % step:
        raise FieldError(_("This goes in steps of %s.") % f"{step:,}")
    return value


def read_date(field: Field, value: object, today: date) -> str:
    day = parsed_date(value)
    if "min" in field and day < (first := resolved(field["min"], today)):
        is_today = first == today
        raise FieldError(_("This must be today or later.") if is_today else _("This must be %s or later.") % first)
    return day.isoformat()


def parsed_date(value: object) -> date:
    try:
        day = date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:  # 20260301 is a date for Python only
        raise FieldError(_("This must be a date such as 2026-03-01."))
    return day


def read_time(field: Field, value: object, today: date) -> str:
    if not isinstance(value, str) or not CLOCK.fullmatch(value):
        raise FieldError(_("This must be a time such as 09:30."))
    low, high = field.get("min", "00:00"), field.get("max", "23:59")
    if not time.fromisoformat(low) <= time.fromisoformat(value) <= time.fromisoformat(high):
        raise FieldError(_("This must be from %(low)s to %(high)s.") % {"low": low, "high": high})
    return value


def read_choice(field: Field, value: object, today: date) -> str:
    if not isinstance(value, str) or value not in values(field):
        raise FieldError(_("This is not one of the choices."))
    return value


def read_choices(field: Field, value: object, today: date) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one in values(field) for one in value):
        raise FieldError(_("Choose one or more of the choices."))
    return [one for one in values(field) if one in value]


def values(field: Field) -> list[str]:
    return [option["value"] for option in field["options"]]


READERS: dict[str, Callable[[Field, object, date], Any]] = {
    "text": read_text,
    "textarea": read_text,
    "integer": read_integer,
    "date": read_date,
    "time": read_time,
    "choice": read_choice,
    "choices": read_choices,
}


def check_rules(field: Field, value: Any, earlier: Mapping[str, Any]) -> None:
    """Rules between fields, told at the later one; an earlier field with an error of its own is passed over."""
    first_day = earlier.get(field.get("not_before", ""))
    if first_day and value:
        days = (date.fromisoformat(value) - date.fromisoformat(first_day)).days + 1
        if days < 1:
            raise FieldError(_("This must not be before the first day."))
        if days > field.get("max_days", days):
            raise FieldError(_("At most %d days in all.") % field["max_days"])
    first_time = earlier.get(field.get("after", ""))
    if first_time and value and value <= first_time:
        raise FieldError(_("This must be after the start."))


def resolved(relative: str, today: date) -> date:
    """The day that `today` or `today+30` means."""
    if match := RELATIVE_DATE.fullmatch(relative):
        return today + timedelta(days=int(match[1] or 0))
    return date.fromisoformat(relative)


NOTHING = {"ko": "", "en": ""}


def public_fields(fields: Sequence[Field], *, today: date) -> list[dict[str, Any]]:
    """The form as the API shows it; bounds that a type does not have are null."""
    return [
        {
            "name": field["name"],
            "type": field["type"],
            "label": field["label"],
            "help": field.get("help", NOTHING),
            "placeholder": field.get("placeholder", NOTHING),
            "required": field["required"],
            "min": shown(field.get("min"), today),
            "max": field.get("max"),
            "step": field.get("step"),
            "max_length": field.get("max_length"),
            "options": field.get("options", []),
        }
        for field in fields
    ]


def public_example(definition: Mapping[str, Any], *, today: date) -> dict[str, Any] | None:
    """`{ko: inputs, en: inputs}` that fill the form, None for an assistant without one."""
    example = definition.get("example")
    if not example:
        return None
    return {
        language: {name: shown(value, today) for name, value in inputs.items()} for language, inputs in example.items()
    }


def shown(value: Any, today: date) -> Any:
    """The value, a relative date as the day that it means today."""
    if isinstance(value, str) and RELATIVE_DATE.fullmatch(value):
        return resolved(value, today).isoformat()
    return value
