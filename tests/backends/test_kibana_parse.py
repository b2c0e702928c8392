"""The reader of Kibana's KQL, held against what Kibana's own grammar and Lucene were observed to answer."""

import pytest
from sigma_amsi.backends.kibana.parse import MAXIMUM_DEPTH, parse

from sigma_amsi.errors import Unreadable
from sigma_amsi.pipeline.schema import ColumnType, Schema, Table
from sigma_amsi.predicate.tree import TRUE
from tests.backends.elastic_tables import ask, readable_share
from tests.engines import tables
from tests.engines.cases import REJECTED, Case, Outcome
from tests.engines.cases.kibana import CASES

TABLE = Table("", {"f": ColumnType("f", compares="exact"), "n": ColumnType("n", "integer")})
SCHEMA = Schema("test", "test", {"": TABLE})


def expected(case: Case) -> Outcome:
    return case.outcome


def test_no_answer_differs_from_kibana() -> None:
    wrong = tables.mistakes(ask(parse), CASES, expected)
    assert [line for line in wrong if not line.startswith("rejected, not")] == []


def test_little_is_unreadable_that_kibana_takes() -> None:
    assert readable_share(parse, CASES) > 0.9


def test_what_kibana_rejects_is_unreadable() -> None:
    assert tables.mistakes(ask(parse), [case for case in CASES if case.outcome is REJECTED], expected) == []


def test_an_empty_query_finds_everything() -> None:
    assert parse(" ", SCHEMA, TABLE).predicate == TRUE


@pytest.mark.parametrize(
    "query", ["x", "g: x", "f*: x", "f > a", "n: 4*", "n > 4*", "f:", "f: (a", "f: x)", "n: { a: 1 }", r"f: \ud800", 'f: "x', "f: null"]
)
def test_unreadable(query: str) -> None:
    with pytest.raises(Unreadable):
        parse(query, SCHEMA, TABLE)


def test_depth_is_limited() -> None:
    assert parse("(" * MAXIMUM_DEPTH + "f: x" + ")" * MAXIMUM_DEPTH, SCHEMA, TABLE)
    with pytest.raises(Unreadable, match="nested deeper"):
        parse("(" * 100_000, SCHEMA, TABLE)


def test_blanks_cost_no_more_than_their_number() -> None:
    assert parse("f: a" + " " * 100_000 + "b", SCHEMA, TABLE)
