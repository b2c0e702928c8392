"""The same question to a real engine: does it tell query and mutant apart on a row?"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal, TypeAlias, cast

from sigma_amsi.pipeline.schema import ColumnType, Table
from tests.engines import available, kibana, kusto_execute
from tests.engines.answers import Hits, Refused, Rejected
from tests.engines.lucene import FieldType, Lucene

from .opinion import Row
from .rows import column_type

Answers: TypeAlias = list[bool] | None
"""Which of the rows a query finds, None where the engine does not say."""

_EXECUTED: Mapping[str, tuple[str, ...]] = {"kusto": ("duckdb-kql",), "lucene": ("lucene-9",), "kibana": ("lucene-9", "kibana")}
_FIELD_TYPES: Mapping[str, FieldType] = {"text": "exact", "integer": "long", "address": "ip", "boolean": "bool"}
_ANALYSED = ("text", "match_only_text")


def runs(language: str) -> bool:
    """Whether an engine for the language is installed."""
    return language in _EXECUTED and all(map(available, _EXECUTED[language]))


def answers(language: str, table: Table, columns: Sequence[str], rows: Sequence[Row], queries: Sequence[str]) -> list[Answers]:
    """What the engine says of each query. `columns`: those that the queries name and the rows have."""
    if language == "kusto" and any("\\u" in query for query in queries):  # which the stand-in takes for a plain letter
        return [None] * len(queries)
    types = {name: column_type(table, name) for name in columns}
    said = _kusto(table, types, rows, queries) if language == "kusto" else _elastic(language, types, rows, queries)
    return [[place in each.rows for place in range(len(rows))] if isinstance(each, Hits) else None for each in said]


def _kusto(
    table: Table, types: Mapping[str, ColumnType], rows: Sequence[Row], queries: Sequence[str]
) -> Sequence[Hits | Rejected | Refused]:
    """Members of a bag are one column of JSON."""
    roots = {name: name.partition(".")[0] for name in types}
    native = {roots[name]: "dynamic" if "." in name else _native(kind) for name, kind in types.items()}
    return kusto_execute.execute(native, [_kusto_row(row, native) for row in rows], queries, table.name)


def _native(column: ColumnType) -> Literal["string", "long", "bool", "dynamic"]:
    return cast(
        Literal["string", "long", "bool", "dynamic"],
        {"integer": "long", "boolean": "bool", "dynamic": "dynamic"}.get(column.kind, "string"),
    )


def _kusto_row(row: Row, native: Mapping[str, str]) -> dict[str, object]:
    shown: dict[str, object] = {}
    bags: dict[str, dict[str, object]] = {}
    for name, value in row.items():
        root, _, member = name.partition(".")
        if member:
            bags.setdefault(root, {})[member] = value
        else:
            shown[name] = value == "true" if native[root] == "bool" else int(str(value)) if native[root] == "long" else value
    return shown | {root: json.dumps(bag) for root, bag in bags.items()}


def _elastic(
    language: str, types: Mapping[str, ColumnType], rows: Sequence[Row], queries: Sequence[str]
) -> Sequence[Hits | Rejected | Refused]:
    if any(kind.native in _ANALYSED or kind.kind not in _FIELD_TYPES for kind in types.values()):
        return [Refused("a type that the harness does not map")] * len(queries)
    fields: dict[str, FieldType] = {name: "lower" if kind.compares == "folded" else _FIELD_TYPES[kind.kind] for name, kind in types.items()}
    documents = [
        {name: [str(each) for each in (value if isinstance(value, tuple) else (value,))] for name, value in row.items()} for row in rows
    ]
    if language == "kibana":
        return kibana.run(_lucene(), documents, fields, queries)
    return _lucene().run(documents, fields, queries)


@cache
def _lucene() -> Lucene:
    return Lucene(9, max_clauses=100_000)
