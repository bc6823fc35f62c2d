"""Assistants and daily use for moderators. No page here shows a word of a conversation, nor a title."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chat.assistants import definition
from chat.models import Assistant, AssistantVersion, DailyUsage


class AssistantForm(forms.ModelForm):
    """An assistant with its definition; saving a changed one makes a new version."""

    definition = forms.JSONField(
        label=_("definition"),
        widget=forms.Textarea(attrs={"rows": 40, "cols": 110}),
        help_text=_("Texts in Korean and English, form, prompts. A change becomes a new version."),
    )

    class Meta:
        model = Assistant
        fields = ("slug", "order", "is_active")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if self.instance.current:
            self.fields["definition"].initial = self.instance.current.definition

    def clean_definition(self) -> object:
        made = self.cleaned_data["definition"]
        if faults := definition.check(made):
            raise ValidationError(faults)
        return made


@admin.register(Assistant)
class AssistantAdmin(admin.ModelAdmin):
    """Assistants: order, offered or not, and the current definition."""

    form = AssistantForm
    list_display = ("slug", "order", "is_active", "version")
    list_editable = ("order", "is_active")
    list_select_related = ("current",)

    @admin.display(description=_("version"))
    def version(self, assistant: Assistant) -> int | None:
        return assistant.current.number if assistant.current else None

    def save_model(self, request: HttpRequest, assistant: Assistant, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, assistant, form, change)
        made = form.cleaned_data.get("definition")
        if made and (not assistant.current or assistant.current.definition != made):
            assistant.publish(made, author=request.user)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that the service writes and nobody edits."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(AssistantVersion)
class AssistantVersionAdmin(ReadOnlyAdmin):
    """Who changed an assistant, and when."""

    list_display = ("assistant", "number", "author", "created_at")
    list_filter = ("assistant",)
    list_select_related = ("assistant", "author")


@admin.register(DailyUsage)
class DailyUsageAdmin(ReadOnlyAdmin):
    """What members used on a day; more for today is given on the member's own page."""

    list_display = ("nickname", "day", "used", "attempts", "extra")
    list_select_related = ("member",)
    list_filter = ("day",)
    search_fields = ("member__email", "member__nickname")
    show_full_result_count = False
    ordering = ("-day",)

    @admin.display(description=_("member"))
    def nickname(self, usage: DailyUsage) -> str:
        return str(usage.member.nickname)
