"""The app of members and their log-ins, the admin that staff log in to, and the library of social providers."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _

from config.signals import logins_over, night_falls, service_cap_near


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Members")
    default = True

    def ready(self) -> None:
        from accounts import outbox, sessions  # its models are loaded only now

        logins_over.connect(sessions.over)
        night_falls.connect(sessions.clean)
        service_cap_near.connect(outbox.put_cap)


class StaffAdminConfig(admin_apps.AdminConfig):
    """Django's admin, whose `admin.site` asks for the second step and shows figures."""

    default = False
    default_site = "config.desk.site.DeskSite"


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
