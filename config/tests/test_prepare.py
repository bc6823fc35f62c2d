"""Hosts that start at once prepare one database at once; whoever comes second finds it done."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from chat.tests.processes import ROOT, database_url


@pytest.fixture
def empty_database(tmp_path: Path, transactional_db: None) -> Iterator[str]:
    """The address of a database without a table, beside the test's own."""
    if settings.USES_SQLITE:
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    name = "haru_empty"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield database_url().replace(f"/{connection.settings_dict['NAME']}", f"/{name}")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_hosts_that_migrate_at_once_both_succeed(empty_database: str, tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": empty_database, "ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path)}
    prepare = [sys.executable, "manage.py", "prepare"]
    at_once = [
        subprocess.Popen(prepare, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[1] for process in at_once]
    assert [process.returncode for process in at_once] == [0] * 4, said
    again = subprocess.run([sys.executable, "manage.py", "migrate", "--check"], cwd=ROOT, env=environment, check=False)
    assert again.returncode == 0
