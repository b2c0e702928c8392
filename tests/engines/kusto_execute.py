"""Runs Kusto queries on rows, by translation to DuckDB: which rows of a table come back?

This is a stand-in for Kusto and not Kusto. It raises for what it does not know, which is an answer here (`Refused`); for
what it does know its authors compare it with Microsoft's emulator. Whether a query is legal is a question for `kusto.py`.
"""

from __future__ import annotations

import atexit
import ipaddress
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final

import duckdb
import duckdb_kql
import duckdb_kql.lower
from duckdb.func import FunctionNullHandling
from duckdb_kql.errors import KqlError
from duckdb_kql.translate.functions import SCALAR_FUNCTIONS, FunctionSpec

from .answers import Hits, Refused

#: Kusto's types as DuckDB's.
_TYPES: Final = {
    "string": "VARCHAR",
    "long": "BIGINT",
    "int": "INTEGER",
    "real": "DOUBLE",
    "bool": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "dynamic": "JSON",
    "guid": "UUID",
}

_ESCAPE: Final = re.compile(r"\\(?:([^uUx])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2}))")
_ESCAPED: Final = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t"}

#: A column that no query names, to find out which rows are left at the end of it.
_POSITION: Final = "row_position"

_turn = threading.Lock()  # there is one connection


def execute(
    columns: Mapping[str, str], rows: Sequence[Mapping[str, object]], queries: Sequence[str], table: str = "T"
) -> list[Hits | Refused]:
    """Run each query on one table and say which of its rows come back.

    `columns` maps names to Kusto types. A column that is not in a row is null, or empty if it is a string, since strings
    are never null; a dynamic value is given as JSON text. A query reads `table` and may filter and extend; it must not
    replace the rows by others (project, summarize).
    """
    with _turn:
        connection = _connection()
        _create_table(connection, table, columns, rows)
        schema = {table: [*columns, _POSITION]}
        return [_run(connection, query, schema) for query in queries]


def _create_table(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]
) -> None:
    types = {name: _TYPES[kind] for name, kind in columns.items()} | {_POSITION: "BIGINT"}
    declared = ", ".join(f"{_quoted(name)} {kind}" for name, kind in types.items())
    connection.execute(f"CREATE OR REPLACE TABLE {_quoted(table)} ({declared})")
    if rows:
        values = [_value(columns, name, row, position) for position, row in enumerate(rows) for name in types]
        places = ", ".join(["(" + ", ".join("?" * len(types)) + ")"] * len(rows))
        connection.execute(f"INSERT INTO {_quoted(table)} VALUES {places}", values)


def _value(columns: Mapping[str, str], name: str, row: Mapping[str, object], position: int) -> object:
    if name == _POSITION:
        return position
    value = row.get(name)
    return "" if value is None and columns[name] == "string" else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _run(connection: duckdb.DuckDBPyConnection, query: str, schema: dict[str, list[str]]) -> Hits | Refused:
    try:
        # On a line of its own, lest a comment at the end of the query swallow it.
        sql = duckdb_kql.to_sql(f"{query}\n| project {_POSITION}", schema)
        return Hits(frozenset(position for (position,) in connection.execute(str(sql)).fetchall()))
    except (KqlError, duckdb.Error, RecursionError) as problem:
        return Refused(f"{type(problem).__name__}: {problem}")


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    duckdb_kql.lower._string_value = _string_value  # it reads neither numbered escapes nor the prefix h nor literals of several lines
    connection = duckdb_kql.connect()
    atexit.register(_forget_connection)
    connection.execute("SET threads = 1")  # for a handful of rows more threads only cost time
    _add_function(connection, "ipv4_is_match", _matcher(_ipv4), 2)
    _add_function(connection, "ipv4_is_in_range", _matcher(_ipv4), 2)
    _add_function(connection, "ipv6_is_match", _matcher(_ipv6), 2)
    _add_function(connection, "ipv6_is_in_range", _matcher(_ipv6), 2)
    return connection


def _string_value(text: str) -> str:
    """The text of a string literal (Kusto, *The string data type*)."""
    body = text[1:] if text[0] in "hH" else text
    if body.startswith(("```", "~~~")):
        return body[3:-3]
    if body.startswith("@"):
        return body[2:-1].replace(body[1] * 2, body[1])
    return _ESCAPE.sub(_escaped_character, body[1:-1])


def _escaped_character(found: re.Match[str]) -> str:
    letter, *numbers = found.groups("")
    if not letter:
        return chr(int("".join(numbers), 16))
    if letter not in _ESCAPED:
        raise KqlError(f"the escape {found[0]}, which Kusto's page does not list")
    return _ESCAPED[letter]


def _forget_connection() -> None:
    """Let go of the connection before the interpreter ends: DuckDB complains about functions that outlive it."""
    _connection().close()
    _connection.cache_clear()


def _add_function(connection: duckdb.DuckDBPyConnection, name: str, function: Callable[..., bool | None], arguments: int) -> None:
    """Teach DuckDB a function and the translator to call it."""
    own_name = f"kusto_{name}"
    text = duckdb.type("VARCHAR")
    connection.create_function(own_name, function, [text] * arguments, "BOOLEAN", null_handling=FunctionNullHandling.SPECIAL)
    places = ", ".join(f"{{{index}}}" for index in range(arguments))
    SCALAR_FUNCTIONS[name] = FunctionSpec(name, "template", f"{own_name}({places})", (arguments,))


def _matcher(parse: Callable[[str], tuple[int, int] | None]) -> Callable[[str, str], bool | None]:
    """Whether two addresses agree in the bits that both prefixes keep; null when one of them is no address."""

    def match(left: str, right: str) -> bool | None:
        first, second = parse(left), parse(right)
        if first is None or second is None:
            return None
        dropped = max(first[1], second[1])
        return first[0] >> dropped == second[0] >> dropped

    return match


def _ipv4(text: str) -> tuple[int, int] | None:
    """An IPv4 address as a number, and how many of its last bits its prefix drops."""
    address, _, prefix = text.partition("/")
    try:
        number = int(ipaddress.IPv4Address(address))
    except ValueError:
        return None
    dropped = _dropped(prefix, 32)
    return None if dropped is None else (number, dropped)


def _ipv6(text: str) -> tuple[int, int] | None:
    """The same for IPv6, where an IPv4 address stands for the IPv6 address it is mapped to."""
    if mapped := _ipv4(text):
        return mapped[0] | 0xFFFF << 32, mapped[1]
    address, _, prefix = text.partition("/")
    try:
        number = int(ipaddress.IPv6Address(address))
    except ValueError:
        return None
    dropped = _dropped(prefix, 128)
    return None if dropped is None else (number, dropped)


def _dropped(prefix: str, bits: int) -> int | None:
    if not prefix:
        return 0
    return bits - int(prefix) if prefix.isdecimal() and int(prefix) <= bits else None
