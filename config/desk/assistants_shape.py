"""A definition as flat fields of a form, and back; what an assistant must be is `chat.assistants.definition`'s."""

from collections.abc import Iterable, Mapping
from typing import Any

LANGUAGES = ("ko", "en")
# Texts in both languages, and those of them that an assistant may do without.
TEXTS = ("name", "description", "system_prompt", "sample", "closing_message")
FORM_TEXTS = ("message_template", "title_template", "summary_template")
OPTIONAL = ("closing_message", *FORM_TEXTS)
PLAIN = ("icon", "max_output_tokens", "max_input_chars", "model", "speech_language", "cards")
FIELD_TEXTS = ("label", "help", "placeholder")
FIELD_PLAIN = ("min", "max", "step", "max_length", "not_before", "after", "max_days")
SEPARATOR = " | "

Definition = Mapping[str, Any]


def flat(definition: Definition) -> dict[str, Any]:
    """The values of the form's own inputs: `name_ko`, `name_en`, …; the fields apart."""
    values = {
        f"{name}_{language}": text for name in (*TEXTS, *FORM_TEXTS) for language, text in texts(definition, name)
    }
    plain = {name: definition[name] for name in PLAIN if name in definition}
    return values | plain | ({"example": definition["example"]} if definition.get("example") else {})


def texts(holder: Mapping[str, Any], name: str) -> Iterable[tuple[str, str]]:
    return dict(holder.get(name) or {}).items()


def flat_field(field: Mapping[str, Any]) -> dict[str, Any]:
    """One field of the assistant's form as a row of inputs."""
    values = {f"{name}_{language}": text for name in FIELD_TEXTS for language, text in texts(field, name)}
    options = "\n".join(
        SEPARATOR.join((option["value"], *(option["label"][language] for language in LANGUAGES)))
        for option in field.get("options", [])
    )
    plain = {name: field[name] for name in ("name", "type", "required", *FIELD_PLAIN) if name in field}
    return values | plain | ({"options": options} if options else {})


def whole(values: Mapping[str, Any], fields: Iterable[Mapping[str, Any]], kept: Definition) -> dict[str, Any]:
    """The definition that the inputs make; `kept` is what an older one has beside them."""
    ours = {*TEXTS, *FORM_TEXTS, *PLAIN, "example", "fields"}
    made: dict[str, Any] = {name: value for name, value in kept.items() if name not in ours}
    made |= {name: values[name] for name in PLAIN if values.get(name) not in (None, "")}
    for name in (*TEXTS, *FORM_TEXTS):
        both = {language: tidy(values.get(f"{name}_{language}")) for language in LANGUAGES}
        if name not in OPTIONAL or any(both.values()):
            made[name] = both
    if values.get("example"):
        made["example"] = values["example"]
    return made | {"fields": [whole_field(field) for field in fields]}


def whole_field(values: Mapping[str, Any]) -> dict[str, Any]:
    """One field of the definition from its row of inputs."""
    made: dict[str, Any] = {name: values.get(name) for name in ("name", "type", "required")}
    for name in FIELD_TEXTS:
        both = {language: tidy(values.get(f"{name}_{language}")) for language in LANGUAGES}
        if name == "label" or any(both.values()):
            made[name] = both
    for name in FIELD_PLAIN:
        value = values.get(name)
        if value not in (None, ""):
            is_number = name in ("step", "max_length", "max_days") or values.get("type") == "integer"
            made[name] = number(value) if is_number else value
    if values.get("options"):
        made["options"] = options_of(values["options"])
    return made


def number(value: Any) -> Any:
    """A whole number where it is one; what is none is left for the check to name."""
    try:
        return int(value)
    except ValueError:
        return value


def options_of(text: str) -> list[dict[str, Any]]:
    """`value | Korean | English` a line; a part that is missing is left for the check to name."""
    lines = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip()]
    return [{"value": value, "label": dict(zip(LANGUAGES, labels, strict=False))} for value, *labels in lines]


def tidy(text: Any) -> str:
    """A text as it is kept: a browser's line ends become ours."""
    return str(text or "").replace("\r\n", "\n").strip()


def tidied(definition: Any) -> Any:
    """A definition with all its texts tidy: two that read the same are equal."""
    if isinstance(definition, dict):
        return {name: tidied(value) for name, value in definition.items()}
    if isinstance(definition, list):
        return [tidied(value) for value in definition]
    return tidy(definition) if isinstance(definition, str) else definition
