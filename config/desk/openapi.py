"""What the OpenAPI document says of the routes of the desk."""

from drf_spectacular.utils import OpenApiResponse

from config.desk import serializers
from config.schema import Operation, answered

EXAMPLE = {
    "id": "0c3f9a52-6f4e-4a43-9a0c-8f6f6a6c2f10",
    "text": {"ko": "오늘 밤 11시부터 30분 동안 점검합니다.", "en": "Maintenance tonight, from 11 pm for half an hour."},
    "level": "warning",
    "until": "2026-03-01T23:30:00+09:00",
}

OPERATIONS = {
    ("ProbeView", "get"): Operation(
        id="probeStream",
        tag="announcements",
        summary="Whether streams come through",
        description="Three comment lines, half a second apart; a proxy that buffers brings them all at once.",
        answers={(200, "text/event-stream"): OpenApiResponse({"type": "string"}, description="Comments.")},
        is_open=True,
    ),
    ("AnnouncementsView", "get"): Operation(
        id="listAnnouncements",
        tag="announcements",
        summary="What the operator has to say now",
        description="For everybody: those of now, warnings first, then the newest. `text` has both languages.",
        answers={200: serializers.AnnouncementSerializer(many=True)},
        examples=[answered(EXAMPLE)],
        is_open=True,
    ),
}
