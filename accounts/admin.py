"""Members and their log-ins for moderators."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Session, SocialAccount, User


class NewUserForm(UserCreationForm):
    """A member made by hand: e-mail and nickname besides the password."""

    class Meta:
        model = User
        fields = ("email", "nickname")


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Members: raise a limit, ban (not active), see when they joined."""

    add_form = NewUserForm
    form = UserChangeForm
    ordering = ("-date_joined",)
    list_display = ("nickname", "email", "daily_limit", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "nickname")
    readonly_fields = ("date_joined", "last_login", "email_verified_at")
    fieldsets = (
        (None, {"fields": ("email", "nickname", "password", "daily_limit", "is_active")}),
        (_("Rights"), {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Times"), {"fields": ("date_joined", "last_login", "email_verified_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "nickname", "password1", "password2")}),)


@admin.register(Session)
class SessionAdmin(admin.ModelAdmin):
    """Log-ins: where a member is logged in; the action ends them at once."""

    list_display = ("user", "device", "created_at", "last_seen_at", "ended_at")
    list_filter = ("ended_at",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__nickname")
    fields = readonly_fields = ("user", "device", "created_at", "last_seen_at", "expires_at", "ended_at")
    actions = ("end",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=_("End the selected log-ins"), permissions=["change"])
    def end(self, request: HttpRequest, sessions: QuerySet[Session, Session]) -> None:
        ended = Session.objects.filter(pk__in=sessions.values("pk")).end()
        self.message_user(request, _("Log-ins ended: %d.") % ended)


@admin.register(SocialAccount)
class SocialAccountAdmin(admin.ModelAdmin):
    """Which providers open which account; a moderator may take one away, as when a thief linked it."""

    list_display = ("user", "provider", "created_at")
    list_filter = ("provider",)
    search_fields = ("user__email", "user__nickname")
    fields = readonly_fields = ("user", "provider", "uid", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
