"""The app of members and their log-ins, and the library of social providers that it uses."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config.signals import logins_over, night_falls


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Members")
    default = True

    def ready(self) -> None:
        from accounts import sessions  # its models are loaded only now

        logins_over.connect(sessions.over)
        night_falls.connect(sessions.clean)


class LibraryConfig(AppConfig):
    """A part of django-allauth as a mere library: its classes can be imported, its models are none of this project's.

    So it has no tables, no pages in the admin and no middleware, and deleting a member asks nothing of it; what a
    social log-in leaves are our own `SocialAccount` and `SocialHandover`. Its migrations: `MIGRATION_MODULES`.
    """

    def import_models(self) -> None:
        self.models = {}

    def ready(self) -> None:
        from django.contrib import admin

        for model in [model for model in admin.site._registry if model._meta.app_label == self.label]:
            admin.site.unregister(model)


class AllauthAccountConfig(LibraryConfig):
    """What the providers' code imports."""

    name = "allauth.account"


class AllauthSocialConfig(LibraryConfig):
    """The providers' code."""

    name = "allauth.socialaccount"
