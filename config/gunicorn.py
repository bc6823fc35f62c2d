"""Gunicorn's settings: how many workers, on which port, with which patience; each number with its reason."""

import errno
import gc
import os
import resource
import socket
import sys
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
try:
    django.setup(set_prefix=False)  # in the master: workers share what is loaded, a broken setting is one line
except ImproperlyConfigured as error:
    sys.exit(f"Haru cannot start: {error}")

ADDRESS = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
bind = f"{ADDRESS}:{settings.PORT}"
workers = settings.WEB_CONCURRENCY
worker_class = "config.serving.LoopWorker"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  # no disk in a heartbeat
reuse_port = True  # the kernel spreads connections evenly over the workers
backlog = 4096  # a burst of clients waits here instead of being refused
keepalive = 75  # above Nginx's 60 s towards us, so that it never writes into a closing connection
timeout = 60  # a worker whose loop is silent for so long is killed
graceful_timeout = settings.DRAIN_SECONDS + 20  # above the drain and the last answers
forwarded_allow_ips = settings.FORWARDED_ALLOW_IPS
control_socket_disable = True
logconfig_dict = settings.LOGGING


def on_starting(server: Any) -> None:
    """Binds the port once alone: with `reuse_port` a second Haru would share it without a word."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            reason = "is taken; set PORT to another" if taken else f"cannot be used: {error.strerror}"
            sys.exit(f"Haru cannot start: {bind} {reason}.")


def when_ready(server: Any) -> None:
    """Says on a terminal where to look, and leaves what is loaded alone: workers share it unwritten."""
    gc.freeze()
    model = "an offline stand-in; set OPENAI_API_KEY for a real one" if settings.USES_STANDIN else settings.OPENAI_MODEL
    print(f"Haru {settings.VERSION} is at http://{bind} (model: {model}). Ctrl-C ends it.", flush=True)


def post_fork(server: Any, worker: Any) -> None:
    """A stream needs two sockets: takes as many files as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
