"""Assistants for moderators: all of each on one form, its preview and trial, and its versions."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.assistants import difference
from chat.models import Assistant, AssistantVersion
from config.desk import assistants_trial, trying
from config.desk.as_seen import AsSeenForm
from config.desk.assistants_forms import AssistantForm
from config.desk.read_only import ReadOnlyAdmin
from config.listing import ListAdmin

DRAFT_SESSION_KEY = "assistant_draft"


def pairs(*names: str) -> list[Any]:
    """Each text's two languages beside each other."""
    return [(f"{name}_ko", f"{name}_en") for name in names]


@admin.register(Assistant)
class AssistantAdmin(ListAdmin):
    """A change becomes a new version; conversations stay with the version they began with."""

    form = AssistantForm
    change_form_template = "desk/assistant_form.html"
    list_display = ("slug", "name_shown", "order", "is_active", "version", "changed_at", "try_link")
    list_editable = ("order", "is_active")
    list_select_related = ("current",)
    search_fields = ("slug",)
    fieldsets = (
        (None, {"fields": ("slug", ("order", "is_active"), *pairs("name", "description"), "icon", "number_shown")}),
        (_("Limits and model"), {"fields": ("model", ("max_output_tokens", "max_input_chars"))}),
        (_("Prompts"), {"fields": pairs("system_prompt", "message_template", "title_template", "summary_template")}),
        (
            _("On the page"),
            {"fields": (("speech_language", "cards"), *pairs("sample", "closing_message"), "example")},
        ),
    )

    class Media:
        js = ("desk/fields.js",)

    # ------------------------------------------------------------ The list
    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return super().get_changelist_form(request, form=AsSeenForm, **kwargs)

    @admin.display(description=_("name"))
    def name_shown(self, assistant: Assistant) -> str:
        return assistant.current.definition["name"]["ko"] if assistant.current else "-"

    @admin.display(description=_("version"))
    def version(self, assistant: Assistant) -> Any:
        page = f"{reverse('admin:chat_assistantversion_changelist')}?assistant__id__exact={assistant.pk}"
        return format_html('<a href="{}">{}</a>', page, assistant.current.number) if assistant.current else "-"

    @admin.display(description=_("changed at"))
    def changed_at(self, assistant: Assistant) -> Any:
        return assistant.current.created_at if assistant.current else "-"

    @admin.display(description=_("preview"))
    def try_link(self, assistant: Assistant) -> str:
        page = reverse("admin:chat_assistant_try", args=[assistant.pk])
        return format_html('<a href="{}">{}</a>', page, _("Preview and try"))

    def has_delete_permission(self, request: HttpRequest, obj: Assistant | None = None) -> bool:
        """Nobody: it is switched off, since conversations stay with their version; and to list those takes a minute."""
        return False

    # ------------------------------------------------------------ The form
    def get_readonly_fields(self, request: HttpRequest, obj: Assistant | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()  # the page, links and statistics know it by this name

    def get_form(self, request: HttpRequest, obj: Assistant | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.shown = self.shown(request, obj)  # a class of this request's own
        return form

    def shown(self, request: HttpRequest, assistant: Assistant | None) -> Any:
        """What the form begins with: the current version, an older one (`?from=3`), or the draft (`?from=draft`)."""
        source = request.GET.get("from", "")
        draft = self.draft(request) if source == "draft" else None
        if draft and draft["assistant"] == (assistant and str(assistant.pk)):  # another tab may have drafted another
            return draft["definition"]
        if assistant and source.isdecimal() and len(source) < 9:
            older = assistant.versions.filter(number=int(source)).first()
            return older.definition if older else {}
        return assistant.current.definition if assistant and assistant.current else {}

    def draft(self, request: HttpRequest) -> Any:
        return request.session.get(DRAFT_SESSION_KEY)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Also keeps what was sent as a draft of this log-in, to be tried before anybody sees it."""
        may = self.has_change_permission if object_id else self.has_add_permission
        if request.method == "POST" and "_draft" in request.POST and may(request):
            assistant = self.get_object(request, object_id) if object_id else None
            form = self.get_form(request, assistant, change=bool(assistant))(request.POST, instance=assistant)
            if form.is_valid():
                request.session[DRAFT_SESSION_KEY] = {"assistant": object_id, "definition": form.definition}
                return redirect("admin:chat_assistant_try", "draft")
        context = {"from": request.GET.get("from"), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, assistant: Assistant, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, assistant, form, change)
        if isinstance(form, AssistantForm) and form.is_changed:
            form.version = assistant.publish(form.definition, author=request.user)
            request.session.pop(DRAFT_SESSION_KEY, None)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        if add or not isinstance(form, AssistantForm) or form.version is None:
            return super().construct_change_message(request, form, formsets, add)
        return gettext("Version %d.") % form.version.number

    # ------------------------------------------------------------ Preview and trial
    def get_urls(self) -> list[URLPattern]:
        views = {"try": assistants_trial.try_view, "answer": assistants_trial.answer_view}
        own = [
            path(
                f"<str:which>/{name}/",
                self.admin_site.admin_view(self.of_definition(view)),
                name=f"chat_assistant_{name}",
            )
            for name, view in views.items()
        ]
        return own + super().get_urls()

    def of_definition(self, view: Any) -> Any:
        """A view of an assistant's current definition, or of the draft."""

        def of_named(request: HttpRequest, which: str) -> HttpResponse:
            if not self.has_change_permission(request):
                raise PermissionDenied
            found = self.draft(request) if which == "draft" else None
            if which.isdecimal() and (assistant := self.get_object(request, which)) and assistant.current:
                found = {"assistant": which, "definition": assistant.current.definition}
            if not found or not trying.is_usable(found["definition"]):
                raise Http404
            answer: HttpResponse = view(request, self, which=which, **found)
            return answer

        return of_named


@admin.register(AssistantVersion)
class AssistantVersionAdmin(ReadOnlyAdmin):
    """Who changed an assistant, when, and what."""

    change_form_template = "desk/version.html"
    list_display = ("of", "number", "by", "created_at")
    list_filter = ("assistant",)
    list_select_related = ("assistant", "author")
    ordering = ("-created_at", "-id")
    fields = ("of", "number", "by", "created_at", "changes")
    readonly_fields = ("of", "by", "changes")

    def called(self, row: AssistantVersion) -> str:
        return f"{row.assistant} · {row.number}"

    @admin.display(description=_("assistant"))
    def of(self, version: AssistantVersion) -> str:
        return str(version.assistant)

    @admin.display(description=_("changed by"))
    def by(self, version: AssistantVersion) -> Any:
        return version.author.nickname if version.author else _("file of a release") if version.file_digest else "-"

    @admin.display(description=_("difference to the version before"))
    def changes(self, version: AssistantVersion) -> Any:
        older = AssistantVersion.objects.filter(assistant=version.assistant_id, number__lt=version.number)
        before = older.order_by("-number").first()
        found = difference.between(before.definition if before else {}, version.definition)
        kinds = {"+": "desk-came", "-": "desk-went"}
        rows = ((kinds.get(sign, "desk-stayed"), sign, line) for sign, line in found)
        body = format_html_join("", '<div class="{}"><span>{}</span> {}</div>', rows)
        return format_html('<div class="desk-difference">{}</div>', body) if found else _("none")
