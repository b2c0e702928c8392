"""Generated pipelines and rules, and changes of them: the verdicts against every row of a small world, counted out without any solver.

The second opinion reads the pipeline's terms on a row, which gives the event, and the rule's detection on the event: the substitution of
fields is not used for it, nor the project's evaluator.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sigma_amsi.errors import Refused
from sigma_amsi.pipeline.model import LogSource, Mapped
from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.proof.verdict import Proved, ProvedAssuming, Unproved
from sigma_amsi.registry import find_backend
from sigma_amsi.rule import Rule, read_text
from sigma_amsi.targets import Target
from tests.mutation.opinion import Row, holds, texts

SMALL = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # what fails here is small already, and shrinking would run for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# -- a small world ------------------------------------------------------------------------------------------------------------------------

KINDS = ("Made", "Lost", "Found")
TEXTS = (None, "a", "A", "b", "ab", "\\b", "a\\b")
ROWS: list[Row] = [
    {name: value for name, value in zip(("Kind", "One", "Two"), values, strict=True) if value is not None}
    for values in product(KINDS, TEXTS, TEXTS)
]
TABLES = {"kusto": "Things", "splunk": '""'}
SCHEMA = """\
schema: world
title: A small world
source: nowhere
defaults: {{compares: operator, absent_for: ['']}}
types:
  string: {{kind: text}}
tables:
  {table}:
    columns:
      Kind: {{type: string, values: [{kinds}]}}
      One: string
      Two: string
