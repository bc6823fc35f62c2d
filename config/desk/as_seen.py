"""Forms of the admin that write only what was changed on them: a page may have stood open for hours."""

from typing import Any

from django import forms


class AsSeenForm(forms.ModelForm):
    """A field of the row that was left as it was shown stays as it is by now.

    The page holds beside each such field what it showed; fields that a form declares itself may ask for the same.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of_the_row = set(self.fields) - set(self.declared_fields)
        for name in self.of_the_row:
            self.fields[name].show_hidden_initial = True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        is_new = self.instance._state.adding
        left = set() if is_new else self.of_the_row.difference(self.changed_data)
        return {name: value for name, value in cleaned.items() if name not in left}
