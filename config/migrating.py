"""Steps of migrations that do not lock a table that is in use, and that can be repeated after an interruption.

A migration that is not atomic stops between its steps, or in the middle of one: PostgreSQL then leaves an index behind
that is not valid. Run again, each step finds out how far it came.
"""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import models


class AddIndexGently(AddIndexConcurrently):
    """An index built beside the writers on PostgreSQL, as ever elsewhere; for a migration that is not atomic."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        build(schema_editor, to_state.apps.get_model(app_label, self.model_name), self.index)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        drop(schema_editor, from_state.apps.get_model(app_label, self.model_name), self.index)


class RemoveIndexGently(RemoveIndexConcurrently):
    """The opposite: on PostgreSQL nobody waits for whoever still reads the table."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        index = from_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
        drop(schema_editor, from_state.apps.get_model(app_label, self.model_name), index)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        index = to_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
        build(schema_editor, to_state.apps.get_model(app_label, self.model_name), index)


def build(schema_editor: Any, model: type[models.Model], index: models.Index) -> None:
    """Leaves a valid index of that name as it is; one that was left half built is dropped and built anew."""
    if is_valid(schema_editor.connection, model, index):
        return
    drop(schema_editor, model, index)
    schema_editor.add_index(model, index, **beside_the_writers(schema_editor.connection))


def drop(schema_editor: Any, model: type[models.Model], index: models.Index) -> None:
    """Drops the index if it is there, valid or not."""
    if is_there(schema_editor.connection, model, index):
        schema_editor.remove_index(model, index, **beside_the_writers(schema_editor.connection))


def beside_the_writers(connection: Any) -> dict[str, bool]:
    return {"concurrently": True} if connection.vendor == "postgresql" else {}


def is_there(connection: Any, model: type[models.Model], index: models.Index) -> bool:
    with connection.cursor() as cursor:
        return index.name in connection.introspection.get_constraints(cursor, model._meta.db_table)


def is_valid(connection: Any, model: type[models.Model], index: models.Index) -> bool:
    if connection.vendor != "postgresql":
        return is_there(connection, model, index)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_index WHERE indisvalid AND indexrelid = to_regclass(%s)",
            [connection.ops.quote_name(index.name)],
        )
        return cursor.fetchone() is not None
