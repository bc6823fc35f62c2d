"""One site for all tests of Nginx, and a model of its own behind it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.tests import processes
from deploy.tests.site import Site, page, site


@pytest.fixture(scope="session")
def model() -> Iterator[str]:
    with processes.model() as address:
        yield address


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory: pytest.TempPathFactory, model: str) -> Iterator[Site]:
    assert os.environ.get("DATABASE_URL"), "make test-deploy runs these on a PostgreSQL"
    folder = tmp_path_factory.mktemp("site")
    os.chmod(folder.parent, 0o755)  # Nginx's workers are another user
    os.chmod(folder.parent.parent, 0o755)
    os.chmod(folder, 0o755)
    made = page(folder / "page")
    with site(folder, made, model, LOGINS_PER_HOUR="20", SIGNUPS_PER_HOUR="1000") as running:
        yield running


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deploy")
