"""From a form to what the model gets, and to what people read of it; one way for every assistant."""

from collections.abc import Mapping
from string import Template
from typing import Any

from chat.assistants import attractions, forms

Definition = Mapping[str, Any]
NONE = {"ko": "없음", "en": "none"}
ATTRACTIONS_MAX_CHARS = 6000  # of the list of places in a prompt: about 3,000 tokens


def system_prompt(definition: Definition, language: str) -> str:
    """The assistant's standing instructions, as they stand: nothing of a member's is put in."""
    return str(definition["system_prompt"][language]).strip()


def message(definition: Definition, inputs: Mapping[str, Any], language: str) -> str:
    """What the model gets of a form; whatever a member typed is put in once and read by no template."""
    names = readings(definition, inputs, language)
    if definition.get("cards") == "singapore-attractions":
        names["attractions"] = attractions.bundles_text(inputs, language, max_chars=ATTRACTIONS_MAX_CHARS)
    return filled(definition, "message_template", names, language)


def title(definition: Definition, inputs: Mapping[str, Any], language: str) -> str:
    """A conversation's title, on one line."""
    return " ".join(filled(definition, "title_template", readings(definition, inputs, language), language).split())


def summary(definition: Definition, inputs: Mapping[str, Any]) -> dict[str, str]:
    """The form on one line, `{ko, en}`."""
    return {
        language: " ".join(
            filled(definition, "summary_template", readings(definition, inputs, language), language).split()
        )
        for language in ("ko", "en")
    }


def filled(definition: Definition, name: str, names: Mapping[str, str], language: str) -> str:
    return Template(definition[name][language]).substitute(names).strip()


def readings(definition: Definition, inputs: Mapping[str, Any], language: str) -> dict[str, str]:
    """Each input as a person reads it: labels for choices, separators in numbers, a word for nothing."""
    return {field["name"]: reading(field, inputs.get(field["name"]), language) for field in definition["fields"]}


def reading(field: Mapping[str, Any], value: Any, language: str) -> str:
    if forms.is_empty(value):
        return NONE[language]
    labels = {option["value"]: option["label"][language] for option in field.get("options", [])}
    if isinstance(value, list):
        return ", ".join(labels[one] for one in value)
    if isinstance(value, int):
        return f"{value:,}"
    return str(labels.get(value, value))
