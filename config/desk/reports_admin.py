"""The queue of reports: the one page on which a moderator reads a question and a reply, since a member showed them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from chat.models import Report
from config.desk.as_seen import AsSeenForm
from config.listing import LongListAdmin

State = Report.State


class ReportForm(AsSeenForm):
    """What a moderator decides; a report is closed with an outcome."""

    class Meta:
        model = Report
        fields = ("state", "outcome", "answer", "notes")
        widgets = {"answer": forms.Textarea(attrs={"rows": 3}), "notes": forms.Textarea(attrs={"rows": 4})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        stands = {name: cleaned.get(name, getattr(self.instance, name)) for name in ("state", "outcome")}
        if stands["state"] == State.CLOSED and not stands["outcome"]:
            self.add_error("outcome", _("A report is closed with an outcome: it is told to the member."))
        return cleaned


class Queue(ChangeList):
    """Without the long texts, which the list does not show."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Report]:
        reports: QuerySet[Report] = super().get_queryset(request, exclude_parameters)
        return reports.defer("question", "reply", "notes", "conversation__title")


@admin.register(Report)
class ReportAdmin(LongListAdmin):
    """Open ones first, the oldest of them on top; nobody makes or deletes one but the member."""

    form = ReportForm
    list_display = ("created_at", "assistant", "said", "state", "outcome", "handled")
    list_filter = ("state", "outcome")
    list_select_related = ("conversation__version__assistant", "handled_by")
    ordering = (Case(When(state=State.CLOSED, then=1), default=0), "created_at")
    readonly_fields = ("created_at", "assistant", "reporter", "question_shown", "reply_shown", "said", "handled")
    fieldsets = (
        (None, {"fields": ("created_at", "assistant", "reporter", "said")}),
        (_("What was shown"), {"fields": ("question_shown", "reply_shown")}),
        (_("What is done"), {"fields": ("state", "outcome", "answer", "notes", "handled")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Queue

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Without the title of the conversation, which nobody needs here."""
        reports: QuerySet[Report] = super().get_queryset(request).defer("conversation__title")
        return reports

    @admin.display(description=_("assistant"))
    def assistant(self, report: Report) -> str:
        return report.conversation.version.assistant.slug

    @admin.display(description=_("reported by"))
    def reporter(self, report: Report) -> str:
        page = reverse("admin:accounts_user_change", args=[report.conversation.owner_id])
        return format_html('<a href="{}">{}</a>', page, report.conversation.owner.nickname)

    def called(self, row: Report) -> str:
        return self.assistant(row)

    @admin.display(description=_("comment"))
    def said(self, report: Report) -> str:
        return report.comment or "-"

    @admin.display(description=_("question"))
    def question_shown(self, report: Report) -> str:
        return format_html('<div class="desk-words">{}</div>', report.question)

    @admin.display(description=_("reply"))
    def reply_shown(self, report: Report) -> str:
        return format_html('<div class="desk-words">{}</div>', report.reply)

    @admin.display(description=_("by"))
    def handled(self, report: Report) -> str:
        return report.handled_by.nickname if report.handled_by else "-"

    def save_model(self, request: HttpRequest, report: Report, form: forms.ModelForm, change: bool) -> None:
        """Writes what the form changed and nothing else: the member may be reporting anew."""
        report.handled_by_id = request.user.pk
        report.closed_at = (report.closed_at or timezone.now()) if report.state == State.CLOSED else None
        report.save(update_fields=[*form.changed_data, "handled_by", "closed_at"])
