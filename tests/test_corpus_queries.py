"""What holds of every query that is made of a rule of the corpus, whatever the rule."""

import random

import pytest

from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.targets import Query, Result, Target

from .converted import queries, results, sample
from .golden import STANDARD, named_target


def text(result: Result) -> str:
    return result.text if isinstance(result, Query) else str(result.verdict.problem)


def unknown_columns(target: Target, query: Query) -> list[str]:
    """The columns that the query reads, by its language's parser, and that no table of the schema that it could run on has."""
    rule = query.rule.log_source
    key = f"{rule.product}/{rule.category}" + (f"/{rule.service}" if rule.service else "")
    table = target.pipeline.schema.tables[target.pipeline.log_sources[key][0].table]
    reading = target.backend.parse(query.text, target.pipeline.schema, table)
    return [column for column in columns_of(reading.predicate) if table.column(column) is None]


@pytest.mark.parametrize("name", STANDARD)
def test_there_are_queries(name: str) -> None:
    assert len(queries(name)) > len(results(name)) / 3


@pytest.mark.parametrize("name", STANDARD)
def test_every_query_says_its_log_source(name: str) -> None:
    lost = [query for query in queries(name) if not query.verdict.obligations.log_source.holds]
    assert [(str(query.rule.path), query.verdict.obligations.log_source) for query in lost] == []


@pytest.mark.parametrize("name", STANDARD)
def test_every_column_is_known_to_the_schema(name: str) -> None:
    target = named_target(name)
    unknown = {str(query.rule.path): columns for query in queries(name) if (columns := unknown_columns(target, query))}
    assert unknown == {}


@pytest.mark.parametrize("name", STANDARD)
def test_no_rule_has_a_say_in_what_another_becomes(name: str) -> None:
    """In any order, and after any other rules, a rule becomes the same text."""
    order = list(range(len(sample())))
    random.Random(20210607).shuffle(order)
    shuffled = named_target(name).convert_all(sample()[index] for index in order)
    before = results(name)
    differing = [index for index, result in zip(order, shuffled, strict=True) if text(result) != text(before[index])]
    assert [text(before[index]) for index in differing] == []
