"""What an assistant is made of: reading the files of a release, and saying what is wrong with a definition."""

import string
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from chat.assistants import field_faults, forms
from chat.assistants.field_faults import is_bilingual, is_count

FOLDER = Path(__file__).parent / "definitions"
# Templates of a form; the system prompt is text as it stands.
TEMPLATES = ("message_template", "title_template", "summary_template")
BILINGUAL = ("name", "description", "system_prompt", "sample")
EXTRA_NAMES = {"singapore-attractions": {"attractions"}}
QUESTION_MAX_CHARS = 4000  # of one question
FORM_MAX_CHARS = 8000  # of all of a form's texts together
EXAMPLES_DAY = date(2000, 1, 1)  # examples name their days from today on, so any day will do


def load_files() -> list[dict[str, Any]]:
    """The definitions of this release, in their order."""
    files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.toml")]
    return sorted(files, key=lambda definition: int(definition["order"]))


def most_chars(definition: Mapping[str, Any]) -> int:
    """How many characters a first question to this assistant may have: of its form, or as it is written."""
    return int(definition.get("max_input_chars", FORM_MAX_CHARS if definition["fields"] else QUESTION_MAX_CHARS))


def check(definition: Any) -> list[str]:
    """Every fault of a definition, in words for a moderator; empty when it can be used."""
    if not isinstance(definition, dict):
        return [_("The definition is not an object.")]
    fields = definition.get("fields")
    if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields):
        return [_("fields is not a list of objects.")]
    in_form = [*limit_faults(definition), *form_faults(fields)]
    faults = [*text_faults(definition), *setting_faults(definition), *in_form]
    faults += template_faults(definition, {str(field.get("name")) for field in fields})
    # A form that is wrong itself cannot tell what is wrong with an example.
    return faults if in_form else faults + list(example_faults(definition))


def text_faults(definition: Mapping[str, Any]) -> Iterator[str]:
    """Texts that are missing in a language, or that no database takes."""
    needed = [*BILINGUAL, *(TEMPLATES if definition["fields"] else ())]
    if "closing_message" in definition:
        needed.append("closing_message")
    yield from (
        _("%(name)s needs a text in ko and en.") % {"name": name}
        for name in needed
        if not is_bilingual(definition.get(name))
    )
    if forms.UNSTORABLE.search(string_of(definition)):
        yield _("A text has a NUL or a lone surrogate.")


def string_of(value: object) -> str:
    """All texts in a value, keys too; JSON's own escapes would hide a NUL."""
    if isinstance(value, dict):
        return "".join(string_of(key) + string_of(one) for key, one in value.items())
    return "".join(map(string_of, value)) if isinstance(value, list) else str(value)


def setting_faults(definition: Mapping[str, Any]) -> Iterator[str]:
    if not is_count(definition.get("max_output_tokens")):
        yield _("max_output_tokens is not a positive whole number.")
    if not isinstance(definition.get("icon"), str):
        yield _("icon is not a text.")
    for name in ("speech_language", "model"):
        if not isinstance(definition.get(name, ""), str):
            yield _("%(name)s is not a text.") % {"name": name}
    if "cards" in definition and str(definition["cards"]) not in EXTRA_NAMES:
        yield _("cards names no list of ours.")


def limit_faults(definition: Mapping[str, Any]) -> Iterator[str]:
    most = most_chars({"fields": definition["fields"]})
    limit = definition.get("max_input_chars", most)
    if not is_count(limit) or limit > most:
        yield _("max_input_chars is no whole number from 1 to %(most)s.") % {"most": most}


def form_faults(fields: list[dict[str, Any]]) -> Iterator[str]:
    earlier: dict[str, str] = {}
    for field in fields:
        name = str(field.get("name"))
        if name in earlier:
            yield _("%(name)s stands twice.") % {"name": name}
        yield from (f"{name}: {fault}" for fault in field_faults.faults(field, earlier))
        earlier[name] = str(field.get("type"))


def template_faults(definition: Mapping[str, Any], names: set[str]) -> Iterator[str]:
    """Templates that are malformed, or name what is not an input of this form."""
    extra = EXTRA_NAMES.get(str(definition.get("cards")), set())
    for name in TEMPLATES:
        allowed = names | extra if name == "message_template" else names
        texts = definition.get(name)
        for language, text in texts.items() if isinstance(texts, dict) else ():
            template = string.Template(str(text))
            if not template.is_valid():
                yield _("%(name)s.%(language)s has a $ that names nothing; write $$ for a dollar sign.") % {
                    "name": name,
                    "language": language,
                }
            for unknown in sorted(set(template.get_identifiers()) - allowed):
                yield _("%(name)s.%(language)s names %(unknown)s, which is no input of this form.") % {
                    "name": name,
                    "language": language,
                    "unknown": unknown,
                }


def example_faults(definition: Mapping[str, Any]) -> Iterator[str]:
    """An example that its own form would refuse."""
    example = definition.get("example") or {}
    if not isinstance(example, dict) or not all(isinstance(inputs, dict) for inputs in example.values()):
        yield _("example is not {ko: inputs, en: inputs}.")
    elif example and set(example) != set(field_faults.LANGUAGES):
        yield _("example needs inputs in ko and en.")
    else:
        shown = forms.public_example(definition, today=EXAMPLES_DAY) or {}
        for language, inputs in shown.items():
            try:
                forms.validate(definition["fields"], inputs, today=EXAMPLES_DAY, max_chars=most_chars(definition))
            except forms.FormErrors as refused:
                for name, said in refused.errors.items():
                    yield f"{'.'.join(filter(None, ('example', language, name)))}: {' '.join(said)}"
