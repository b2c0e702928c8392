"""Kibana's code answers as the table of KQL says, and agrees with the transcription of its newer grammar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import pytest

from . import require
from .answers import Accepted, Hits, Refused, Rejected
from .cases import REJECTED, Case
from .cases.kibana import CASES, GRAMMAR, WITHOUT_DATA_VIEW
from .kibana import parse, run, to_dsl
from .lucene import Lucene
from .tables import mistakes


@pytest.fixture(scope="module")
def lucene() -> Iterator[Lucene]:
    require("kibana")
    require("lucene-9")
    engine = Lucene(9)
    yield engine
    engine.close()


@pytest.mark.parametrize(("cases", "data_view"), [(CASES, True), (WITHOUT_DATA_VIEW, False)], ids=["data view", "no data view"])
def test_every_case_of_kql(lucene: Lucene, cases: Sequence[Case], data_view: bool) -> None:
    wrong = mistakes(partial(run, lucene, data_view=data_view), cases, lambda case: case.outcome)
    assert not wrong, "\n".join(wrong)


def test_both_grammars_read_the_same() -> None:
    require("kibana")
    queries = [case.query for case in (*CASES, *WITHOUT_DATA_VIEW)]
    for query, by_transcription, by_code in zip(queries, parse(queries), to_dsl(queries), strict=True):
        assert isinstance(by_transcription, Rejected) == isinstance(by_code, Rejected), query


def test_what_the_grammar_rejects_it_rejects_before_anything_runs() -> None:
    require("kibana")
    queries = [case.query for case in CASES if case.outcome is REJECTED and case.source is GRAMMAR]
    assert all(isinstance(answer, Rejected) for answer in parse(queries))


def test_the_query_for_a_keyword_and_for_another_field() -> None:
    require("kibana")
    [dsl] = to_dsl(["keyword: *a b and other: *a b and any: *"], ["keyword"])
    parts = [
        {"wildcard": {"keyword": {"value": "*a b"}}},
        {"query_string": {"fields": ["other"], "query": "*a b"}},
        {"exists": {"field": "any"}},
    ]
    assert dsl == {"bool": {"filter": [{"bool": {"should": [part], "minimum_should_match": 1}} for part in parts]}}


def test_nested_queries_are_newer_than_the_code() -> None:
    require("kibana")
    query = "n: { a: 1 and b: 2 }"
    assert parse([query]) == [Accepted()]
    assert isinstance(to_dsl([query])[0], Refused)


def test_parentheses_cost_linear_time() -> None:
    require("kibana")
    [dsl] = to_dsl(["(" * 100 + "a: b" + ")" * 100])
    assert isinstance(dsl, dict)


def test_a_chain_does_not_nest(lucene: Lucene) -> None:
    query = " or ".join(f"f: {number}" for number in range(100))
    assert run(lucene, [{"f": ["7"]}, {}], {"f": "exact"}, [query]) == [Hits(frozenset({0}))]
