"""What the OpenAPI document says of the routes of accounts."""

from accounts import serializers
from config.schema import Operation, answered, sent

USER = {
    "id": "7b2f5d0e-4b57-4f0e-9a53-0d9d8f5a1c11",
    "email": "me@example.com",
    "email_verified": False,
    "nickname": "하루",
    "date_joined": "2026-03-01T09:00:00+09:00",
    "has_password": True,
    "providers": [],
}
PAIR = {"access": "eyJhbGciOi…", "refresh": "eyJhbGciOi…"}


OPERATIONS = {
    ("SignupView", "post"): Operation(
        id="signUp",
        tag="accounts",
        summary="Sign up",
        description="Makes an account and logs it in. `code` is asked for where the operator closed sign-up.",
        request=serializers.SignupSerializer,
        answers={201: serializers.LoggedInSerializer},
        examples=[
            sent(
                {
                    "email": "me@example.com",
                    "nickname": "하루",
                    "password": "a quiet harbour",
                    "password_confirm": "a quiet harbour",
                }
            ),
            answered({"user": USER, **PAIR}, 201),
        ],
        codes=["email_taken"],
        is_open=True,
    ),
    ("LoginView", "post"): Operation(
        id="logIn",
        tag="accounts",
        summary="Log in",
        description="The same answer in the same time for an unknown address as for a wrong password.",
        request=serializers.LoginSerializer,
        answers={200: serializers.LoggedInSerializer},
        examples=[sent({"email": "me@example.com", "password": "a quiet harbour"}), answered({"user": USER, **PAIR})],
        codes=["wrong_credentials", "banned"],
        is_open=True,
    ),
    ("RefreshView", "post"): Operation(
        id="refreshTokens",
        tag="accounts",
        summary="Get fresh tokens",
        description="Rotates the refresh token. The one before is taken once more within 30 s and gets the same "
        "successor; later it ends the log-in.",
        request=serializers.RefreshSerializer,
        answers={200: serializers.TokenPairSerializer},
        examples=[sent({"refresh": PAIR["refresh"]}), answered(PAIR)],
        codes=["token_invalid", "session_ended", "banned"],
        is_open=True,
    ),
    ("VerifyView", "post"): Operation(
        id="verifyToken",
        tag="accounts",
        summary="Ask whether a token still opens anything",
        description="Takes either kind; 200 while it is unexpired and its log-in lives.",
        request=serializers.VerifySerializer,
        answers={200: {"type": "object"}},
        examples=[sent({"token": PAIR["access"]})],
        codes=["token_invalid", "session_ended", "banned"],
        is_open=True,
    ),
    ("LogoutView", "post"): Operation(
        id="logOut",
        tag="accounts",
        summary="Log out",
        description="Ends this log-in: its access and refresh tokens are refused from then on. Needs the access token, "
        "or `refresh` in the body.",
        request=serializers.LogoutSerializer,
        answers={204: None},
        examples=[sent({"refresh": PAIR["refresh"]})],
    ),
    ("MeView", "get"): Operation(
        id="getMe",
        tag="accounts",
        summary="One's own profile",
        description="`providers` are the social log-ins that are linked.",
        answers={200: serializers.UserSerializer},
        examples=[answered(USER)],
    ),
    ("MeView", "patch"): Operation(
        id="changeMe",
        tag="accounts",
        summary="Change the nickname",
        description="1 to 30 characters after NFC, not unique.",
        request=serializers.UserSerializer,
        answers={200: serializers.UserSerializer},
        examples=[sent({"nickname": "하루"}), answered(USER)],
    ),
}
