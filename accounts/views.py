"""HTTP of accounts: signing up, logging in and out, tokens, one's own profile."""

from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import RefreshToken

from accounts import serializers, signup, tokens
from accounts.models import Session, User
from config.base_views import OpenView
from config.fields import validated
from config.limits import addresses
from config.problems import Problem


def logged_in(session: Session, *, code: int) -> Response:
    """`{user, access, refresh}` of a new log-in."""
    return Response({"user": serializers.UserSerializer(session.user).data, **tokens.token_pair(session)}, code)


def origin_of(request: Request) -> dict[str, str]:
    """What the client calls itself, for the member's own list of log-ins, and its address, for the limits."""
    return {"device": request.headers.get("User-Agent", ""), "address": addresses.client(request._request)}


def given(request: Request, field: str) -> str:
    """A field of a body that nobody has looked at yet; empty if it is no text."""
    value = request.data.get(field) if isinstance(request.data, dict) else None
    return value if isinstance(value, str) else ""


def member(request: Request) -> User:
    """Who asks, on a route that only members reach."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def own_session(request: Request) -> Session:
    """The log-in that asks, on a route that only members reach."""
    assert isinstance(request.auth, Session)  # noqa: S101
    return request.auth


class SignupView(OpenView):
    """Sign up, and be logged in."""

    def post(self, request: Request) -> Response:
        serializer = serializers.SignupSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        session = signup.sign_up(
            email=fields["email"],
            nickname=fields["nickname"],
            password=fields["password"],
            code=fields.get("code", ""),
            **origin_of(request),
        )
        return logged_in(session, code=status.HTTP_201_CREATED)


class LoginView(OpenView):
    """Log in with e-mail and password."""

    def post(self, request: Request) -> Response:
        fields = validated(serializers.LoginSerializer, request.data)
        return logged_in(signup.log_in(**fields, **origin_of(request)), code=status.HTTP_200_OK)


class RefreshView(OpenView):
    """A new pair of tokens for a refresh token."""

    throttle_scope = "refresh"

    def throttle_account(self, request: Request) -> str:
        return tokens.login_named(given(request, "refresh"))

    def post(self, request: Request) -> Response:
        fields = validated(serializers.RefreshSerializer, request.data)
        return Response(tokens.rotate(fields["refresh"]))


class VerifyView(OpenView):
    """Whether a token, of either kind, still opens something."""

    throttle_scope = "verify"

    def throttle_account(self, request: Request) -> str:
        return tokens.login_named(given(request, "token"))

    def post(self, request: Request) -> Response:
        fields = validated(serializers.VerifySerializer, request.data)
        tokens.session_of(tokens.either_kind(fields["token"]))
        return Response({})


class LogoutView(APIView):
    """End this log-in, by its access token or, when that has expired, by its refresh token."""

    permission_classes = (AllowAny,)

    def perform_authentication(self, request: Request) -> None:
        """Left to the body: a refresh token is enough, whatever the header holds."""

    def post(self, request: Request) -> Response:
        fields = validated(serializers.LogoutSerializer, request.data)
        if "refresh" in fields:
            session = tokens.session_of(tokens.read(RefreshToken, fields["refresh"]))
        elif isinstance(request.auth, Session):
            session = request.auth
        else:
            raise Problem("not_authenticated")
        Session.objects.filter(id=session.id).end()
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(APIView):
    """One's own profile."""

    def get(self, request: Request) -> Response:
        return Response(serializers.UserSerializer(member(request)).data)

    def patch(self, request: Request) -> Response:
        serializer = serializers.UserSerializer(member(request), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)
