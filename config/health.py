"""Liveness and readiness, answered before the host name is looked at, so that a probe needs none."""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.db import Error as DatabaseAway
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from chat.worker import this_process
from config import problems


def waiting_migrations() -> int:
    """How many have not run."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@lru_cache(maxsize=1)
def is_migrated() -> bool:
    """True once every migration has run; LookupError until then, which the cache does not keep: it is asked anew."""
    if waiting_migrations():
        raise LookupError
    return True


def is_ready() -> bool:
    """The database answers, is migrated, and this process is not draining."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return is_migrated() and not this_process.is_draining
    except (DatabaseAway, LookupError):
        return False


class HealthMiddleware:
    """`/healthz`: the process lives, its version. `/readyz`: it can take requests, else 503 `not_ready`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return JsonResponse({"status": "ok", "version": settings.VERSION})
        if request.path == "/readyz":
            return JsonResponse({"status": "ready"}) if is_ready() else problems.response("not_ready")
        return self.get_response(request)
