"""The reader of query_string, held against what engines were observed to answer."""

from collections.abc import Mapping

import pytest
from sigma_amsi.backends.lucene.parse import MAXIMUM_DEPTH, parse

from sigma_amsi.errors import Unreadable
from sigma_amsi.pipeline.schema import ColumnType, Schema, Table
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import FALSE
from tests.backends.elastic_tables import ask, readable_share
from tests.engines import tables
from tests.engines.cases import REJECTED, Case, Outcome
from tests.engines.cases.query_string import IP, KEYWORD, LONG, LOWER

TABLE = Table("", {name: ColumnType(name, compares="exact") for name in ("f", "g")})
SCHEMA = Schema("test", "test", {"": TABLE})

# Characters that Java lowers but that are no pair of letters, which is what the project's folding is about.
NO_PAIR = ("\u212a", "İ")
# What only the size of the engine's automaton rejects is not for the parser to know.
TOO_COMPLEX = "{2,500}"
CASES = [
    case
    for case in [*KEYWORD, *LOWER, *LONG, *IP]
    if TOO_COMPLEX not in case.query and not any(value in NO_PAIR for values in case.document.values() for value in values)
]


def expected(case: Case) -> Outcome:
    return case.outcome


def test_no_answer_differs_from_the_engines() -> None:
    wrong = tables.mistakes(ask(parse), CASES, expected)
    assert [line for line in wrong if not line.startswith("rejected, not")] == []


def test_little_is_unreadable_that_engines_take() -> None:
    assert readable_share(parse, CASES) > 0.8


def test_what_engines_reject_is_unreadable() -> None:
    rejected = [case for case in CASES if case.outcome is REJECTED]
    assert tables.mistakes(ask(parse), rejected, expected) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("f:(a!x)", {"f": "a"}),
        ("(NOT f:a)", {}),
        ("NOT f:a", {}),
        ("f:[* TO *]", {"f": "x"}),
        ("f:(a OR g:b)", {"g": "b"}),
        ("f:((a) OR (b))", {"f": "b"}),
        ("f:/a\\/b/ AND g:/c/", {"f": "a/b", "g": "c"}),
    ],
)
def test_finds(query: str, found: Mapping[str, str]) -> None:
    assert evaluate(parse(query, SCHEMA, TABLE).predicate, found)


@pytest.mark.parametrize(
    ("query", "missed"),
    [("f:a OR f:b AND f:c", {"f": "a"}), ("f:a AND f:b", {"f": "b"}), ("f:a OR NOT g:b", {}), ("f:a!g:b", {"f": "a", "g": "b"})],
)
def test_misses(query: str, missed: Mapping[str, str]) -> None:
    assert not evaluate(parse(query, SCHEMA, TABLE).predicate, missed)


def test_an_empty_query_finds_nothing() -> None:
    assert parse(" ", SCHEMA, TABLE).predicate == FALSE


@pytest.mark.parametrize(
    "query", ["x", "h:x", "f:x~", "f:[a TO b]", "f:>x", "f:(a b OR c)", "NOT NOT f:x", "f:/[/", r"f:\u00", "- f:x", "*:x"]
)
def test_unreadable(query: str) -> None:
    with pytest.raises(Unreadable):
        parse(query, SCHEMA, TABLE)


def test_depth_is_limited() -> None:
    assert parse("(" * MAXIMUM_DEPTH + "f:x" + ")" * MAXIMUM_DEPTH, SCHEMA, TABLE)
    with pytest.raises(Unreadable, match="nested deeper"):
        parse("(" * 100_000, SCHEMA, TABLE)
