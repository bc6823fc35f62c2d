"""The app of limits: it has one table and no pages."""

from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "config.limits"
