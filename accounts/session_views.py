"""HTTP of one's log-ins: which there are, ending one, ending all others."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import serializers, sessions
from accounts.models import Session
from accounts.views import member, own_session


class SessionsView(APIView):
    """One's living log-ins."""

    def get(self, request: Request) -> Response:
        living: Any = sessions.of(member(request))  # the stubs know no `many`
        return Response(serializers.SessionSerializer(living, many=True, context={"request": request}).data)

    def delete(self, request: Request) -> Response:
        Session.objects.filter(user=member(request)).exclude(id=own_session(request).id).end()
        return Response(status=status.HTTP_204_NO_CONTENT)


class SessionView(APIView):
    """One log-in of one's own."""

    def session(self, request: Request, id: UUID) -> Session:
        return get_object_or_404(Session.objects.alive().filter(user=member(request)), id=id)

    def get(self, request: Request, id: UUID) -> Response:
        shown = serializers.SessionSerializer(self.session(request, id), context={"request": request})
        return Response(shown.data)

    def delete(self, request: Request, id: UUID) -> Response:
        Session.objects.filter(id=self.session(request, id).id).end()
        return Response(status=status.HTTP_204_NO_CONTENT)
