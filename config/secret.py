"""The secret of a first run, for which nobody was asked."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def kept_in(path: Path) -> str:
    """Made once and kept (mode 0600), so that a restart ends no log-in; safe when two processes begin at once."""
    try:
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(64))
            with suppress(FileExistsError):
                os.link(draft, path)  # whole or not at all; whoever was first has won
            draft.unlink()
        return path.read_text()
    except OSError as error:
        raise ImproperlyConfigured(f"DJANGO_SECRET_KEY is unset and {path}: {error.strerror}.") from error
