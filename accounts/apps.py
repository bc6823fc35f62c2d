"""The app of members and their log-ins."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config.signals import logins_over


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Members")

    def ready(self) -> None:
        from accounts import sessions  # its models are loaded only now

        logins_over.connect(sessions.over)
