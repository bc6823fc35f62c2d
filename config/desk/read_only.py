"""Rows that the service writes and nobody edits."""

from django.db import models
from django.http import HttpRequest

from config.listing import ListAdmin


class ReadOnlyAdmin(ListAdmin):
    """To look at, for whom the right to view was given."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
