"""What tests of the settings share."""

from pathlib import Path

import pytest

from config.tests.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)
