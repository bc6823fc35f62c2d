"""What every request asks of the database, without its making: plain SQL statements, and queries made once.

The ORM takes about a millisecond to make a statement that the database runs in a tenth of one. What is exact about a
statement is also easiest to see in SQL; whatever runs less often than once a request stays with the ORM. PostgreSQL
keeps each of these prepared, a connection, instead of parsing and planning it anew.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from inspect import signature
from itertools import count
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, OperationalError, connection, models, transaction
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")  # a model, or a tuple of the columns that were asked for
Rows = list[tuple[Any, ...]]
NAMED = re.compile(r"%\((\w+)\)s")


class Statement(NamedTuple):
    """SQL with `%(name)s` in the place of each value."""

    sql: str
    values: Mapping[str, Any]


def run(sql: str, /, **values: Any) -> Rows:
    """Runs one statement with its `%(name)s` values; the rows that it returns, none without a RETURNING."""
    return together(Statement(sql, values))


def together(*statements: Statement) -> Rows:
    """Runs statements in their order, all or nothing; the rows that the last returns.

    On PostgreSQL they are one message, which is a transaction by itself: many a statement costs less than its journey.
    """
    if connection.vendor == "postgresql":
        try:
            return in_one_message(statements)
        except NotSupportedError as error:  # a migration has changed a column of theirs since they were prepared
            forget_prepared()
            if connection.in_atomic_block:
                raise OperationalError("The schema has changed; try again.") from error
            return in_one_message(statements)
    with connection.cursor() as cursor:
        if len(statements) == 1:
            return plainly(cursor, statements[0])
        with transaction.atomic():
            return [plainly(cursor, statement) for statement in statements][-1]


def in_one_message(statements: Sequence[Statement]) -> Rows:
    with connection.cursor() as cursor:
        calls = [call(statement) for statement in statements]
        cursor.execute("; ".join(one for one, _values in calls), [value for _, values in calls for value in values])
        return returned(cursor)


def plainly(cursor: Any, statement: Statement) -> Rows:
    cursor.execute(statement.sql, {name: as_stored(value) for name, value in statement.values.items()})
    return returned(cursor)


def returned(cursor: Any) -> Rows:
    return cursor.fetchall() if cursor.description else []


def forget_prepared() -> None:
    """Has this thread's connection prepare all anew, under other names; seldom, so the old ones may stay."""
    mine: Any = connection
    mine.prepared = {}


def call(statement: Statement) -> tuple[str, list[Any]]:
    """The call of a statement's prepared form, which is made now if this thread's connection does not have it yet."""
    mine: Any = connection  # the stubs know none of this
    if getattr(mine, "prepared_on", None) is not mine.connection:
        mine.prepared_on, mine.prepared, mine.prepared_names = mine.connection, {}, count()
    prepared: dict[str, str] = mine.prepared
    names, places, text = numbered(statement.sql)
    if statement.sql not in prepared:
        name = f"haru_{next(mine.prepared_names)}"
        with connection.wrap_database_errors, mine.connection.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {text}")
        prepared[statement.sql] = f"EXECUTE {name}{places}"
    return prepared[statement.sql], [statement.values[name] for name in names]


@lru_cache(maxsize=256)
def numbered(sql: str) -> tuple[list[str], str, str]:
    """The names of a statement's values, their places in a call, and the statement with `$1` for the first of them."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    text = re.sub(r"%\((\w+)\)s|%%", number, sql)
    return names, f"({', '.join(['%s'] * len(names))})" if names else "", text


def insertion(rows: Sequence[models.Model]) -> Statement:
    """The statement that inserts new rows of one model, whose ids are given, with all their columns."""
    fields = rows[0]._meta.concrete_fields
    sql, names = insertion_form(type(rows[0]), len(rows))
    values = [as_written(field, getattr(row, field.attname)) for row in rows for field in fields]
    for row in rows:
        row._state.adding = False
    return Statement(sql, dict(zip(names, values, strict=True)))


@lru_cache
def insertion_form(model: type[models.Model], rows: int) -> tuple[str, list[str]]:
    columns = [field.column for field in model._meta.concrete_fields]
    names = [f"{column}_{row}" for row in range(rows) for column in columns]
    places = [", ".join(f"%({column}_{row})s" for column in columns) for row in range(rows)]
    listed = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{model._meta.db_table}" ({listed}) VALUES ({"), (".join(places)})', names  # noqa: S608


def as_written(field: Any, value: Any) -> Any:
    """A value of a row as the driver takes it; of our fields only JSON is anything else than itself."""
    return field.get_db_prep_save(value, connection) if isinstance(field, models.JSONField) else value


def as_stored(value: Any) -> Any:
    """A value as SQLite keeps it, which has no type of its own for times, days and ids; itself on PostgreSQL."""
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


class Condition(models.Expression):
    """A condition of a prepared query in SQL, with `%(name)s` in the place of each value."""

    output_field = models.BooleanField()

    def __init__(self, sql: str) -> None:
        super().__init__()
        self.sql = sql

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        return f"({NAMED.sub('%s', self.sql)})", [Slot(name) for name in NAMED.findall(self.sql)]


@dataclass(frozen=True)
class Compiled:
    """A queryset's SQL, and how its rows become models, as Django's ModelIterable does it; worked out once."""

    compiler: SQLCompiler
    sql: str
    constants: Mapping[str, Any]

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

    def made(self, row: tuple[Any, ...]) -> Any:
        """The model of a row, with what was selected beside it; of a query for columns, these."""
        (values,) = self.compiler.apply_converters([row], self.converters) if self.converters else (row,)
        if self.compiler.query.values_select:
            return tuple(values)
        made: models.Model = self.shape["model"].from_db(DEFAULT_DB_ALIAS, self.names, values[self.span])
        for populator in self.related:
            populator.populate(values, made)
        for name, place in (self.compiler.annotation_col_map or {}).items():
            setattr(made, name, values[place])
        return made


class Prepared(Generic[Row]):
    """A query whose SQL is made when it is first asked; `make` says it in the ORM, a slot a value."""

    def __init__(self, make: Callable[..., "models.QuerySet[Any, Row]"]) -> None:
        self.make = make

    @cached_property
    def compiled(self) -> Compiled:
        queryset = self.make(**{name: Slot(name) for name in signature(self.make).parameters})
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        names = [one.name if isinstance(one, Slot) else f"constant_{place}" for place, one in enumerate(params)]
        constants = {name: one for name, one in zip(names, params, strict=True) if not isinstance(one, Slot)}
        places = iter(names)
        named = re.sub("%%|%s", lambda found: found[0] if found[0] == "%%" else f"%({next(places)})s", sql)
        return Compiled(compiler, named, constants)

    def all(self, **values: Any) -> list[Row]:
        """The rows for these values."""
        compiled = self.compiled
        return [compiled.made(row) for row in run(compiled.sql, **compiled.constants, **values)]

    def first(self, **values: Any) -> Row | None:
        """The first row for these values, or None."""
        return next(iter(self.all(**values)), None)
