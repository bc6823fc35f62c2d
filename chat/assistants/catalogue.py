"""Assistants as rows: loading the files into versions, and what the API shows of one."""

import hashlib
import json
from datetime import date
from typing import Any

from django.db import transaction

from chat.assistants import attractions, definition, forms
from chat.models import Assistant

CARDS = {"singapore-attractions": attractions.cards}


def load() -> list[str]:
    """Brings the rows up to the files, idempotently; returns the slugs that got a new version.

    A version that a moderator made is newer than any file: it stays current.
    """
    return [made["slug"] for made in definition.load_files() if load_one(made)]


def digest_of(made: dict[str, Any]) -> str:
    """What tells one file's definition from another."""
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()


def waiting() -> list[str]:
    """The slugs that `load` would make a new version of."""
    digests = dict(Assistant.objects.filter(current__isnull=False).values_list("slug", "current__file_digest"))
    files = definition.load_files()
    return [made["slug"] for made in files if digests.get(made["slug"], "-") not in ("", digest_of(made))]


@transaction.atomic
def load_one(made: dict[str, Any]) -> bool:
    """Publishes a file's definition if the current version came from an older file, or there is none."""
    digest = digest_of(made)
    assistant, _ = (
        Assistant.objects.select_for_update(of=("self",))
        .select_related("current")
        .get_or_create(slug=made["slug"], defaults={"order": made["order"]})
    )
    current = assistant.current
    if current and (not current.file_digest or current.file_digest == digest):
        return False
    assistant.publish(made, file_digest=digest)
    return True


def public(assistant: Assistant, *, today: date) -> dict[str, Any]:
    """As api.md has it, and `{closing_message, sample, max_input_chars}`."""
    assert assistant.current is not None  # noqa: S101  # offered() has only those with a version
    made = assistant.current.definition
    shown = {
        "slug": assistant.slug,
        "name": made["name"],
        "description": made["description"],
        "icon": made["icon"],
        "fields": forms.public_fields(made["fields"], today=today),
        "speech_language": made.get("speech_language"),
        "closing_message": made.get("closing_message"),
        "example": forms.public_example(made, today=today),
        "sample": made["sample"],
        "max_input_chars": made.get("max_input_chars"),
    }
    if cards := made.get("cards"):
        shown["cards"] = CARDS[cards]()
    return shown
