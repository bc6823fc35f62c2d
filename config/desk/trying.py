"""Trying an assistant without a conversation: what the model would be sent, and its answer, charged to nobody."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.assistants import definition as definitions
from chat.assistants import forms as assistants_forms
from chat.assistants import prompts
from chat.chunks import ProviderFailure
from chat.provider import ModelRequest, Provider, Take
from chat.questions import model_of
from chat.quota import local_day


@dataclass(frozen=True)
class Preview:
    """What given inputs make: the two messages for the model, and what people see of them."""

    model: str
    system: str
    message: str
    title: str
    summary: str


class TryForm(forms.Form):
    """The assistant's own form in the admin's look, or one question; checked by the members' own check."""

    language = forms.ChoiceField(label=_("language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, definition: dict[str, Any], shown_in: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definition = definition
        self.today = local_day(timezone.now())
        self.fields["language"].initial = shown_in
        for field in definition["fields"]:
            self.fields[f"in_{field['name']}"] = field_of(field, shown_in)
        if not definition["fields"]:
            area = forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})
            most = definitions.most_chars(definition)
            self.fields["content"] = forms.CharField(label=_("question"), max_length=most, widget=area)
        example = assistants_forms.public_example(definition, today=self.today) or {}
        self.initial |= {f"in_{name}": value for name, value in example.get(shown_in, {}).items()}  # type: ignore[operator]

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if fields := self.definition["fields"]:
            sent = {field["name"]: sent_value(field, cleaned.get(f"in_{field['name']}")) for field in fields}
            try:
                most = definitions.most_chars(self.definition)
                cleaned["inputs"] = assistants_forms.validate(fields, sent, today=self.today, max_chars=most)
            except assistants_forms.FormErrors as refused:
                for name, said in refused.errors.items():
                    self.add_error(f"in_{name}" if name else None, said)
        return cleaned

    def preview(self) -> Preview:
        """Of a valid form."""
        made, language = self.definition, self.cleaned_data["language"]
        inputs = self.cleaned_data.get("inputs")
        return Preview(
            model=model_of(made),
            system=prompts.system_prompt(made, language),
            message=self.cleaned_data["content"] if inputs is None else prompts.message(made, inputs, language),
            title="" if inputs is None else prompts.title(made, inputs, language),
            summary="" if inputs is None else prompts.summary(made, inputs)[language],
        )


def field_of(field: dict[str, Any], language: str) -> forms.Field:
    """An input that lets everything through which a client could send: the check is the product's."""
    label = f"{field['label'][language]}{'' if field['required'] else ' (…)'}"
    options = [(option["value"], option["label"][language]) for option in field.get("options", [])]
    kinds: dict[str, Any] = {
        "textarea": forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        "integer": forms.NumberInput(),
        "date": forms.DateInput(attrs={"type": "date"}),
        "time": forms.TimeInput(attrs={"type": "time"}),
        "choice": forms.Select(choices=[("", "-"), *options]),
    }
    if field["type"] == "choices":
        return forms.MultipleChoiceField(
            label=label, required=False, choices=options, widget=forms.CheckboxSelectMultiple
        )
    return forms.CharField(label=label, required=False, widget=kinds.get(field["type"], forms.TextInput()))


def sent_value(field: dict[str, Any], value: Any) -> Any:
    """What a page would send: numbers as numbers."""
    return int(value) if field["type"] == "integer" and value and value.lstrip("-").isdecimal() else value


def request_for(made: dict[str, Any], preview: Preview) -> ModelRequest:
    """What a first question to this assistant sends."""
    said = [{"role": "system", "content": preview.system}, {"role": "user", "content": preview.message}]
    return ModelRequest(preview.model, said, made["max_output_tokens"])


async def answer(provider: Provider, request: ModelRequest) -> AsyncGenerator[bytes]:
    """Lines of JSON: `{text}` as it comes, at last `{end, tokens, seconds}` or `{failed}`; nothing is kept."""
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def ask() -> None:
        try:
            lines.put_nowait(await ending(provider, request, lambda text: lines.put_nowait(line({"text": text}))))
        finally:
            lines.put_nowait(None)

    asking = asyncio.create_task(ask())
    try:
        while part := await lines.get():
            yield part
        await asking  # what went wrong with us is for the log
    finally:
        asking.cancel()


async def ending(provider: Provider, request: ModelRequest, take: Take) -> bytes:
    """The last line, when the text has been taken."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(None) as patience:  # with the first word the provider has its own

            def heard(text: str) -> bool | None:
                patience.reschedule(loop.time() + settings.BETWEEN_WORDS_SECONDS)
                return take(text)

            finish = await provider.answer(request, heard)
    except ProviderFailure as failure:
        return line({"failed": failure.code})
    except TimeoutError:
        return line({"failed": "assistant_timeout"})
    tokens = [finish.tokens_input, finish.tokens_output]
    return line({"end": finish.reason, "tokens": tokens, "seconds": round(loop.time() - began, 1)})


def line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def is_usable(made: Any) -> bool:
    """Whether a kept draft is a definition still, by the rules of this release."""
    return isinstance(made, dict) and not definitions.check(made)
