"""Answers the engines' case tables with a parser and the evaluator instead of an engine."""

from collections.abc import Callable, Mapping, Sequence

from sigma_amsi.backend import Reading
from sigma_amsi.errors import Unreadable
from sigma_amsi.pipeline.schema import ColumnType, Schema, Table
from sigma_amsi.predicate.evaluate import evaluate
from tests.engines import tables
from tests.engines.answers import Hits, Rejected
from tests.engines.cases import REJECTED, Case
from tests.engines.lucene import Document, FieldType

Parse = Callable[[str, Schema, Table], Reading]

_TYPES: Mapping[str, ColumnType] = {
    "exact": ColumnType("", "text", "keyword", "exact"),
    "lower": ColumnType("", "text", "keyword", "folded"),
    "long": ColumnType("", "integer", "long"),
    "ip": ColumnType("", "address", "ip"),
}


def ask(parse: Parse) -> tables.Ask:
    """What takes the engine's place: an unreadable query counts as rejected."""

    def run(documents: Sequence[Document], field_types: Mapping[str, FieldType], queries: Sequence[str], /) -> Sequence[Hits | Rejected]:
        table = Table("", {name: _TYPES[kind] for name, kind in field_types.items()})
        schema = Schema("test", "test", {"": table})
        return [_answer(parse, schema, table, query, documents) for query in queries]

    return run


def readable_share(parse: Parse, cases: Sequence[Case]) -> float:
    """How much of what the engines take the parser reads, from 0 to 1."""
    taken = [case for case in cases if case.outcome is not REJECTED]
    return 1 - len(tables.mistakes(ask(parse), taken, lambda case: case.outcome)) / len(taken)


def _answer(parse: Parse, schema: Schema, table: Table, query: str, documents: Sequence[Document]) -> Hits | Rejected:
    try:
        predicate = parse(query, schema, table).predicate
    except Unreadable as error:
        return Rejected(str(error))
    return Hits(frozenset(row for row, document in enumerate(documents) if evaluate(predicate, dict(document))))
