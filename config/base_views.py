"""What views of several apps begin with: a route for everybody, an answer of one type."""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView


class OpenView(APIView):
    """A route for everybody: a token that happens to be sent is not looked at."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class OwnType(DefaultContentNegotiation):
    """For files, streams and redirects, which answer their own type whatever `Accept` says."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""
