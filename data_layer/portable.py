"""What each database says in words of its own: lists handed over as JSON, lists made of rows, whole division."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Each(FunctionElement[Any]):
    """The items of a JSON array, a row each, as `value`."""

    inherit_cache = True
    name = "each_item"


@compiles(Each, "sqlite")
def _each_in_sqlite(element: Each, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(Each, "postgresql")
def _each_in_postgresql(element: Each, compiler: SQLCompiler, **options: Any) -> str:
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **options)} AS jsonb))"


@compiles(Each, "mysql", "mariadb")
def _each_in_mariadb(element: Each, compiler: SQLCompiler, **options: Any) -> str:
    return f"JSON_TABLE({compiler.process(element.clauses, **options)}, '$[*]' COLUMNS (value JSON PATH '$'))"


class Item(FunctionElement[Any]):
    """An item of a JSON array, by its place."""

    inherit_cache = True


class IntegerAt(Item):
    """An integer."""

    type = BigInteger()
    inherit_cache = True


class TextAt(Item):
    """A text."""

    type = String()
    inherit_cache = True


@compiles(Item, "sqlite")
def _item_in_sqlite(element: Item, compiler: SQLCompiler, **options: Any) -> str:
    array, place = (compiler.process(each, **options) for each in element.clauses)
    return f"json_extract({array}, '$[' || {place} || ']')"


@compiles(IntegerAt, "postgresql")
def _integer_in_postgresql(element: Item, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({_text_in_postgresql(element, compiler, **options)} AS bigint)"


@compiles(TextAt, "postgresql")
def _text_in_postgresql(element: Item, compiler: SQLCompiler, **options: Any) -> str:
    array, place = (compiler.process(each, **options) for each in element.clauses)
    return f"({array} ->> {place})"


@compiles(IntegerAt, "mysql", "mariadb")
def _integer_in_mariadb(element: Item, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({_item_in_mariadb(element, compiler, **options)} AS SIGNED)"


@compiles(TextAt, "mysql", "mariadb")
def _text_in_mariadb(element: Item, compiler: SQLCompiler, **options: Any) -> str:
    # JSON compares with spaces at the end left out, our columns don't, and the two don't mix.
    return f"({_item_in_mariadb(element, compiler, **options)} COLLATE utf8mb4_nopad_bin)"


def _item_in_mariadb(element: Item, compiler: SQLCompiler, **options: Any) -> str:
    array, place = (compiler.process(each, **options) for each in element.clauses)
    return f"JSON_VALUE({array}, CONCAT('$[', {place}, ']'))"


class AsList(FunctionElement[str]):
    """The values of a column as the text of one JSON array; all such columns of a statement in the same order."""

    type = String()
    inherit_cache = True


@compiles(AsList, "sqlite")
def _list_in_sqlite(element: AsList, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


@compiles(AsList, "postgresql")
def _list_in_postgresql(element: AsList, compiler: SQLCompiler, **options: Any) -> str:
    [column] = element.clauses
    values = compiler.process(column, **options)
    if isinstance(column.type, Integer):  # a third faster (measured); none of them is NULL
        return f"'[' || coalesce(string_agg(CAST({values} AS text), ','), '') || ']'"
    return f"coalesce(CAST(json_agg({values}) AS text), '[]')"


@compiles(AsList, "mysql", "mariadb")
def _list_in_mariadb(element: AsList, compiler: SQLCompiler, **options: Any) -> str:
    return f"coalesce(JSON_ARRAYAGG({compiler.process(element.clauses, **options)}), '[]')"


class _Quotient(FunctionElement[int]):
    """Whole division, of what is not negative."""

    type = BigInteger()
    inherit_cache = True


@compiles(_Quotient)
def _divided(element: _Quotient, compiler: SQLCompiler, **options: Any) -> str:
    dividend, divisor = (compiler.process(each, **options) for each in element.clauses)
    return f"(({dividend}) / {divisor})"


@compiles(_Quotient, "mysql", "mariadb")
def _divided_in_mariadb(element: _Quotient, compiler: SQLCompiler, **options: Any) -> str:
    # Its `/` rounds to four decimals, and SQLAlchemy's `//` is the floor of that: 0.99999 would be 1.
    dividend, divisor = (compiler.process(each, **options) for each in element.clauses)
    return f"(({dividend}) DIV {divisor})"


def quotient(dividend: ColumnElement[int], divisor: int) -> ColumnElement[int]:
    """How often an integer goes into one that is not negative."""
    return _Quotient(dividend, divisor)


class RandomText(FunctionElement[str]):
    """A text that nobody can guess, another one in each row."""

    type = String()
    inherit_cache = True


@compiles(RandomText, "sqlite")
def _random_in_sqlite(_element: RandomText, _compiler: SQLCompiler, **_options: Any) -> str:
    return "lower(hex(randomblob(8)))"


@compiles(RandomText, "postgresql")
def _random_in_postgresql(_element: RandomText, _compiler: SQLCompiler, **_options: Any) -> str:
    return "replace(CAST(gen_random_uuid() AS text), '-', '')"


@compiles(RandomText, "mysql", "mariadb")
def _random_in_mariadb(_element: RandomText, _compiler: SQLCompiler, **_options: Any) -> str:
    return "lower(hex(RANDOM_BYTES(8)))"


class As01(FunctionElement[int]):
    """A condition as 1 or 0."""

    type = BigInteger()
    inherit_cache = True


@compiles(As01)
def _as_it_is(element: As01, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})"


@compiles(As01, "postgresql")
def _as_01_in_postgresql(element: As01, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(({compiler.process(element.clauses, **options)}) AS integer)"


def as_01(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """A condition as an integer."""
    return As01(condition)
