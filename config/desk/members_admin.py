"""Members for moderators: find them, see what they use, limit, give more, ban, delete; each with its trace."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts import finding, leaving, links, two_step
from accounts.models import SocialAccount, User
from accounts.password_forms import MembersPasswordForm
from chat import quota, use
from config.desk.members_actions import MemberActions
from config.desk.members_filters import Banned, UsedToday, WayIn
from config.desk.members_forms import MemberForm, MembersActionForm, NewMemberForm

ABOUT = (None, {"fields": ("email", "nickname", "providers", "standing", "log_ins")})
USE = (_("Use"), {"fields": ("use_shown", "daily_limit", "more_today")})
BAN = (_("Ban"), {"fields": ("banned", "ban_reason", "reason")})
RIGHTS = (_("Rights"), {"fields": ("is_staff", "is_superuser", "groups", "user_permissions", "password_page")})
TIMES = (_("Times"), {"fields": ("date_joined", "last_login", "email_verified_at")})
TO_READ = (None, {"fields": ("email", "nickname", "providers", "standing", "use_shown", "daily_limit", "ban_reason")})


class Members(ChangeList):
    """A page of members, each with what they use: one query a page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        used = use.of((member.pk for member in self.result_list), quota.local_day(timezone.now()))
        for member in self.result_list:
            member.use = used.get(member.pk, use.Use())


@admin.register(User)
class MemberAdmin(MemberActions, DjangoUserAdmin):
    """Staff are for superusers to change: a moderator changes neither them nor themselves, nor anybody's way in."""

    add_form, form, action_form = NewMemberForm, MemberForm, MembersActionForm
    change_password_form = MembersPasswordForm
    ordering = ("-date_joined",)
    list_display = ("nickname", "email", "use_shown", "standing", "joined")
    list_filter = (UsedToday, Banned, WayIn, "date_joined", "is_staff")
    sortable_by = ("email", "joined")  # which have an index
    search_fields = ("email", "nickname", "id")  # see get_search_results
    search_help_text = finding.HELP
    readonly_fields = (
        *("use_shown", "standing", "log_ins", "providers", "ban_reason", "password_page"),
        *("date_joined", "last_login", "email_verified_at"),
    )
    add_fieldsets = ((None, {"fields": ("email", "nickname", "password1", "password2")}),)

    # ------------------------------------------------------------ Who may
    def is_out_of_reach(self, request: HttpRequest, member: User | None) -> bool:
        return bool(member and member.is_staff and not request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and not self.is_out_of_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        is_oneself = obj is not None and obj.pk == request.user.pk
        return super().has_delete_permission(request, obj) and not self.is_out_of_reach(request, obj) and not is_oneself

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """For superusers: a new password is a way into the account."""
        if not request.user.is_superuser:
            raise PermissionDenied
        response: HttpResponse = super().user_change_password(request, unquote(id), form_url)
        return response

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.list_display, "second_step") if request.user.is_superuser else self.list_display

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        if not self.has_change_permission(request, obj):
            return (TO_READ, TIMES)
        return (ABOUT, USE, BAN, RIGHTS, TIMES) if request.user.is_superuser else (ABOUT, USE, BAN, TIMES)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return self.readonly_fields if request.user.is_superuser else (*self.readonly_fields, "email")

    # ------------------------------------------------------------ What is shown
    def called(self, row: User) -> str:
        return row.nickname

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Members

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        members: QuerySet[User] = super().get_queryset(request)
        return members.annotate(has_second_step=two_step.IS_ON) if request.user.is_superuser else members

    def get_search_results(
        self, request: HttpRequest, members: QuerySet[User], words: str
    ) -> tuple[QuerySet[User], bool]:
        return finding.found(members, words), False

    @admin.display(description=_("today · 30 days"))
    def use_shown(self, member: Any) -> str:
        """Used today of what they may, and in the month."""
        used = getattr(member, "use", None)
        if used is None:
            day = quota.local_day(timezone.now())
            used = use.of([member.pk], day).get(member.pk, use.Use())
        return f"{used.today} / {quota.daily_limit(member) + used.extra} · {used.month}"

    @admin.display(description=_("standing"))
    def standing(self, member: User) -> Any:
        if not member.is_active:
            return format_html('<strong class="desk-bad">{}</strong>', _("banned"))
        return _("staff") if member.is_staff else _("member")

    @admin.display(description=_("joined"), ordering="date_joined")
    def joined(self, member: User) -> str:
        return date_format(timezone.localtime(member.date_joined), "SHORT_DATE_FORMAT")

    @admin.display(description=_("two-step log-in"), boolean=True)
    def second_step(self, member: Any) -> bool:
        return bool(member.has_second_step)

    @admin.display(description=_("provider"))
    def providers(self, member: User) -> str:
        return ", ".join(SocialAccount.objects.filter(user=member).values_list("provider", flat=True)) or "-"

    @admin.display(description=_("log-ins"))
    def log_ins(self, member: User) -> str:
        page = f"{reverse('admin:accounts_session_changelist')}?user__exact={member.pk}"
        return format_html('<a href="{}">{}</a>', page, member.sessions.alive().count())

    @admin.display(description=_("password"))
    def password_page(self, member: User) -> str:
        page = reverse("admin:auth_user_password_change", args=[member.pk])
        return format_html('<a href="{}">{}</a>', page, _("Set another password"))

    # ------------------------------------------------------------ What is done
    def save_model(self, request: HttpRequest, member: User, form: Any, change: bool) -> None:
        """Writes what the form changed and nothing else: the member may be changing the rest."""
        if not change:
            return super().save_model(request, member, form, change)
        columns = {field.name for field in User._meta.concrete_fields}
        with_it = ["is_active", "ban_reason"] if "banned" in form.changed_data else []
        if "email" in form.changed_data:
            member.email_verified_at = None  # of the address before
            with_it.append("email_verified_at")
        member.save(update_fields=[*columns.intersection(form.changed_data), *with_it])
        if "email" in form.changed_data:
            links.end_all(member)  # after the member's row, which is always held first
        if more := form.cleaned_data.get("more_today"):
            quota.add_for_day(member, more, quota.local_day(timezone.now()))
        return None

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return (
            form.said()
            if isinstance(form, MemberForm)
            else super().construct_change_message(request, form, formsets, add)
        )

    def get_deleted_objects(self, objs: Iterable[User], request: HttpRequest) -> Any:
        """Who goes, in one line each: what hangs on them goes too and is nobody's to read."""
        members = list(objs)
        refused = {str(_("staff"))} if not all(self.has_delete_permission(request, one) for one in members) else set()
        lines = [f"{member.nickname} ({member.email or member.pk})" for member in members]
        return lines, {str(User._meta.verbose_name_plural): len(members)}, refused, []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """By the code of the member's own deletion, which also removes their history; one line of it stays."""
        leaving.leave(obj)
        LogEntry.objects.log_actions(str(request.user.pk), [obj], DELETION, single_object=True)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for member in queryset:
            self.delete_model(request, member)
