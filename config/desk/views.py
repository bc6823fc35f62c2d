"""HTTP of the desk for everybody."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from chat.answers import STREAM_HEADERS
from config.base_views import OpenView, OwnType
from config.desk.models import Announcement
from config.desk.serializers import AnnouncementSerializer

PROBE_SECONDS = 0.5


async def probe() -> AsyncIterator[bytes]:
    """Three lines, half a second apart: a proxy that buffers brings them all at once."""
    for number in range(3):
        await asyncio.sleep(PROBE_SECONDS if number else 0)
        yield b": probe\n\n"


class ProbeView(OpenView):
    """A short stream that says nothing, for who looks whether streams come through."""

    content_negotiation_class = OwnType
    throttle_scope = "probe"

    def get(self, request: Request) -> HttpResponseBase:
        return StreamingHttpResponse(probe(), content_type="text/event-stream", headers=STREAM_HEADERS)


class AnnouncementsView(OpenView):
    """What the operator has to say now."""

    def get(self, request: Request) -> Response:
        showing: Any = Announcement.objects.showing()  # the stubs know no `many`
        return Response(AnnouncementSerializer(showing, many=True).data)
