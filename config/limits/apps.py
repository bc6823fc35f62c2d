"""The app of limits: it has one table and no pages."""

from datetime import datetime
from typing import Any

from django.apps import AppConfig

from config.signals import night_falls


class LimitsConfig(AppConfig):
    name = "config.limits"

    def ready(self) -> None:
        night_falls.connect(clean)


def clean(sender: object, *, now: datetime, **_: Any) -> dict[str, int]:
    """What the night does here: windows that have ended go."""
    from config.limits import hits  # its model is loaded only now

    return {"windows of limits": hits.forget_old(now)}
