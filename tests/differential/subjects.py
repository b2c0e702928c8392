"""The engines under comparison: how rows become theirs, and which language, table and random text belong to each."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, TypeAlias

from sigma_amsi.backend import Backend
from sigma_amsi.pipeline.schema import ColumnType, Schema, Table
from sigma_amsi.registry import find_backend
from tests.engines import kibana, kusto, kusto_execute
from tests.engines.answers import Accepted, Hits, Refused, Rejected
from tests.engines.lucene import FieldType, Lucene
from tests.engines.opensearch import NodeFieldType, OpenSearch

from . import kibana_text, kusto_text, query_string_text
from .values import Draw, Row

Answer: TypeAlias = Hits | Rejected | Refused
Ask: TypeAlias = Callable[[Sequence[Row], Sequence[str]], Sequence[Answer]]

ELASTIC_COLUMNS: Final = (
    ColumnType("exact", native="keyword", compares="exact"),
    ColumnType("c-uri", native="keyword", compares="exact", many=True, absent_for=("",)),
    ColumnType("lower", native="keyword", compares="folded"),
    ColumnType("lowers", native="keyword", compares="folded", many=True, absent_for=("", "-")),
    ColumnType("way", native="keyword", compares="exact", absent_for=("",), values=("egress", "ingress", "unknown")),
    ColumnType("port", kind="integer", native="long", compares="exact", many=True),
    ColumnType("size", kind="integer", native="long", compares="exact"),
    ColumnType("ip", kind="address", native="ip", compares="exact"),
    ColumnType("ips", kind="address", native="ip", compares="exact", many=True),
    ColumnType("seen", kind="boolean", native="boolean", compares="exact"),
)
_NATIVE: Final[Mapping[str, FieldType]] = {"long": "long", "ip": "ip", "boolean": "bool"}
_FIELD_TYPES: Final[Mapping[str, FieldType]] = {
    column.name: "lower" if column.compares == "folded" else _NATIVE.get(column.native, "exact") for column in ELASTIC_COLUMNS
}

KUSTO_COLUMNS: Final = (
    ColumnType("s", native="string", absent_for=("",)),
    ColumnType("k", native="string", absent_for=("",)),
    ColumnType("n", kind="integer", native="long"),
    ColumnType("m", kind="integer", native="long"),
    ColumnType("b", kind="boolean", native="bool"),
    ColumnType("t", kind="time", native="datetime"),
    ColumnType("d", kind="dynamic", native="dynamic", absent_for=("",)),
    ColumnType("EventData.Image", kind="dynamic", native="dynamic", absent_for=("",)),
)
_KUSTO_TYPES: Final = {column.name: column.native for column in KUSTO_COLUMNS if "." not in column.name} | {"EventData": "dynamic"}


@dataclass(frozen=True)
class Subject:
    """An engine with the language that it reads.

    engines: what it needs, by the names of `tests.engines`. text: random text of the language about the columns.
    """

    name: str
    engines: tuple[str, ...]
    language: str
    table: Table
    text: Callable[[Draw], str]
    ask: Ask

    @property
    def backend(self) -> Backend:
        """The generator and the parser of the language."""
        return find_backend(self.language)

    @property
    def schema(self) -> Schema:
        """The schema of the one table."""
        return Schema("differential", "Differential fuzzing", {self.table.name: self.table})

    @property
    def columns(self) -> tuple[ColumnType, ...]:
        """The columns of the table, which rows have values in."""
        return tuple(self.table.columns.values())


@cache
def _lucene(version: Any) -> Lucene:
    return Lucene(version)


@cache
def _opensearch(version: Any) -> OpenSearch:
    return OpenSearch(version)


def _ask_lucene(version: int, rows: Sequence[Row], queries: Sequence[str]) -> Sequence[Answer]:
    return _lucene(version).run(rows, _FIELD_TYPES, queries)


def _ask_opensearch(version: int, rows: Sequence[Row], queries: Sequence[str]) -> Sequence[Answer]:
    types: Mapping[str, NodeFieldType] = {**_FIELD_TYPES}
    return _opensearch(version).run(rows, types, queries)


def _ask_kibana(rows: Sequence[Row], queries: Sequence[str]) -> Sequence[Answer]:
    """Where Kibana's code and the transcription of its grammar differ about what KQL is, nothing is known of the query."""
    answers = kibana.run(_lucene(9), rows, _FIELD_TYPES, queries)
    return [
        Refused("the grammars differ") if _is_syntax_error(answer) and isinstance(parsed, Accepted) else answer
        for answer, parsed in zip(answers, kibana.parse(queries), strict=True)
    ]


def _is_syntax_error(answer: Answer) -> bool:
    return isinstance(answer, Rejected) and answer.reason.startswith("Expected")


def _ask_kusto(rows: Sequence[Row], queries: Sequence[str]) -> Sequence[Answer]:
    """Microsoft's parser and binder say whether a query is legal, and the stand-in which rows it keeps."""
    problems = kusto.check({"T": _KUSTO_TYPES}, queries)
    answers = kusto_execute.execute(_KUSTO_TYPES, [_kusto_row(row) for row in rows], queries)
    return [_legal(found, answer) for found, answer in zip(problems, answers, strict=True)]


def _legal(problems: Sequence[kusto.Diagnostic], answer: Answer) -> Answer:
    errors = [problem for problem in problems if problem.severity == "Error"]
    return Rejected(f"{errors[0].code}: {errors[0].message}") if errors else answer


def _kusto_row(row: Row) -> dict[str, object]:
    values = {name: texts[0] for name, texts in row.items()}
    found: dict[str, object] = {}
    for column in KUSTO_COLUMNS:
        if column.name not in values:
            continue
        text = values[column.name]
        match column.kind:
            case "integer":
                found[column.name] = int(text)
            case "boolean":
                found[column.name] = text == "true"
            case "dynamic" if "." in column.name:
                bag, member = column.name.split(".")
                found[bag] = json.dumps({member: text})
            case "dynamic":
                found[column.name] = json.dumps(text)
            case _:
                found[column.name] = text
    return found


def _elastic(name: str, engines: tuple[str, ...], ask: Ask) -> Subject:
    table = Table("", {column.name: column for column in ELASTIC_COLUMNS})
    return Subject(name, engines, "lucene", table, query_string_text.query, ask)


SUBJECTS: Final[Mapping[str, Subject]] = {
    subject.name: subject
    for subject in (
        _elastic("lucene8", ("lucene-8",), partial(_ask_lucene, 8)),
        _elastic("lucene9", ("lucene-9",), partial(_ask_lucene, 9)),
        _elastic("opensearch1", ("opensearch-1",), partial(_ask_opensearch, 1)),
        _elastic("opensearch2", ("opensearch-2",), partial(_ask_opensearch, 2)),
        Subject(
            "kibana",
            ("kibana", "lucene-9"),
            "kibana",
            Table("", {column.name: column for column in ELASTIC_COLUMNS}),
            kibana_text.query,
            _ask_kibana,
        ),
        Subject(
            "kusto",
            ("duckdb-kql", "kusto"),
            "kusto",
            Table("T", {column.name: column for column in KUSTO_COLUMNS}),
            kusto_text.query,
            _ask_kusto,
        ),
    )
}
"""Name on the command line -> the engine."""
