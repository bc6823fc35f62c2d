"""What the desk gives out."""

from rest_framework import serializers

from config.desk.models import Announcement
from config.fields import BilingualSerializer


class AnnouncementSerializer(serializers.Serializer[Announcement]):
    """Something the operator has to say; `until` is null for what has no end yet."""

    id = serializers.UUIDField()
    text = BilingualSerializer()
    level = serializers.ChoiceField(choices=["info", "warning"])
    until = serializers.DateTimeField(source="ends_at", allow_null=True)
