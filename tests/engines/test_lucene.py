"""Both generations of Lucene answer as the table of query_string says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Literal, get_args

import pytest

from . import require
from .answers import Hits, Rejected
from .cases import FINDS, MISSES, REJECTED, Case, Outcome
from .cases.query_string import cases
from .lucene import FieldType, Lucene

Version = Literal[8, 9]


@pytest.fixture(scope="module", params=[8, 9])
def version(request: pytest.FixtureRequest) -> Version:
    chosen: Version = request.param
    require(f"lucene-{chosen}")
    return chosen


@pytest.fixture(scope="module")
def lucene(version: Version) -> Iterator[Lucene]:
    engine = Lucene(version)
    yield engine
    engine.close()


def test_every_case_of_query_string(version: Version) -> None:
    wrong = []
    for lenient, group in groupby(sorted(cases(), key=lambda case: case.lenient), key=lambda case: case.lenient):
        engine = Lucene(version, lenient=lenient)
        for case in group:
            expected = case.outcome_8 if version == 8 and case.outcome_8 else case.outcome
            if (answer := outcome(engine, case)) is not expected:
                wrong.append(f"{answer.value}: {case}")
        engine.close()
    assert not wrong, "\n".join(wrong)


def test_documents_are_named_by_position(lucene: Lucene) -> None:
    documents = [{"f": [f"value {number}"]} for number in range(1000)]
    assert lucene.run(documents, {"f": "exact"}, [r"f:value\ 99*"]) == [Hits(frozenset({99, *range(990, 1000)}))]


def test_each_field_has_a_type_of_its_own(lucene: Lucene) -> None:
    documents = [{"cased": ["A"], "folded": ["A"], "number": ["10"], "address": ["10.0.0.1"]}]
    types: dict[str, FieldType] = {"cased": "exact", "folded": "lower", "number": "long", "address": "ip"}
    queries = ["cased:a", "folded:a", "number:>9", 'address:"10.0.0.0/8"']
    assert [bool(answer.rows) for answer in lucene.run(documents, types, queries) if isinstance(answer, Hits)] == [False, True, True, True]


@pytest.mark.parametrize(
    ("document", "problem"),
    [({"f": ["x"], "undeclared": ["x"]}, "has no type"), ({"n": ["five"]}, "five"), ({"i": ["10.1"]}, "not an IP string literal")],
)
def test_a_document_that_does_not_fit_its_mapping_is_an_error(lucene: Lucene, document: dict[str, list[str]], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        lucene.run([document], {"f": "exact", "n": "long", "i": "ip"}, ["*"])


def test_a_rejection_carries_the_message_of_the_engine(lucene: Lucene) -> None:
    [answer] = lucene.run([], {"f": "exact"}, ["f:("])
    assert isinstance(answer, Rejected)
    assert "ParseException" in answer.reason


def test_the_limit_of_clauses(version: Version) -> None:
    query = " OR ".join(f"f:{number}" for number in range(5))
    for limit, kind in ((4, Rejected), (5, Hits)):
        engine = Lucene(version, max_clauses=limit)
        assert isinstance(engine.run([], {"f": "exact"}, [query])[0], kind)
        engine.close()


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({"match_all": {}}, {0, 1, 2}),
        ({"term": {"f": {"value": "foo bar"}}}, {0}),
        ({"term": {"f": "foo*"}}, set()),
        ({"match": {"n": 7}}, {1}),
        ({"match_phrase": {"f": "foo bar"}}, {0}),
        ({"wildcard": {"f": {"value": "*o b*"}}}, {0}),
        ({"wildcard": {"f": {"value": "FOO*"}}}, set()),
        ({"wildcard": {"f": {"value": "foo?bar"}}}, {0}),
        ({"wildcard": {"f": {"value": r"foo\?bar"}}}, set()),
        ({"exists": {"field": "f"}}, {0}),
        ({"range": {"n": {"gt": 5, "lte": "7"}}}, {1}),
        ({"range": {"n": {"lt": 7}}}, set()),
        ({"query_string": {"fields": ["f"], "query": "*foo b*"}}, set()),
        ({"query_string": {"fields": ["f"], "query": r"*foo\ b*"}}, {0}),
        ({"query_string": {"query": "foo*"}}, {0}),
        ({"multi_match": {"query": "foo bar", "type": "phrase", "lenient": True}}, {0}),
        ({"bool": {"must_not": {"exists": {"field": "f"}}}}, {1, 2}),
        ({"bool": {"filter": [{"exists": {"field": "n"}}, {"term": {"n": 7}}]}}, {1}),
        ({"bool": {"should": [{"term": {"n": 7}}, {"exists": {"field": "f"}}], "minimum_should_match": 1}}, {0, 1}),
        ({"bool": {"filter": [{"match_all": {}}], "must_not": [{"term": {"n": 7}}]}}, {0, 2}),
    ],
)
def test_the_json_query_language(lucene: Lucene, query: dict[str, Any], rows: set[int]) -> None:
    documents: list[dict[str, list[str]]] = [{"f": ["foo bar"]}, {"n": ["7"]}, {}]
    assert lucene.run(documents, {"f": "exact", "n": "long"}, [query]) == [Hits(frozenset(rows))]


@pytest.mark.parametrize("query", [{"match": {"f": None}}, {"wildcard": {"n": {"value": "7*"}}}, {"unheard_of": {"f": "x"}}])
def test_the_json_query_language_rejects(lucene: Lucene, query: dict[str, Any]) -> None:
    assert isinstance(lucene.run([], {"f": "exact", "n": "long"}, [query])[0], Rejected)


def test_the_limit_of_nesting(lucene: Lucene) -> None:
    query: dict[str, Any] = {"match_all": {}}
    for _ in range(29):
        query = {"bool": {"filter": [query]}}
    at_the_limit, above = lucene.run([{}], {"f": "exact"}, [query, {"bool": {"filter": [query]}}])
    assert at_the_limit == Hits(frozenset({0}))
    assert isinstance(above, Rejected)


def outcome(engine: Lucene, case: Case) -> Outcome:
    """What becomes of one case, in an index that holds its document alone."""
    types = {name: field_type(case, name) for name in {"f", *case.document}}
    match engine.run([case.document], types, [case.query])[0]:
        case Rejected():
            return REJECTED
        case Hits(rows):
            return FINDS if rows else MISSES


def field_type(case: Case, name: str) -> FieldType:
    declared = case.types.get(name, "exact")
    return next(kind for kind in get_args(FieldType) if kind == declared)
