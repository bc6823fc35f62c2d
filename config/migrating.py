"""Steps of migrations that do not lock a table that is in use."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently


class AddIndexGently(AddIndexConcurrently):
    """An index built beside the writers on PostgreSQL, as ever elsewhere; for a migration that is not atomic."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            super(AddIndexConcurrently, self).database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            super(AddIndexConcurrently, self).database_backwards(app_label, schema_editor, from_state, to_state)
