"""What is done to members who were selected in the list."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import two_step
from accounts.models import Session, User
from config.desk.members_forms import REASON_MAX_CHARS, REASON_NEEDED
from config.listing import LongListAdmin


class MemberActions(LongListAdmin):
    """Actions; staff whom the moderator may not change are passed over."""

    actions = ("ban", "lift_ban", "end_log_ins", "remove_second_step")

    def in_reach(self, request: HttpRequest, members: QuerySet[User]) -> list[User]:
        others = members.exclude(pk=str(request.user.pk))
        return [member for member in others if self.has_change_permission(request, member)]

    @admin.action(description=_("Ban the selected members (give a reason)"), permissions=["change"])
    def ban(self, request: HttpRequest, members: QuerySet[User]) -> None:
        """Whoever writes their replies and streams sees it within a second; tokens are refused at once."""
        reason = request.POST.get("reason", "").strip()[:REASON_MAX_CHARS]
        if not reason:
            return self.message_user(request, REASON_NEEDED, messages.ERROR)
        banned = [member for member in self.in_reach(request, members) if member.is_active]
        User.objects.filter(pk__in=[member.pk for member in banned]).update(is_active=False, ban_reason=reason)
        for member in banned:
            self.log_change(request, member, f"{gettext('Banned.')} {gettext('Reason: %s') % reason}")
        return self.message_user(request, gettext("Members banned: %d.") % len(banned))

    @admin.action(description=_("Lift the ban of the selected members"), permissions=["change"])
    def lift_ban(self, request: HttpRequest, members: QuerySet[User]) -> None:
        lifted = [member for member in self.in_reach(request, members) if not member.is_active]
        User.objects.filter(pk__in=[member.pk for member in lifted]).update(is_active=True, ban_reason="")
        for member in lifted:
            self.log_change(request, member, gettext("Ban lifted."))
        self.message_user(request, gettext("Bans lifted: %d.") % len(lifted))

    @admin.action(description=_("End all log-ins of the selected members"), permissions=["change"])
    def end_log_ins(self, request: HttpRequest, members: QuerySet[User]) -> None:
        ended = 0
        for member in self.in_reach(request, members):
            if count := Session.objects.alive().filter(user=member).end():
                self.log_change(request, member, gettext("Log-ins ended: %d.") % count)
                ended += count
        self.message_user(request, gettext("Log-ins ended: %d.") % ended)

    def has_reset_permission(self, request: HttpRequest) -> bool:
        """For superusers: whoever takes another's second step away could log in as them with a password alone."""
        return bool(request.user.is_superuser)

    @admin.action(description=_("Turn two-step log-in off for the selected members"), permissions=["reset"])
    def remove_second_step(self, request: HttpRequest, members: QuerySet[User]) -> None:
        """Not for oneself: that asks for a code, on a page of its own."""
        removed = [member for member in members if member.pk != request.user.pk and two_step.remove(member)]
        for member in removed:
            self.log_change(request, member, gettext("Two-step log-in turned off."))
        self.message_user(request, gettext("Two-step log-ins turned off: %d.") % len(removed))
