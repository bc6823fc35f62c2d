"""The one field of the second step."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.two_step import CodeRefused


class CodeForm(forms.Form):
    """A code; `accept` takes it or raises CodeRefused, and what it returns is `outcome`."""

    code = forms.CharField(
        label=_("Code"),
        max_length=32,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )

    def __init__(self, *args: Any, accept: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accept = accept
        self.outcome: Any = None
        self.wait = 0

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            self.outcome = self.accept(code)
        except CodeRefused as refusal:
            self.wait = refusal.wait
            raise ValidationError(self.words(refusal.wait)) from None
        return code

    def words(self, wait: int) -> str:
        """Why a code was refused, as far as that helps nobody who guesses."""
        if not wait:
            return str(_("This code is wrong or was used already."))
        return str(_("Too many wrong codes. Seconds to wait until the next try: %d.") % wait)