"""

WORDS = st.sampled_from(["a", "b", "ab", "a\\b", "B"])
CONDITIONS = st.sampled_from([{"Kind": "Made"}, {"Kind": ["Lost", "Made"]}, {"One": "a*"}, {"not": {"Two": None}}])
COLUMNS: st.SearchStrategy[Any] = st.sampled_from(["One", "Two"])
VALUE_TABLES = st.tuples(WORDS, WORDS).map(lambda made: {"values": {"of": "Kind", "table": {"Made": made[0], "Lost": made[1]}}})


def _prefixed(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(of, WORDS, WORDS).map(lambda made: {"prefix": {"of": made[0], "table": {made[1]: made[2]}}})


def _chosen(one: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(CONDITIONS, one, other).map(lambda made: {"when": made[0], "then": made[1], "otherwise": made[2]})


FIRST = st.sampled_from([{"first": ["One", "Two"]}, {"first": ["Two", "One"]}])
SIMPLE = st.one_of(COLUMNS, FIRST, _prefixed(COLUMNS), _chosen(COLUMNS, COLUMNS))
JOINS = st.tuples(st.one_of(COLUMNS, FIRST, VALUE_TABLES), WORDS, COLUMNS).map(lambda made: {"join": [made[0], {"text": made[1]}, made[2]]})
TERMS = {
    "kusto": st.one_of(SIMPLE, VALUE_TABLES, JOINS, _prefixed(JOINS), _chosen(JOINS, COLUMNS), _prefixed(_chosen(JOINS, COLUMNS))),
    "splunk": st.one_of(SIMPLE, VALUE_TABLES, JOINS),
}
FIELDS = {language: st.fixed_dictionaries({"F": terms, "G": terms}) for language, terms in TERMS.items()}

VALUES = st.sampled_from(["a", "b", "ab", "A", "a\\\\b", "\\\\b", "a*", "*b", "?", "a?b", "a*b"])
ITEMS = st.one_of(
    st.tuples(st.sampled_from(["F", "G"]), st.lists(VALUES, min_size=1, max_size=2, unique=True)),
    st.tuples(st.sampled_from(["F|contains", "G|startswith", "F|endswith", "G|cased"]), VALUES),
    st.tuples(st.sampled_from(["F|re", "G|re|i"]), st.sampled_from(["a.?b", "^a", "b$", "[ab]{2}"])),
    st.tuples(st.sampled_from(["F", "G"]), st.none()),
)
SELECTIONS = st.lists(ITEMS, min_size=1, max_size=2).map(dict)
DETECTIONS = st.fixed_dictionaries(
    {
        "one": SELECTIONS,
        "two": SELECTIONS,
        "condition": st.sampled_from(["one", "one and two", "one or two", "one and not two", "not one", "not (one or two)"]),
    }
)


def rule_of(detection: Mapping[str, Any]) -> Rule:
    (rule,) = read_text(json.dumps({"title": "x", "logsource": {"category": "thing"}, "detection": detection}))
    assert isinstance(rule, Rule)
    return rule


def target_of(language: str, fields: Mapping[str, Any], where: object, folder: Path) -> Target:
    (folder / "world.yml").write_text(SCHEMA.format(table=TABLES[language], kinds=", ".join(KINDS)), encoding="utf-8")
    source: dict[str, Any] = {
        "table": json.loads(TABLES[language]) if language == "splunk" else TABLES[language],
        "where": where,
        "fields": fields,
    }
    pipeline = {"pipeline": "world", "title": "x", "schema": "world.yml", "log_sources": {"/thing": source}}
    path = folder / "pipeline.yml"
    path.write_text(json.dumps(pipeline), encoding="utf-8")
    return Target(find_backend(language), load_pipeline(str(path)))


def truths(target: Target, rule: Rule) -> list[bool]:
    """Whether the rule means each row, by the terms of its fields."""
    (source,) = target.pipeline.log_sources["/thing"]
    return [holds(source.where, row) and holds(rule.detection, _event(source, row)) for row in ROWS]


def _event(source: LogSource, row: Row) -> Row:
    found = {name: tuple(texts(field.term, row)) for name, field in source.fields.items() if isinstance(field, Mapped)}
    return {name: values for name, values in found.items() if values}


def reading_of(target: Target, rule: Rule, text: str) -> Predicate:
    return target.read(text, target.meaning(rule).table)


WHERE = st.sampled_from([{"Kind": "Made"}, {"Kind": ["Made", "Lost"]}, {"Kind": ["Made", "Lost", "Found"]}])
LANGUAGES = pytest.mark.parametrize("language", ["kusto", "splunk"])


@LANGUAGES
def test_every_query_says_what_its_rule_says(language: str, tmp_path: Path) -> None:
    counts: Counter[str] = Counter()

    @SMALL
    @given(FIELDS[language], WHERE, DETECTIONS)
    def check(fields: Mapping[str, Any], where: object, detection: Mapping[str, Any]) -> None:
        target, rule = target_of(language, fields, where, tmp_path), rule_of(detection)
        try:
            query = target.convert(rule)
        except Refused:
            counts["refused"] += 1
            return
        counts[query.verdict.name] += 1
        assert isinstance(query.verdict, Proved | ProvedAssuming | Unproved), (query.text, query.verdict)
        reading = reading_of(target, rule, query.text)
        assert [holds(reading, row) for row in ROWS] == truths(target, rule), query.text

    check()
    assert counts["proved"] + counts["proved-assuming"] >= 20, counts


@LANGUAGES
def test_a_change_is_judged_as_the_rows_say(language: str, tmp_path: Path) -> None:
    counts: Counter[str] = Counter()

    @SMALL
    @given(FIELDS[language], WHERE, DETECTIONS, st.data())
    def check(fields: Mapping[str, Any], where: object, detection: dict[str, Any], data: st.DataObject) -> None:
        part = data.draw(st.sampled_from(["one", "two", "condition", "where"]))
        other = {**detection, part: data.draw(DETECTIONS)[part]} if part != "where" else detection
        other_where = data.draw(WHERE) if part == "where" else where
        rule = rule_of(detection)
        try:
            text = target_of(language, fields, other_where, tmp_path).convert(rule_of(other)).text
            target = target_of(language, fields, where, tmp_path)
            verdict = target.prove(rule, text)
        except Refused:
            counts["refused"] += 1
            return
        counts[verdict.name] += 1
        reading = reading_of(target, rule, text)
        differ = [holds(reading, row) != truth for row, truth in zip(ROWS, truths(target, rule), strict=True)]
        if isinstance(verdict, Proved | ProvedAssuming):
            assert not any(differ), (text, ROWS[differ.index(True)])
        elif not isinstance(verdict, Unproved):
            (source,) = target.pipeline.log_sources["/thing"]
            for witness, added in _witnesses(verdict):
                means = holds(source.where, witness) and holds(rule.detection, _event(source, witness))
                assert (holds(reading, witness), means) == (added, not added), (text, witness)

    check()
    judged = counts.total() - counts["refused"]
    refuted = counts["wider"] + counts["narrower"] + counts["different"]
    assert judged >= 20, counts
    assert refuted * 3 >= judged, counts
    assert counts["unproved"] * 10 <= judged, counts


def _witnesses(verdict: Any) -> Iterator[tuple[Row, bool]]:
    for obligation in (verdict.obligations.log_source, verdict.obligations.detection):
        if obligation.adds is not None:
            yield obligation.adds.row, True
        if obligation.misses is not None:
            yield obligation.misses.row, False
