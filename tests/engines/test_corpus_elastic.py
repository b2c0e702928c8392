"""Real Lucene accepts every Lucene query that is emitted for a rule, and Kibana's own code and grammar every KQL query.

Accepted means more than parsed: Lucene has built every automaton of it, within the limits that Elasticsearch sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from sigma_amsi import Query, Rule, load, target
from sigma_amsi.pipeline.schema import ColumnType
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.targets import Target
from tests.corpus import needed_rule_folders

from . import kibana, require
from .answers import Accepted, Hits
from .lucene import FieldType, Lucene

FOLDED = ("keyword-fields-are-folded", "script-blocks-are-kept-whole")
"""What a site declares whose fields compare without case."""

_OWN = sorted((Path(__file__).parents[1] / "golden").glob("*/rule.yml"))
_NATIVE: dict[str, FieldType] = {"long": "long", "ip": "ip", "boolean": "bool"}


@dataclass(frozen=True)
class Emitted:
    """Queries of one target, and the types of all fields that they can name, as the engine knows them."""

    queries: tuple[str, ...]
    field_types: dict[str, FieldType]

    def portions(self) -> Iterator[tuple[str, ...]]:
        """The queries in portions that an engine answers in a while."""
        return (self.queries[start : start + 100] for start in range(0, len(self.queries), 100))


def refused(emitted: Emitted, answers: Iterable[Sequence[object]]) -> list[tuple[str, object]]:
    """The queries that were not answered by hits, with what they were answered by."""
    answered = zip(emitted.queries, chain.from_iterable(answers), strict=True)
    return [(query, answer) for query, answer in answered if not isinstance(answer, Hits)]


@pytest.fixture(scope="module", params=[8, 9])
def lucene(request: pytest.FixtureRequest) -> Iterator[Lucene]:
    require(f"lucene-{request.param}")
    engine = Lucene(request.param)
    yield engine
    engine.close()


@pytest.mark.parametrize("assume", [(), FOLDED], ids=["exact", "folded"])
@pytest.mark.parametrize("whose", ["own", "corpus"])
def test_lucene_takes_every_query(lucene: Lucene, whose: str, assume: tuple[str, ...]) -> None:
    emitted = queries_of("lucene", assume, whose)
    answers = [lucene.run([], emitted.field_types, some) for some in emitted.portions()]
    assert refused(emitted, answers) == []


@pytest.mark.parametrize("whose", ["own", "corpus"])
def test_kibana_reads_every_query(whose: str) -> None:
    """By the transcription of its newest grammar; its code is asked below."""
    require("kibana")
    queries = queries_of("kibana", FOLDED, whose).queries
    assert [query for query, answer in zip(queries, kibana.parse(queries), strict=True) if not isinstance(answer, Accepted)] == []


@pytest.mark.parametrize("whose", ["own", "corpus"])
def test_lucene_takes_what_kibana_makes_of_every_query(lucene: Lucene, whose: str) -> None:
    require("kibana")
    emitted = queries_of("kibana", FOLDED, whose)
    answers = [kibana.run(lucene, [], emitted.field_types, some) for some in emitted.portions()]
    assert refused(emitted, answers) == []


@cache
def queries_of(language: str, assume: tuple[str, ...], whose: str) -> Emitted:
    """The queries of our own rules, or of every Windows rule of the corpus."""
    sources: Sequence[Path] = _OWN if whose == "own" else needed_rule_folders()
    asked = target(language, pipeline="ecs_windows", assume=assume)
    rules = [rule for rule in load(sources) if isinstance(rule, Rule) and rule.log_source.product == "windows"]
    found = [result for result in asked.convert_all(rules) if isinstance(result, Query)]
    assert len(found) > len(rules) * (0.5 if whose == "own" else 0.8)
    return Emitted(tuple(query.text for query in found), _field_types(asked, found))


def _field_types(asked: Target, queries: Sequence[Query]) -> dict[str, FieldType]:
    table = asked.pipeline.schema.tables[""]
    named = {column for query in queries for columns in query.fields.values() for column in columns}
    named |= {column for sources in asked.pipeline.log_sources.values() for source in sources for column in columns_of(source.where)}
    named |= {name for name in table.columns if "*" not in name}
    columns = {name: table.column(name) for name in sorted(named)}
    return {name: _field_type(column) for name, column in columns.items() if column is not None}


def _field_type(column: ColumnType) -> FieldType:
    """The stand-in for analysed text is a keyword that compares as its words do."""
    return _NATIVE.get(column.native, "lower" if column.compares == "folded" else "exact")
