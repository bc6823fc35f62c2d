"""What the OpenAPI document says of the routes of accounts."""

from drf_spectacular.utils import OpenApiResponse

from accounts import openapi_access, serializers
from config.schema import Operation, answered, query, sent

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
REDIRECT = {"Location": ("Where the browser goes on.", [302])}


OPERATIONS = {
    **openapi_access.OPERATIONS,
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
        codes=["email_taken", "too_many_requests"],
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
        codes=["wrong_credentials", "banned", "too_many_requests"],
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
    ("DeletionView", "post"): Operation(
        id="deleteAccount",
        tag="accounts",
        summary="Leave for good",
        description="`password`, or `confirm` with the nickname where there is none. Every row goes; a reply that is "
        "being written is stopped first.",
        request=serializers.DeletionSerializer,
        answers={204: None},
        examples=[sent({"password": "a quiet harbour"})],
        codes=["too_many_requests"],
    ),
    ("ExportView", "get"): Operation(
        id="exportAccount",
        tag="accounts",
        summary="Take everything along",
        description="A ZIP: JSON with everything that is kept, and each conversation as Markdown for people.",
        answers={(200, "application/zip"): OpenApiResponse({"type": "string"}, description="A file.")},
        headers={"Content-Disposition": ("The file's name.", [200])},
        codes=["too_many_requests"],
    ),
    ("ProvidersView", "get"): Operation(
        id="listSocialProviders",
        tag="social",
        summary="The providers of social log-ins",
        description="Those that the operator has configured; none: an empty list.",
        answers={200: serializers.ProviderSerializer(many=True)},
        examples=[answered({"id": "kakao", "name": {"ko": "카카오", "en": "Kakao"}})],
        is_open=True,
    ),
    ("StartView", "get"): Operation(
        id="startSocialLogIn",
        tag="social",
        summary="Go to a provider",
        description="Not a call but a place to go: set `location.href` to it. The page makes a random `verifier` (43 to"
        " 128 characters), keeps it in `sessionStorage` and sends its S256 challenge. `provider` is an `id`"
        " of the list.",
        answers={302: None},
        parameters=[query("challenge", "BASE64URL(SHA256(verifier)) without padding.", required=True)],
        headers={**REDIRECT, "Set-Cookie": ("Binds the way back to this browser for 10 minutes.", [302])},
        is_open=True,
        has_query=True,
    ),
    ("CallbackView", "get"): Operation(
        id="comeBackFromProvider",
        tag="social",
        summary="The provider's way back",
        description="Providers send browsers here; pages never call it. It goes on to the page (`FRONTEND_URL`) with "
        "`#social_code=…`, or with `#social_error=` `cancelled`, `state_invalid` (another browser, older "
        "than 10 minutes, used before: start again) or `provider_unavailable`.",
        answers={302: None},
        parameters=[
            query("state", "Ours, given back."),
            query("code", "The provider's, for our server."),
            query("error", "`access_denied` where the person cancelled."),
        ],
        headers=REDIRECT,
        is_open=True,
    ),
    ("SocialTokenView", "post"): Operation(
        id="finishSocialLogIn",
        tag="social",
        summary="Finish a social log-in, or link",
        description="Takes `code` from the fragment (60 s, once) and the page's `verifier`. Without a bearer token it "
        "logs in, or makes the account if the provider's is new here. With one it links the provider's "
        "account to that member and answers the tokens of the same log-in. Accounts are never joined by "
        "e-mail: `email_taken` means log in, then link; when linking it means that the provider's account "
        "already belongs to another member. `signup_code` is asked for (400 `invalid` names it, `code` "
        "stays good) where a new account is to be made and the operator closed sign-up.",
        request=serializers.SocialTokenSerializer,
        answers={200: serializers.LoggedInSerializer},
        examples=[
            sent({"code": "Jq3o…", "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}),
            answered({"user": USER | {"has_password": False, "providers": ["kakao"]}, **PAIR}),
        ],
        codes=["social_code_invalid", "email_taken", "banned"],
    ),
    ("SocialAccountView", "delete"): Operation(
        id="unlinkSocialAccount",
        tag="social",
        summary="Unlink a provider",
        description="That provider opens the account no more. The last way in stays: `last_way_in`, unless there is a "
        "password (and an e-mail to go with it) or another provider.",
        answers={204: None},
        codes=["last_way_in"],
    ),
}
