"""What the OpenAPI document says of log-ins, passwords and addresses."""

from accounts import serializers
from config.schema import Operation, answered, sent

SESSION = {
    "id": "0f0c3d52-9d0e-4a4b-8f0b-8f2f6f1f4a77",
    "device": "Chrome on Android",
    "created_at": "2026-03-01T09:00:00+09:00",
    "last_seen_at": "2026-03-01T21:35:00+09:00",
    "current": True,
}
PASSWORD = {"password": "a quieter harbour", "password_confirm": "a quieter harbour"}
TOKEN = {"token": "mEo4xDwq0G8r2Yw1n3sZcJp7T5uKbVh9LfAiXeQd6Og"}
REFUSED = (
    "`token_invalid`, in the same words for all: used, too old, ended by a later change, its member banned or gone."
)

OPERATIONS = {
    ("SessionsView", "get"): Operation(
        id="listLogIns",
        tag="accounts",
        summary="One's log-ins",
        description="Those that live, newest seen first, at most 100. `device` is a name to show; `last_seen_at` is "
        "exact to five minutes; `current` is the one that asks.",
        answers={200: serializers.SessionSerializer(many=True)},
        examples=[answered(SESSION)],
    ),
    ("SessionsView", "delete"): Operation(
        id="endOtherLogIns",
        tag="accounts",
        summary="End all other log-ins",
        description="All but the one that asks; their tokens are refused from then on and their streams close.",
        answers={204: None},
    ),
    ("SessionView", "get"): Operation(
        id="getLogIn",
        tag="accounts",
        summary="One log-in",
        description="As in the list.",
        answers={200: serializers.SessionSerializer},
        examples=[answered(SESSION)],
    ),
    ("SessionView", "delete"): Operation(
        id="endLogIn",
        tag="accounts",
        summary="End a log-in",
        description="Its tokens are refused from then on and its streams close; one's own is a log-out.",
        answers={204: None},
    ),
    ("PasswordChangeView", "post"): Operation(
        id="changePassword",
        tag="accounts",
        summary="Change or set the password",
        description="`current` is asked of who has a password (`has_password`); a wrong one is 400 `invalid` "
        "naming it. Ends every other log-in and what was mailed before.",
        request=serializers.PasswordChangeSerializer,
        answers={204: None},
        examples=[sent({"current": "a quiet harbour", **PASSWORD})],
    ),
    ("PasswordResetView", "post"): Operation(
        id="askForPasswordReset",
        tag="accounts",
        summary="Have a link mailed that sets a new password",
        description="202 in the same time whether or not the address is a member's. The link leads to the page's "
        "`reset.html#token=…`, works once and for an hour; at most 5 a member and hour.",
        request=serializers.PasswordResetSerializer,
        answers={202: None},
        examples=[sent({"email": "me@example.com"})],
        is_open=True,
    ),
    ("PasswordResetConfirmView", "post"): Operation(
        id="resetPassword",
        tag="accounts",
        summary="Set a new password by a mailed link",
        description="`token` is the link's. Ends all log-ins and all other links; the address counts as confirmed; if "
        "it was not before, providers that were linked until then open nothing any more. A "
        f"password that breaks a rule uses nothing up. {REFUSED}",
        request=serializers.PasswordResetConfirmSerializer,
        answers={204: None},
        examples=[sent({**TOKEN, **PASSWORD})],
        codes=["token_invalid"],
        is_open=True,
    ),
    ("EmailChangeView", "post"): Operation(
        id="changeEmail",
        tag="accounts",
        summary="Ask for another e-mail address, or confirm one's own",
        description="Mails a link to the address (the page's `verify.html#token=…`, once, for three days) and a notice "
        "to the one before; it takes effect when the link is opened. `password` is asked of who has one "
        "(400 `invalid` names it). One's own address gets its link again while it is unconfirmed, and needs no "
        "password. Whether the address is taken is said only to who opens the link.",
        request=serializers.EmailChangeSerializer,
        answers={202: None},
        examples=[sent({"email": "new@example.com", "password": "a quiet harbour"})],
    ),
    ("EmailVerifyView", "post"): Operation(
        id="verifyEmail",
        tag="accounts",
        summary="Confirm an address by a mailed link",
        description=f"The link's address becomes its member's, confirmed; a taken one uses nothing up. {REFUSED}",
        request=serializers.EmailVerifySerializer,
        answers={204: None},
        examples=[sent(TOKEN)],
        codes=["token_invalid", "email_taken"],
        is_open=True,
    ),
}
