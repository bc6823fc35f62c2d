"""Single statements in plain SQL, the same on PostgreSQL and SQLite: what every question runs, without its making.

The ORM takes about a millisecond to make an UPDATE that the database runs in a tenth of one. What is exact about a
statement is also easiest to see in SQL; everything that runs less often than once a question stays with the ORM.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection


def run(sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
    """Runs one statement with its `%(name)s` values; the rows that it returns, none without a RETURNING."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {name: as_stored(value) for name, value in values.items()})
        return cursor.fetchall() if cursor.description else []


def as_stored(value: Any) -> Any:
    """A value as this database keeps it: SQLite has no type of its own for times, days and ids."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value
