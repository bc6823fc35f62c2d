"""Assistants as rows: loading the files into versions, and what the API shows of one."""

import hashlib
import json
from datetime import date
from typing import Any

from django.db import transaction

from chat.assistants import attractions, definitions, forms
from chat.models import Assistant

CARDS = {"singapore-attractions": attractions.cards}


def load() -> list[str]:
    """Brings the rows up to the files, idempotently; returns the slugs that got a new version.

    A version that a moderator made is newer than any file: it stays current.
    """
    return [definition["slug"] for definition in definitions.load_files() if load_one(dict(definition))]


@transaction.atomic
def load_one(definition: dict[str, Any]) -> bool:
    """Publishes a file's definition if the current version came from an older file, or there is none."""
    digest = hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()
    assistant, _ = (
        Assistant.objects.select_for_update(of=("self",))
        .select_related("current")
        .get_or_create(slug=definition["slug"], defaults={"order": definition["order"]})
    )
    current = assistant.current
    if current and (not current.file_digest or current.file_digest == digest):
        return False
    assistant.publish(definition, file_digest=digest)
    return True


def public(assistant: Assistant, *, today: date) -> dict[str, Any]:
    """`{slug, name, description, icon, fields, speech_language, closing_message, example, sample, cards?}`."""
    assert assistant.current is not None  # noqa: S101  # offered() has only those with a version
    definition = assistant.current.definition
    shown = {
        "slug": assistant.slug,
        "name": definition["name"],
        "description": definition["description"],
        "icon": definition["icon"],
        "fields": forms.public_fields(definition["fields"], today=today),
        "speech_language": definition.get("speech_language"),
        "closing_message": definition.get("closing_message"),
        "example": forms.public_example(definition, today=today),
        "sample": definition["sample"],
    }
    if cards := definition.get("cards"):
        shown["cards"] = CARDS[cards]()
    return shown
