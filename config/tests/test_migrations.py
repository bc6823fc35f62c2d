"""Upgrades: no migration locks a table in use, or takes what the version before it needs, so that one can go back."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from chat.management.commands.prepare import LOCK_SECONDS, be_patient_but_not_in_the_way

# Until the first release nobody has a table in use; from there on the rules hold.
BEFORE_THE_FIRST_RELEASE = {"accounts": 9, "chat": 9, "limits": 1}
OURS = tuple(BEFORE_THE_FIRST_RELEASE)
SAFE = (migrations.CreateModel, migrations.SeparateDatabaseAndState, migrations.RunPython, migrations.RunSQL)
SAFE_ON_POSTGRESQL = (AddIndexConcurrently, AddConstraintNotValid, ValidateConstraint, migrations.RemoveIndex)


def faults(operations: Sequence[Operation]) -> Iterator[str]:
    """What of a migration would hold up a service in use, or break the version before it."""
    made = {operation.name_lower for operation in operations if isinstance(operation, migrations.CreateModel)}
    for operation in operations:
        if getattr(operation, "model_name", "").lower() in made or isinstance(operation, SAFE + SAFE_ON_POSTGRESQL):
            continue
        if isinstance(operation, migrations.AddField):
            field: Any = operation.field
            if not field.null and field.db_default is models.NOT_PROVIDED:
                yield f"{operation.name}: the old version inserts without it: null=True or db_default"
            if field.db_index or field.unique:
                yield f"{operation.name}: its index locks the table: AddIndexConcurrently, in a migration of its own"
        elif isinstance(operation, migrations.AlterModelOptions | migrations.AlterModelManagers):
            continue
        else:
            yield f"{operation.__class__.__name__}: locks the table, or the old version still needs what was"


def test_migrations_since_the_first_release_can_be_run_on_a_service_in_use() -> None:
    loader = MigrationLoader(None)
    new = {
        f"{app}.{name}": found
        for (app, name), migration in loader.disk_migrations.items()
        if app in OURS and int(name[:4]) > BEFORE_THE_FIRST_RELEASE[app]
        if (found := list(faults(migration.operations)))
    }
    assert new == {}


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("message", "x", models.IntegerField(default=0)),
        migrations.AddField("message", "x", models.IntegerField(null=True, db_index=True)),
        migrations.RemoveField("message", "content"),
        migrations.RenameField("message", "content", "text"),
        migrations.DeleteModel("message"),
        migrations.AddIndex("message", models.Index(fields=["content"], name="x")),
        migrations.AddConstraint("message", models.UniqueConstraint(fields=["content"], name="x")),
        migrations.AlterField("message", "content", models.CharField(max_length=1)),
    ],
)
def test_what_locks_or_breaks_is_noticed(operation: Operation) -> None:
    assert list(faults([operation]))


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("message", "x", models.IntegerField(null=True)),
        migrations.AddField("message", "x", models.IntegerField(db_default=0)),
        AddIndexConcurrently("message", models.Index(fields=["content"], name="x")),
    ],
)
def test_what_does_neither_is_none(operation: Operation) -> None:
    assert list(faults([operation])) == []


def test_a_migration_waits_for_nobody_for_long_and_works_as_long_as_it_must(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        be_patient_but_not_in_the_way()  # SQLite has one writer and no such settings
        return
    be_patient_but_not_in_the_way()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == (f"{LOCK_SECONDS}s", "0")
    connection.close()
