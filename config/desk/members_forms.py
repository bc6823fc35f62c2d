"""What a moderator changes of a member, on one form, with the reason that goes into the history."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.desk.as_seen import AsSeenForm
from config.listing import TickedActionForm

REASON_MAX_CHARS = 500
REASON_NEEDED = _("Please give a reason: it is kept in the history.")


class NewMemberForm(UserCreationForm):
    """A member made by hand: e-mail and nickname besides the password."""

    class Meta:
        model = User
        fields = ("email", "nickname")


class MemberForm(AsSeenForm):
    """A member, and what is done to them now: a ban, more requests for today, and why."""

    banned = forms.BooleanField(
        label=_("banned"),
        required=False,
        show_hidden_initial=True,
        help_text=_("Ends running replies, open streams and log-ins within seconds."),
    )
    more_today = forms.IntegerField(
        label=_("more for today"),
        required=False,
        min_value=1,
        max_value=1000,
        help_text=_("So many requests are added today, once."),
    )
    reason = forms.CharField(
        label=_("reason"),
        required=False,
        max_length=REASON_MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed for a ban and for more requests today. Moderators read it in the history."),
    )

    class Meta:
        model = User
        fields = ("email", "nickname", "daily_limit", "is_staff", "is_superuser", "groups", "user_permissions")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earlier_limit = self.instance.daily_limit
        self.fields["banned"].initial = not self.instance.is_active
        if rights := self.fields.get("user_permissions"):  # a superuser's; each names its kind
            rights.queryset = rights.queryset.select_related("content_type")  # type: ignore[attr-defined]

    @property
    def is_banning(self) -> bool:
        return "banned" in self.changed_data and bool(self.cleaned_data.get("banned"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if (self.is_banning or cleaned.get("more_today")) and not cleaned.get("reason"):
            self.add_error("reason", REASON_NEEDED)
        return cleaned

    def said(self) -> str:
        """What was changed and why, for the history."""
        changed, cleaned = set(self.changed_data), self.cleaned_data
        none = gettext("the service's own")
        limits = [none if limit is None else str(limit) for limit in (self.earlier_limit, cleaned.get("daily_limit"))]
        parts = [
            gettext("E-mail changed.") if "email" in changed else "",
            gettext("Nickname changed.") if "nickname" in changed else "",
            gettext("Own limit: %s.") % " → ".join(limits) if "daily_limit" in changed else "",
            gettext("Added for today: %d.") % cleaned["more_today"] if cleaned.get("more_today") else "",
            gettext("Rights changed.") if changed & {"is_staff", "is_superuser", "groups", "user_permissions"} else "",
            "" if "banned" not in changed else gettext("Banned.") if self.is_banning else gettext("Ban lifted."),
            gettext("Reason: %s") % cleaned["reason"] if cleaned.get("reason") else "",
        ]
        return " ".join(filter(None, parts))

    def save(self, commit: bool = True) -> Any:
        if "banned" in self.changed_data:
            self.instance.is_active = not self.is_banning
            self.instance.ban_reason = self.cleaned_data["reason"] if self.is_banning else ""
        return super().save(commit)


class MembersActionForm(TickedActionForm):
    """The reason beside the choice of what is done to the selected members."""

    reason = forms.CharField(
        label=_("Reason:"), required=False, max_length=REASON_MAX_CHARS, widget=forms.TextInput(attrs={"size": 30})
    )
