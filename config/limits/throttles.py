"""The limits of a whole view, which declares them in a line: `throttle_scope = "a rule of settings.LIMITS"`."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from config.limits import addresses, hits


class RuleThrottle(BaseThrottle):
    """Holds members to a rule by their account, others by their address; views without `throttle_scope` to none.

    A view with `throttle_account(request)` is held to the rule `<scope>-account` too, for the account that it names.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        if scope := getattr(view, "throttle_scope", ""):
            account = view.throttle_account(request) if hasattr(view, "throttle_account") else ""
            also = [(f"{scope}-account", account)] if account else []
            hits.take((scope, who(request)), *also, now=timezone.now())
        return True


def who(request: Request) -> object:
    """A member's id, or the address."""
    return request.user.pk or addresses.client(request._request)
