"""What an assistant is made of: reading the files of a release, and saying what is wrong with a definition."""

import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "definitions"
LANGUAGES = ("ko", "en")
TYPES = {"text", "textarea", "integer", "date", "time", "choice", "choices"}
# Templates of a form; the system prompt is text as it stands.
TEMPLATES = ("message_template", "title_template", "summary_template")
BILINGUAL = ("name", "description", "system_prompt", "sample")
EXTRA_NAMES = {"singapore-attractions": {"attractions"}}


def load_files() -> list[dict[str, Any]]:
    """The definitions of this release, in their order."""
    files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.toml")]
    return sorted(files, key=lambda definition: int(definition["order"]))


def check(definition: Any) -> list[str]:
    """Every fault of a definition, in words for a moderator; empty when it can be used."""
    if not isinstance(definition, dict):
        return ["The definition is not an object."]
    fields = definition.get("fields")
    if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields):
        return ["fields is not a list of objects."]
    needed = [*BILINGUAL, *(TEMPLATES if fields else ())]
    faults = [f"{name} needs a text in ko and en." for name in needed if not is_bilingual(definition.get(name))]
    if not isinstance(definition.get("max_output_tokens"), int) or definition["max_output_tokens"] < 1:
        faults.append("max_output_tokens is not a positive whole number.")
    if not isinstance(definition.get("icon"), str):
        faults.append("icon is not a text.")
    names = [str(field.get("name")) for field in fields]
    faults += [f"{name} stands twice." for name in {name for name in names if names.count(name) > 1}]
    for index, field in enumerate(fields):
        faults += [f"{names[index]}: {fault}" for fault in field_faults(field, names[:index])]
    return faults + list(template_faults(definition, set(names)))


def is_bilingual(text: object, *, may_be_empty: bool = False) -> bool:
    """Whether it is `{ko, en}`, both texts."""
    return isinstance(text, dict) and all(
        isinstance(text.get(language), str) and (may_be_empty or text[language].strip()) for language in LANGUAGES
    )


def field_faults(field: Mapping[str, Any], earlier: list[str]) -> Iterator[str]:
    """What is wrong with one field, in itself and with those before it."""
    kind = field.get("type")
    if kind not in TYPES:
        yield f"the type {kind} is unknown."
    if not is_bilingual(field.get("label")):
        yield "label needs a text in ko and en."
    for name in ("help", "placeholder"):
        if name in field and not is_bilingual(field[name], may_be_empty=True):
            yield f"{name} needs a text in ko and en."
    if not isinstance(field.get("required"), bool):
        yield "required is not true or false."
    if kind in ("text", "textarea") and not isinstance(field.get("max_length"), int):
        yield "max_length is missing."
    if kind in ("choice", "choices"):
        yield from option_faults(field.get("options"))
    yield from rule_faults(field, earlier)


def rule_faults(field: Mapping[str, Any], earlier: list[str]) -> Iterator[str]:
    if field.get("type") == "integer" and not field.get("min", 0) <= field.get("max", 10**12):
        yield "min is above max."
    for rule in ("not_before", "after"):
        if rule in field and field[rule] not in earlier:
            yield f"{rule} names no field that stands before it."


def option_faults(options: Any) -> Iterator[str]:
    if not isinstance(options, list) or not options:
        yield "options are missing."
        return
    values = [option.get("value") for option in options if isinstance(option, dict)]
    if len(set(values)) != len(options) or not all(isinstance(value, str) for value in values):
        yield "options need a value each, all different."
    if not all(isinstance(option, dict) and is_bilingual(option.get("label")) for option in options):
        yield "options need a label in ko and en."


def template_faults(definition: Mapping[str, Any], names: set[str]) -> Iterator[str]:
    """Templates that are malformed, or name what is not an input of this form."""
    extra = EXTRA_NAMES.get(str(definition.get("cards")), set())
    for name in TEMPLATES:
        allowed = names | extra if name == "message_template" else names
        texts = definition.get(name)
        for language, text in texts.items() if isinstance(texts, dict) else ():
            template = string.Template(str(text))
            if not template.is_valid():
                yield f"{name}.{language} has a $ that names nothing; write $$ for a dollar sign."
            for unknown in sorted(set(template.get_identifiers()) - allowed):
                yield f"{name}.{language} names {unknown}, which is no input of this form."
