"""The admin's forms of a new password: they end what every change of a password ends."""

from django import forms
from django.contrib.admin.forms import AdminPasswordChangeForm as OwnForm
from django.contrib.auth.forms import AdminPasswordChangeForm as MembersForm

from accounts import passwords
from accounts.models import User


class Ending(forms.Form):
    """Django's own write all of the member as they were before the hash, and undo what was done in between."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)  # type: ignore[misc]  # of the forms below
        passwords.put(user)
        return user


class OwnPasswordForm(Ending, OwnForm):
    """One's own, for who knows the one before."""


class MembersPasswordForm(Ending, MembersForm):  # type: ignore[type-arg]  # generic for mypy only, not when it runs
    """A member's, set or taken away by a superuser."""
