"""What every request asks of the database, without its making: plain SQL statements, and queries made once.

The ORM takes about a millisecond to make a statement that the database runs in a tenth of one. What is exact about a
statement is also easiest to see in SQL; whatever runs less often than once a request stays with the ORM.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from inspect import signature
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=models.Model)


def run(sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
    """Runs one statement with its `%(name)s` values; the rows that it returns, none without a RETURNING."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {name: as_stored(value) for name, value in values.items()})
        return cursor.fetchall() if cursor.description else []


def insert(rows: Sequence[models.Model]) -> None:
    """Inserts new rows of one model, whose ids are given, all columns in one statement."""
    fields = rows[0]._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{rows[0]._meta.db_table}" ({columns}) VALUES {places}',  # noqa: S608  # names of ours
            [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields],
        )
    for row in rows:
        row._state.adding = False


def as_stored(value: Any) -> Any:
    """A value as this database keeps it: SQLite has no type of its own for times, days and ids."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value


class Slot(models.Expression):
    """Stands in a prepared query for a value that comes with each asking."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        return "%s", [self]


@dataclass(frozen=True)
class Compiled:
    """A queryset's SQL, and how its rows become models: as Django's ModelIterable does it, worked out once."""

    compiler: SQLCompiler
    sql: str
    params: tuple[Any, ...]

    @cached_property
    def converters(self) -> Any:
        return self.compiler.get_converters([one[0] for one in self.compiler.select or ()])

    @property
    def shape(self) -> Any:
        return self.compiler.klass_info  # set once the SQL is made

    @cached_property
    def span(self) -> slice:
        places = self.shape["select_fields"]
        return slice(places[0], places[-1] + 1)

    @cached_property
    def names(self) -> list[str]:
        return [one[0].target.attname for one in (self.compiler.select or ())[self.span]]

    @cached_property
    def related(self) -> Any:
        return get_related_populators(self.shape, self.compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # of 6.x

    def model(self, row: tuple[Any, ...]) -> models.Model:
        """The model of a row, with what was selected beside it."""
        (values,) = self.compiler.apply_converters([row], self.converters) if self.converters else (row,)
        made: models.Model = self.shape["model"].from_db(DEFAULT_DB_ALIAS, self.names, values[self.span])
        for populator in self.related:
            populator.populate(values, made)
        for name, place in (self.compiler.annotation_col_map or {}).items():
            setattr(made, name, values[place])
        return made


class Prepared(Generic[Row]):
    """A query for one row whose SQL is made when it is first asked; `make` says it in the ORM, a slot a value."""

    def __init__(self, make: Callable[..., "models.QuerySet[Row]"]) -> None:
        self.make = make

    @cached_property
    def compiled(self) -> Compiled:
        queryset = self.make(**{name: Slot(name) for name in signature(self.make).parameters})
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        return Compiled(compiler, sql, tuple(params))

    def first(self, **values: Any) -> Row | None:
        """The row for these values, or None."""
        compiled = self.compiled
        given = [as_stored(values[one.name]) if isinstance(one, Slot) else one for one in compiled.params]
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, given)
            row = cursor.fetchone()
        return compiled.model(row) if row else None  # type: ignore[return-value]  # the queryset's own model
