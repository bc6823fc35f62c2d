"""One site for all tests of Nginx, and a model of its own behind it."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.tests import processes
from deploy.tests.site import Site, page, site


@pytest.fixture(scope="session")
def model() -> Iterator[str]:
    with processes.model() as address:
        yield address


@pytest.fixture
def open_folder() -> Iterator[Path]:
    yield from made_open()


def made_open() -> Iterator[Path]:
    """A folder that Nginx's workers, another user, may look into; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory(prefix="haru-site-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def whole_site(model: str) -> Iterator[Site]:
    assert os.environ.get("DATABASE_URL"), "make test-deploy runs these on a PostgreSQL"
    for folder in made_open():
        made = page(folder / "page")
        with site(folder, made, model, LOGINS_PER_HOUR="20", SIGNUPS_PER_HOUR="1000") as running:
            yield running
