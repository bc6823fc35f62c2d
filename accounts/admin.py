"""Members and their log-ins for moderators."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import two_step
from accounts.models import Session, SocialAccount, User

for device in two_step.DEVICES:
    admin.site.unregister(device)  # the library's own pages show the secrets


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
    list_display = ("nickname", "email", "daily_limit", "is_active", "is_staff", "second_step", "date_joined")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "nickname")
    readonly_fields = ("date_joined", "last_login", "email_verified_at")
    fieldsets = (
        (None, {"fields": ("email", "nickname", "password", "daily_limit", "is_active")}),
        (_("Rights"), {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Times"), {"fields": ("date_joined", "last_login", "email_verified_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "nickname", "password1", "password2")}),)
    actions = ("remove_second_step",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request).annotate(has_second_step=two_step.IS_ON)
        return users

    @admin.display(description=_("two-step log-in"), boolean=True)
    def second_step(self, user: User) -> bool:
        return bool(user.has_second_step)  # type: ignore[attr-defined]  # annotated above

    def has_reset_permission(self, request: HttpRequest) -> bool:
        """For superusers: whoever takes another's second step away could log in as them with a password alone."""
        return bool(request.user.is_superuser)

    @admin.action(description=_("Turn two-step log-in off for the selected members"), permissions=["reset"])
    def remove_second_step(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Not for oneself: that asks for a code, on a page of its own."""
        removed = [user for user in users if user.pk != request.user.pk and two_step.remove(user)]
        for user in removed:
            self.log_change(request, user, "Two-step log-in turned off.")
        self.message_user(request, _("Two-step log-ins turned off: %d.") % len(removed))


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
