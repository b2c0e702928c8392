"""Real nodes of OpenSearch answer as the table of query_string says, and so does our Lucene."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from typing import Literal

import pytest

from . import require
from .answers import Hits, Rejected
from .cases import FINDS, MISSES, REJECTED, Case, Outcome, opensearch
from .cases.query_dsl import DOCUMENTS, FOUND
from .cases.query_dsl import REJECTED as REJECTED_DSL
from .cases.query_string import cases
from .lucene import FieldType, Lucene
from .opensearch import NodeFieldType, OpenSearch
from .tables import mistakes

Version = Literal[1, 2]


@pytest.fixture(scope="module", params=[1, 2])
def version(request: pytest.FixtureRequest) -> Version:
    chosen: Version = request.param
    require(f"opensearch-{chosen}")
    return chosen


@pytest.fixture(scope="module")
def node(version: Version) -> Iterator[OpenSearch]:
    engine = OpenSearch(version)
    yield engine
    engine.close()


@pytest.mark.parametrize("lenient", [False, True])
def test_every_case_of_query_string(node: OpenSearch, version: Version, lenient: bool) -> None:
    def expected(case: Case) -> Outcome:
        return case.outcome_opensearch or (case.outcome_8 if version == 1 and case.outcome_8 else case.outcome)

    chosen = [case for case in cases() if case.lenient == lenient]
    wrong = mistakes(partial(node.run, lenient=lenient), chosen, expected)
    assert not wrong, "\n".join(wrong)


def test_the_json_query_language(node: OpenSearch) -> None:
    answers = node.run(DOCUMENTS, {"f": "exact", "n": "long"}, [query for query, _ in FOUND])
    assert [(query, answer) for (query, _), answer in zip(FOUND, answers, strict=True)] == [
        (query, Hits(frozenset(rows))) for query, rows in FOUND
    ]


def test_the_json_query_language_rejects(node: OpenSearch) -> None:
    answers = node.run(DOCUMENTS, {"f": "exact", "n": "long"}, REJECTED_DSL)
    assert all(isinstance(answer, Rejected) for answer in answers)


@pytest.mark.parametrize("kind", ["wildcard", "text"])
def test_every_case_of_the_types_that_only_a_node_has(node: OpenSearch, version: Version, kind: Literal["wildcard", "text"]) -> None:
    if version == 1 and kind == "wildcard":  # which OpenSearch has since 2.15
        with pytest.raises(ValueError, match="No handler for type"):
            node.run([], {"f": kind}, [])
        return
    table = opensearch.WILDCARD if kind == "wildcard" else opensearch.TEXT
    types: dict[str, NodeFieldType] = {"f": kind}
    answers = node.run([{"f": [value]} for value, _, _ in table], types, [query for _, query, _ in table])
    outcomes = [REJECTED if isinstance(answer, Rejected) else FINDS if row in answer.rows else MISSES for row, answer in enumerate(answers)]
    assert [(value, query, outcome) for (value, query, _), outcome in zip(table, outcomes, strict=True)] == table


def test_our_lucene_agrees_with_a_node_on_generated_queries(node: OpenSearch, version: Version) -> None:
    generations: dict[Version, Literal[8, 9]] = {1: 8, 2: 9}
    require(f"lucene-{generations[version]}")
    lucene = Lucene(generations[version])
    chance = random.Random(20)
    documents = [generated_document(chance) for _ in range(60)]
    queries = [generated_query(chance, 3) for _ in range(1500)]
    wrong = [
        f"{query}\n  lucene {ours}\n  node   {theirs}"
        for query, ours, theirs in zip(queries, lucene.run(documents, TYPES, queries), node.run(documents, TYPES, queries), strict=True)
        if differ(ours, theirs)
    ]
    lucene.close()
    assert not wrong, "\n".join(wrong)


def differ(ours: Hits | Rejected, theirs: Hits | Rejected) -> bool:
    """Whether two answers contradict each other; the messages of rejections may differ."""
    if isinstance(ours, Rejected):
        # OpenSearch looks for the terms of a regex in a number or address, which has none; Elasticsearch rejects it.
        return isinstance(theirs, Hits) and "Can only use regexp queries" not in ours.reason
    return ours != theirs


TYPES: dict[str, FieldType] = {"cased": "exact", "folded": "lower", "number": "long", "address": "ip"}
TEXTS = ["a", "A", "ab", "a b", r"a\b", "a*b", "", "b\nA", "AND", "É", "a/b", "é?"]
ADDRESSES = ["10.1.2.3", "10.2.0.0", "2001:db8::1", "::1"]
#: Pieces of a value, of which some make it a syntax error.
PIECES = ["a", "A", "b", "*", "?", r"\\", r"\*", r"\A", r"\ ", " ", r"\/", "/", "É", '"', "(", "^", "-", "!", "<", "&&", "."]
NUMBERS = ["5", "-5", "5.0", "5.5", ">3", "<=5", "[1 TO 9]", "{1 TO *]", '"7"', "*"]
NETWORKS = [r"10.1.0.0\/16", '"2001:db8::/32"', r"10.1.2.3", "[10.1.0.0 TO 10.1.9.9]", '"::/0"', "*"]
UNSUITABLE = ["x", "5*", "10.*", '""', "1/2"]


def generated_document(chance: random.Random) -> dict[str, list[str]]:
    values = {"cased": TEXTS, "folded": TEXTS, "number": ["5", "-5", "7"], "address": ADDRESSES}
    return {name: chance.sample(choices, chance.randint(1, 2)) for name, choices in values.items() if chance.random() < 0.7}


def generated_query(chance: random.Random, depth: int) -> str:
    """A query of tests, of which about every third is no legal query."""
    if depth == 0 or chance.random() < 0.3:
        return generated_test(chance)
    parts = [generated_query(chance, depth - 1) for _ in range(chance.randint(1, 3))]
    joined = parts[0] + "".join(chance.choice([" AND ", " OR ", " ", " && ", " AND NOT ", " OR NOT "]) + part for part in parts[1:])
    return chance.choice(["", "", "NOT ", "-", "+"]) + f"({joined})"


def generated_test(chance: random.Random) -> str:
    field = chance.choice(["cased", "cased", "folded", "folded", "number", "address", "_exists_"])
    if field == "_exists_":
        return f"_exists_:{chance.choice(list(TYPES))}"
    if field in ("number", "address"):
        suitable = NUMBERS if field == "number" else NETWORKS
        return f"{field}:{chance.choice(suitable if chance.random() < 0.95 else UNSUITABLE)}"
    value = "".join(chance.choices(PIECES[:9] if chance.random() < 0.9 else PIECES, k=chance.randint(1, 4)))
    return f"{field}:" + chance.choice(["{}", "{}", "{}", '"{}"', "/{}/", "({})", "[{} TO b]"]).format(value)
