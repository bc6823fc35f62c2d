"""The same application for synchronous workers: Django's own WSGI handler, nothing of ours around it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.DATABASES["default"]["CONN_MAX_AGE"] = None if os.environ.get("BENCH_KEEPS_CONNECTIONS") else 0
application = get_wsgi_application()
