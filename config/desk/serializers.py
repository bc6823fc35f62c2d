"""What the desk gives out."""

from typing import Any

from rest_framework import serializers

from config.desk.models import Announcement


class WordsSerializer(serializers.Serializer[Any]):
    ko = serializers.CharField()
    en = serializers.CharField()


class AnnouncementSerializer(serializers.Serializer[Announcement]):
    """Something the operator has to say; `until` is null for what has no end yet."""

    id = serializers.UUIDField()
    text = WordsSerializer()
    level = serializers.ChoiceField(choices=["info", "warning"])
    until = serializers.DateTimeField(source="ends_at", allow_null=True)
