"""How the list of members is narrowed."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import SocialAccount, User
from chat import use
from chat.quota import local_day
from config.listing import YesNoFilter


class UsedToday(YesNoFilter):
    """Who asked something today."""

    title = _("used today")
    parameter_name = "used_today"

    def queryset(self, request: HttpRequest, members: QuerySet[User]) -> QuerySet[User]:
        today = use.members_of(local_day(timezone.now()))
        if self.value() == "yes":
            return members.filter(pk__in=today)
        return members.exclude(pk__in=today) if self.value() == "no" else members


class Banned(YesNoFilter):
    """Who may not be here."""

    title = _("banned")
    parameter_name = "banned"

    def queryset(self, request: HttpRequest, members: QuerySet[User]) -> QuerySet[User]:
        return members.filter(is_active=self.value() == "no") if self.value() in ("yes", "no") else members


class WayIn(admin.SimpleListFilter):
    """How they log in: a provider's account, or none of those."""

    title = _("provider")
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[tuple[str, Any]]:
        yield from ((provider, provider.title()) for provider in settings.SOCIAL_KEYS)
        yield "none", _("none")

    def queryset(self, request: HttpRequest, members: QuerySet[User]) -> QuerySet[User]:
        linked = SocialAccount.objects.values("user")
        if self.value() == "none":
            return members.exclude(pk__in=linked)
        return members.filter(pk__in=linked.filter(provider=self.value())) if self.value() else members
