"""The app of assistants, conversations and the quota."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config.signals import member_exporting, member_leaving, night_falls


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = _("Chat")

    def ready(self) -> None:
        from chat import figures, keeping  # their models are loaded only now

        member_leaving.connect(keeping.stop_all)
        member_exporting.connect(keeping.files_of)
        night_falls.connect(keeping.clean)
        night_falls.connect(figures.night)
