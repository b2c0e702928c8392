"""Both generations of Lucene answer as the table of query_string says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

import pytest

from . import require
from .answers import Hits, Rejected
from .cases.query_dsl import DOCUMENTS, FOUND, REJECTED
from .cases.query_string import cases
from .lucene import FieldType, Lucene
from .tables import mistakes

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


@pytest.mark.parametrize("lenient", [False, True])
def test_every_case_of_query_string(lucene: Lucene, version: Version, lenient: bool) -> None:
    wrong = mistakes(
        partial(lucene.run, lenient=lenient),
        [case for case in cases() if case.lenient == lenient],
        lambda case: case.outcome_8 if version == 8 and case.outcome_8 else case.outcome,
    )
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


def test_the_json_query_language(lucene: Lucene) -> None:
    answers = lucene.run(DOCUMENTS, {"f": "exact", "n": "long"}, [query for query, _ in FOUND])
    assert [(query, answer) for (query, _), answer in zip(FOUND, answers, strict=True)] == [
        (query, Hits(frozenset(rows))) for query, rows in FOUND
    ]


def test_the_json_query_language_rejects(lucene: Lucene) -> None:
    answers = lucene.run(DOCUMENTS, {"f": "exact", "n": "long"}, REJECTED)
    assert all(isinstance(answer, Rejected) for answer in answers)


def test_the_limit_of_nesting(lucene: Lucene) -> None:
    query: dict[str, Any] = {"match_all": {}}
    for _ in range(29):
        query = {"bool": {"filter": [query]}}
    at_the_limit, above = lucene.run([{}], {"f": "exact"}, [query, {"bool": {"filter": [query]}}])
    assert at_the_limit == Hits(frozenset({0}))
    assert isinstance(above, Rejected)
