"""The entry that the server imports."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from config.handler import PooledASGIHandler  # noqa: E402  # needs the settings

application = PooledASGIHandler()
