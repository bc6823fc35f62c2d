"""HTTP of passwords and addresses: changing them, and the links in mails."""

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import emails, passwords, serializers
from accounts.models import normalised_email
from accounts.views import given, member, own_session
from config.base_views import OpenView
from config.fields import validated


class PasswordChangeView(APIView):
    """Change one's password, or set a first one."""

    throttle_scope = "password"

    def post(self, request: Request) -> Response:
        fields = validated(serializers.PasswordChangeSerializer, request.data)
        passwords.change(own_session(request), current=fields.get("current"), password=fields["password"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordResetView(OpenView):
    """Have a link mailed that sets a new password."""

    throttle_scope = "reset"

    def throttle_account(self, request: Request) -> str:
        return normalised_email(given(request, "email")) or ""

    def post(self, request: Request) -> Response:
        fields = validated(serializers.PasswordResetSerializer, request.data)
        passwords.ask_for_reset(**fields)
        return Response(status=status.HTTP_202_ACCEPTED)


class PasswordResetConfirmView(OpenView):
    """Set a new password by the link's token."""

    throttle_scope = "link"

    def post(self, request: Request) -> Response:
        passwords.reset(**validated(serializers.PasswordResetConfirmSerializer, request.data))
        return Response(status=status.HTTP_204_NO_CONTENT)


class EmailChangeView(APIView):
    """Have a link mailed that makes an address one's own, or confirms it."""

    throttle_scope = "password"

    def post(self, request: Request) -> Response:
        fields = validated(serializers.EmailChangeSerializer, request.data)
        emails.ask_for_change(member(request), email=fields["email"], password=fields.get("password"))
        return Response(status=status.HTTP_202_ACCEPTED)


class EmailVerifyView(OpenView):
    """Take an address by the link's token."""

    throttle_scope = "link"

    def post(self, request: Request) -> Response:
        emails.verify(**validated(serializers.EmailVerifySerializer, request.data))
        return Response(status=status.HTTP_204_NO_CONTENT)
