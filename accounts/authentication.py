"""Who is asking: a bearer access token, and the log-in that it names, in one query."""

from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import AccessToken

from accounts import tokens
from accounts.models import Session, User
from config.problems import Problem


class SessionTokenAuthentication(JWTAuthentication):
    """`request.user` is the member, `request.auth` the log-in; every refusal is a 401 or `banned`."""

    def authenticate(self, request: Request) -> tuple[User, Session] | None:  # type: ignore[override]
        header = request.headers.get("Authorization", "").split()
        if not header or header[0].lower() != "bearer":
            return None
        if len(header) != 2:
            raise Problem("token_invalid")
        session = tokens.session_of(tokens.read(AccessToken, header[1]))
        session.see()
        return session.user, session
