"""The app of the moderators' desk: pages of the admin that need both apps, and what the operator has to say."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "config.desk"
    verbose_name = _("Service")
