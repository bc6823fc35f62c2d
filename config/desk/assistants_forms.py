"""The form on which an assistant is made and changed: all of it, checked as a whole before anything is saved."""

import json
import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminTextInputWidget
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from chat.assistants import catalogue, definition, field_faults
from chat.models import Assistant, AssistantVersion
from config.desk import assistants_shape as shape
from config.desk.as_seen import AsSeenForm

PLACE = re.compile(r"(\w+)\.(ko|en)\b|(\w+)\b")  # which text of the definition a fault names


def text(label: Any, rows: int = 0, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    """A line, or an area of so many rows."""
    wide = forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField"}) if rows else AdminTextInputWidget()
    return forms.CharField(label=label, required=required, widget=wide, help_text=help_text)


class ReadableJSONField(forms.JSONField):
    """JSON as people write it: indented, Korean as it is."""

    def prepare_value(self, value: Any) -> Any:
        as_object = isinstance(value, dict | list)
        return json.dumps(value, ensure_ascii=False, indent=2) if as_object else super().prepare_value(value)


class FieldForm(forms.Form):
    """One field of the assistant's own form."""

    name = forms.CharField(label=_("name"), max_length=40, help_text=_("a-z, 0-9 and _; templates say it as $name"))
    type = forms.ChoiceField(label=_("type"), initial="text", choices=[(kind, kind) for kind in field_faults.KEYS])
    required = forms.BooleanField(label=_("required"), required=False)
    label_ko, label_en = forms.CharField(label=_("label (ko)")), forms.CharField(label=_("label (en)"))
    help_ko = forms.CharField(label=_("help (ko)"), required=False)
    help_en = forms.CharField(label=_("help (en)"), required=False)
    placeholder_ko = forms.CharField(label=_("placeholder (ko)"), required=False)
    placeholder_en = forms.CharField(label=_("placeholder (en)"), required=False)
    options = forms.CharField(
        label=_("choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: value | 한국어 | English"),
    )
    max_length = forms.IntegerField(label=_("characters at most"), required=False, min_value=1)
    min = forms.CharField(label=_("from"), required=False, help_text=_("a number, 09:00, today, today+7"))
    max = forms.CharField(label=_("to"), required=False)
    step = forms.IntegerField(label=_("in steps of"), required=False, min_value=1)
    not_before = forms.CharField(label=_("not before the date field"), required=False)
    max_days = forms.IntegerField(label=_("days at most from it"), required=False, min_value=1)
    after = forms.CharField(label=_("after the time field"), required=False)


FieldFormSet = formset_factory(FieldForm, extra=2, can_order=True, can_delete=True, max_num=40, absolute_max=60)


class AssistantForm(AsSeenForm):
    """An assistant with everything it is made of; `definition` holds the whole when the form is valid.

    The admin sets `shown`, the definition that an unsent form begins with, on a class made for each request.
    """

    shown: dict[str, Any] = {}

    name_ko, name_en = text(_("name (ko)")), text(_("name (en)"))
    description_ko, description_en = text(_("description (ko)"), 2), text(_("description (en)"), 2)
    icon = forms.CharField(label=_("icon"), max_length=20, help_text=_("A name of the page's icons, such as pen."))
    model = forms.ChoiceField(label=_("model"), required=False)
    max_output_tokens = forms.IntegerField(label=_("tokens of a reply at most"), min_value=1, max_value=100_000)
    max_input_chars = forms.IntegerField(
        label=_("characters of a question at most"),
        required=False,
        min_value=1,
        max_value=definition.FORM_MAX_CHARS,
        help_text=_("Empty: 4,000 of a question, 8,000 of a form."),
    )
    speech_language = forms.ChoiceField(
        label=_("speech"), required=False, choices=[("", _("none")), ("en-US", "English"), ("ko-KR", "한국어")]
    )
    cards = forms.ChoiceField(
        label=_("cards"), required=False, choices=[("", _("none")), *((name, name) for name in catalogue.CARDS)]
    )
    system_prompt_ko, system_prompt_en = text(_("system prompt (ko)"), 14), text(_("system prompt (en)"), 14)
    message_template_ko = text(_("message template (ko)"), 10, required=False, help_text=_("Inputs as $name."))
    message_template_en = text(_("message template (en)"), 10, required=False)
    title_template_ko = text(_("title template (ko)"), required=False)
    title_template_en = text(_("title template (en)"), required=False)
    summary_template_ko = text(_("summary template (ko)"), required=False)
    summary_template_en = text(_("summary template (en)"), required=False)
    closing_message_ko = text(_("closing message (ko)"), 2, required=False)
    closing_message_en = text(_("closing message (en)"), 2, required=False)
    sample_ko, sample_en = text(_("sample of a reply (ko)"), 6), text(_("sample of a reply (en)"), 6)
    example = ReadableJSONField(
        label=_("example"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "class": "vLargeTextField desk-code"}),
        help_text=_("Inputs that fill the form on the page, in JSON: {ko: {…}, en: {…}}; days as today+30."),
    )

    number_shown = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Assistant
        fields = ("slug", "order", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = [(name, name) for name in settings.OPENAI_MODELS_ALLOWED]
        self.fields["model"].choices = [("", _("the service's own")), *allowed]  # type: ignore[attr-defined]
        self.number = self.instance.current.number if self.instance.current else None
        self.initial = {**self.initial, **shape.flat(self.shown), "number_shown": self.number}
        rows = [shape.flat_field(field) for field in self.shown.get("fields", [])]
        self.form_fields = FieldFormSet(self.data if self.is_bound else None, prefix="field", initial=rows)
        self.definition: dict[str, Any] = {}
        self.version: AssistantVersion | None = None  # that saving it made

    def is_multipart(self) -> bool:
        """So that a browser sends Korean in three bytes a letter instead of nine: a body has 64 kB."""
        return True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("number_shown") not in (None, self.number):
            self.add_error(None, _("Another version was saved since you opened this page. Save again to replace it."))
            self.data = self.data.copy()  # type: ignore[attr-defined]  # what a request brings is read only
            self.data["number_shown"] = self.number  # type: ignore[index]
        if not self.form_fields.is_valid():
            self.add_error(None, _("The fields of the form need another look."))
        if not self.errors:
            current = self.instance.current.definition if self.instance.current else {}
            named = {} if current else {"slug": cleaned["slug"], "order": cleaned["order"]}
            made = shape.whole(cleaned, self.sent_fields(), current) | named
            for fault in definition.check(made):
                self.add_error(self.place_of(fault), fault)
            self.definition = made
        return cleaned

    def sent_fields(self) -> list[dict[str, Any]]:
        """The rows of the form's fields in their order, without the empty and the deleted ones."""
        return [row.cleaned_data for row in self.form_fields.ordered_forms if row.cleaned_data.get("name")]

    def place_of(self, fault: str) -> str | None:
        """The input that a fault is about, if it names one of this form."""
        named = PLACE.match(fault)
        name = f"{named[1]}_{named[2]}" if named and named[1] else (named[3] if named else "")
        return next((one for one in (name, f"{name}_ko") if one in self.fields), None)

    @property
    def is_changed(self) -> bool:
        """Whether what was sent reads differently from the current version."""
        current = self.instance.current
        return current is None or shape.tidied(current.definition) != shape.tidied(self.definition)
