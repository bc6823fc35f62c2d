"""Fields and a serializer base that take exactly what the contract says: no guessing of types, no unknown keys."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar
from unicodedata import normalize

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from rest_framework import serializers

from config.problems import Problem

Row = TypeVar("Row", bound=Any)


@cache
def serializer_of(kind: type[serializers.Serializer[Any]], _language: str | None) -> serializers.Serializer[Any]:
    """One serializer a kind and language: a new one copies all its fields, and some keep the first words they said."""
    return kind()


def validated(kind: type[serializers.Serializer[Any]], data: object) -> dict[str, Any]:
    """What was sent, or a ValidationError, which is 400 with every field's error."""
    return dict(serializer_of(kind, get_language()).run_validation(data))


class Text(serializers.CharField):
    """A JSON string; a number or a truth value is refused instead of turned into one."""

    default_error_messages: ClassVar = {"blank": gettext_lazy("This must not be empty.")}

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Name(Text):
    """Text in NFC: a Korean word that came letter by letter, as from the name of a file on a Mac, is that word."""

    def to_internal_value(self, data: object) -> str:
        return super().to_internal_value(normalize("NFC", data) if isinstance(data, str) else data)


class Flag(serializers.BooleanField):
    """JSON's true or false, nothing that merely reads like it."""

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class QueryFlag(serializers.BooleanField):
    """`true` or `false` in a query, as the document says; not the `1`, `on` and `null` that DRF takes besides."""

    def to_internal_value(self, data: object) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid", input=data)
        return data == "true"


class BilingualSerializer(serializers.Serializer[Any]):
    """A text in both languages."""

    ko = serializers.CharField()
    en = serializers.CharField()


class StrictSerializer(serializers.Serializer[Row]):
    """Refuses keys that it does not know, each at its name; keys that are only given out are unknown too.

    `gone` is the Problem's code where the row that is to be changed was deleted meanwhile.
    """

    gone = "not_found"

    default_error_messages: ClassVar = {"invalid": gettext_lazy("This must be a JSON object.")}

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """`null` is no object either; DRF says so in words of its own, which are English in every language."""
        if data is None:
            raise serializers.ValidationError({"non_field_errors": [self.error_messages["invalid"]]})
        return super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            taken = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := {key: [_("This field is not known.")] for key in data if key not in taken}:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)

    def update(self, row: Row, validated_data: dict[str, Any]) -> Row:
        """Writes what was given and nothing else."""
        if validated_data and not type(row).objects.filter(pk=row.pk).update(**validated_data):
            raise Problem(self.gone)
        for name, value in validated_data.items():
            setattr(row, name, value)
        return row
