"""Steps of migrations beside the writers: what was interrupted ends well when it is run again."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError, connection, models
from django.db.migrations.loader import MigrationLoader

from chat.models import Reservation
from config.migrating import AddIndexGently, RemoveIndexGently

NAME = "built_gently"
INDEX = models.Index(fields=["day"], name=NAME)
ADD = AddIndexGently("reservation", INDEX)
REMOVE = RemoveIndexGently("reservation", NAME)
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite builds an index whole or not")


@pytest.fixture(autouse=True)
def no_trace(transactional_db: None) -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {NAME}")


def run(operation: Any, direction: str = "forwards") -> None:
    """The step alone, as `migrate` runs it, on a state that knows the index before and after."""
    state = SimpleNamespace(apps=apps, models={("chat", "reservation"): SimpleNamespace(get_index_by_name=named)})
    with connection.schema_editor(atomic=False) as editor:
        getattr(operation, f"database_{direction}")("chat", editor, state, state)


def named(name: str) -> models.Index:
    assert name == NAME
    return INDEX


def is_there() -> bool:
    with connection.cursor() as cursor:
        return NAME in connection.introspection.get_constraints(cursor, Reservation._meta.db_table)


def of_postgresql(column: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM pg_index WHERE indexrelid = to_regclass(%s)", [NAME])
        return cursor.fetchone()[0]


def interrupt(operation: Any) -> None:
    """Gives the step up while somebody else reads the table in a transaction, as a backup does."""
    reader: Any = connection.copy()
    reader.set_autocommit(False)
    try:
        with reader.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(f"SELECT count(*) FROM {Reservation._meta.db_table}")
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', '200ms', false)")
        with pytest.raises(OperationalError, match="lock timeout"):
            run(operation)
    finally:
        reader.close()
        connection.close()


@on_postgresql
def test_what_an_interrupted_build_left_behind_makes_room() -> None:
    interrupt(ADD)
    assert of_postgresql("indisvalid") is False
    run(ADD)
    assert of_postgresql("indisvalid") is True


@on_postgresql
def test_a_whole_index_is_not_built_twice() -> None:
    run(ADD)
    before = of_postgresql("indexrelid")
    run(ADD)
    assert of_postgresql("indexrelid") == before


@on_postgresql
def test_an_interrupted_removal_ends_when_it_is_run_again() -> None:
    run(ADD)
    interrupt(REMOVE)
    assert of_postgresql("indisvalid") is False
    run(REMOVE)
    assert not is_there()


def test_every_step_may_be_repeated_both_ways() -> None:
    for operation, direction, after in [
        (ADD, "forwards", True),
        (REMOVE, "forwards", False),
        (REMOVE, "backwards", True),
        (ADD, "backwards", False),
    ]:
        for _ in range(2):
            run(operation, direction)
            assert is_there() is after


def test_an_interrupted_migration_has_steps_that_may_be_repeated_alone() -> None:
    found = MigrationLoader(None).disk_migrations.values()
    steps = [
        step for each in found if each.app_label in ("accounts", "chat") and not each.atomic for step in each.operations
    ]
    assert len(steps) >= 5
    assert [step for step in steps if not isinstance(step, AddIndexGently | RemoveIndexGently)] == []
