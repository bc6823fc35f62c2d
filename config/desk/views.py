"""HTTP of the desk for everybody."""

from typing import Any

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.desk.models import Announcement
from config.desk.serializers import AnnouncementSerializer


class AnnouncementsView(APIView):
    """What the operator has to say now."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        showing: Any = Announcement.objects.showing()  # the stubs know no `many`
        return Response(AnnouncementSerializer(showing, many=True).data)
