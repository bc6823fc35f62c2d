"""HTTP of one's data: taking it along, leaving for good."""

from django.http import FileResponse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import leaving, serializers
from accounts.views import member
from config.base_views import OwnType
from config.fields import validated


class DeletionView(APIView):
    """Leave for good."""

    throttle_scope = "password"

    def post(self, request: Request) -> Response:
        fields = validated(serializers.DeletionSerializer, request.data)
        leaving.check_intent(member(request), **fields)
        leaving.leave(member(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportView(APIView):
    """Everything that is kept of oneself, as a ZIP."""

    throttle_scope = "export"
    content_negotiation_class = OwnType

    def get(self, request: Request) -> FileResponse:
        profile = dict(serializers.UserSerializer(member(request)).data)
        file = leaving.archive(member(request), profile)
        headers = {"Cache-Control": "no-store"}
        return FileResponse(file, as_attachment=True, filename="haru.zip", headers=headers)
