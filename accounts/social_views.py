"""HTTP of the social log-in: the providers, the way there and back, the hand-over, unlinking."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import providers, serializers, social, social_state
from accounts.models import Session
from accounts.views import logged_in, member, origin_of
from config.base_views import OpenView, OwnType
from config.fields import validated
from config.problems import Problem


class OnwardView(OpenView):
    """A step of the browser's way to a configured provider and back."""

    content_negotiation_class = OwnType
    http_method_names = ("get", "options")  # no HEAD: it would use up a state

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if kwargs["provider"] not in providers.configured():
            raise Problem("not_found")


def sent_on(address: str) -> HttpResponse:
    """A redirect that is not kept and does not tell where it came from."""
    return HttpResponseRedirect(address, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


class ProvidersView(OpenView):
    """The providers that are configured."""

    def get(self, request: Request) -> Response:
        offered = [{"id": provider, "name": providers.NAMES[provider]} for provider in providers.configured()]
        return Response(serializers.ProviderSerializer(offered, many=True).data)


class StartView(OnwardView):
    """Send the browser to the provider."""

    throttle_scope = "social-start"

    def get(self, request: Request, provider: str) -> HttpResponse:
        query = validated(serializers.SocialStartSerializer, request.query_params.dict())
        attempt, address = social.begin(request._request, provider, challenge=query["challenge"])
        response = sent_on(address)
        attempt.keep(response)
        return response


class CallbackView(OnwardView):
    """Take the provider's answer and send the browser to the page; decides nothing about accounts."""

    def get(self, request: Request, provider: str) -> HttpResponse:
        response = sent_on(f"{settings.FRONTEND_URL}#{social.outcome(request._request, provider)}")
        social_state.forget(request._request, response, provider)
        return response


class SocialTokenView(APIView):
    """Fetch what the callback left: log in or sign up, or link when a member asks."""

    permission_classes = (AllowAny,)
    throttle_scope = "social-token"

    def post(self, request: Request) -> Response:
        fields = validated(serializers.SocialTokenSerializer, request.data)
        signup_code = fields.pop("signup_code", "")
        if isinstance(request.auth, Session):
            session = social.link(request.auth, **fields)
        else:
            session = social.log_in(**fields, signup_code=signup_code, **origin_of(request))
        return logged_in(session, code=status.HTTP_200_OK)


class SocialAccountView(APIView):
    """A provider that opens one's account."""

    def delete(self, request: Request, provider: str) -> Response:
        social.unlink(member(request), provider)
        return Response(status=status.HTTP_204_NO_CONTENT)
