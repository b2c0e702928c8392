"""Targets: a query language with a pipeline, ready to convert rules and to judge any query against a rule."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from sigma_amsi.backend import Backend, Statement
from sigma_amsi.errors import ConfigurationError, Problem, Refused, Unreadable
from sigma_amsi.pipeline.files import available
from sigma_amsi.pipeline.log_sources import facts_about, find_log_source
from sigma_amsi.pipeline.model import LogSource, Pipeline
from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.pipeline.schema import Fact, Table
from sigma_amsi.pipeline.subjects import LogSourceFields
from sigma_amsi.pipeline.substitute import Substitution, substitute
from sigma_amsi.predicate.tree import Predicate, Test, all_of, any_of
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.proof.prove import Claim, prove
from sigma_amsi.proof.verdict import Proved, ProvedAssuming, Refusal, Verdict
from sigma_amsi.registry import find_backend
from sigma_amsi.rule.model import Rule
from sigma_amsi.term import Term


class Query(Struct, frozen=True):
    """A rule's query. `fields`: Sigma field -> the columns that it is. `approximate`: Sigma field -> why it is not exactly its columns."""

    rule: Rule
    target: str
    pipeline: str
    text: str
    verdict: Verdict
    fields: Mapping[str, tuple[str, ...]]
    approximate: Mapping[str, str]

    @property
    def proved(self) -> bool:
        """Whether the query is proved to say what the rule says, be it under named facts."""
        return isinstance(self.verdict, Proved | ProvedAssuming)


class Declined(Struct, frozen=True):
    """A rule that the target cannot express, or a document that could not be read (`rule` is None then)."""

    rule: Rule | None
    verdict: Refusal


Result: TypeAlias = Query | Declined


class Meaning(Struct, frozen=True):
    """A rule over the columns of one table, before anything is simplified."""

    table: Table
    where: Predicate
    detection: Predicate
    terms: Mapping[str, Term]
    assumes: tuple[str, ...]
    approximate: Mapping[str, str]
    origins: Mapping[Test, Test]
    facts: tuple[Fact, ...]

    def claim(self, query: Predicate) -> Claim:
        """That a query, by its reading, says the rule."""
        return Claim(query, self.where, self.detection, self.table, self.terms, self.facts, self.assumes)


class Target(Struct, frozen=True, dict=True):
    """A query language with a pipeline. `allow_approximate` accepts terms that are only close to their field, and labels the query."""

    backend: Backend
    pipeline: Pipeline
    allow_approximate: bool = False

    def convert(self, rule: Rule) -> Query:
        """The rule's query with its verdict. Raises Refused, with the rule's file and line, for what the target cannot express.

        The text is read back by the language's parser; a text of ours that the parser cannot read is a bug, and raised as such.
        """
        meaning = self.meaning(rule)
        text = self.text(rule, meaning)
        try:
            verdict = prove(meaning.claim(self.read(text, meaning.table)))
        except Unreadable as unreadable:
            raise AssertionError(f"our own query cannot be read back: {unreadable.problem.message}: {text}") from unreadable
        fields = {name: columns_of(term) for name, term in meaning.terms.items()}
        return Query(rule, self.backend.name, self.pipeline.name, text, verdict, fields, meaning.approximate)

    def text(self, rule: Rule, meaning: Meaning) -> str:
        """What the generator writes for a rule, which nothing has checked yet. Raises Refused with the rule's file and line."""
        names = {term: name for name, term in meaning.terms.items()}
        try:
            return self.backend.generate(Statement(meaning.table, meaning.where, meaning.detection, self.pipeline.schema, names))
        except Refused as refused:
            raise _placed(refused, rule, meaning.origins) from None

    def prove(self, rule: Rule, text: str) -> Verdict:
        """The verdict on any query text in the language. Raises Unreadable for a text that the parser does not read, and Refused as `convert` does."""
        meaning = self.meaning(rule)
        return prove(meaning.claim(self.read(text, meaning.table)))

    def convert_all(self, rules: Iterable[Rule | Problem]) -> Iterator[Result]:
        """A result for each rule in order; one that is refused or could not be read does not hide the others."""
        for rule in rules:
            if isinstance(rule, Problem):
                yield Declined(None, Refusal(rule))
                continue
            try:
                yield self.convert(rule)
            except Refused as refused:
                yield Declined(rule, Refusal(refused.problem))

    def read(self, text: str, table: Table) -> Predicate:
        """What a query text says of the rows of a table. Raises Unreadable, also for a query on another table."""
        reading = self.backend.parse(text, self.pipeline.schema, table)
        if reading.table not in (None, table.name):
            raise Unreadable(f"the query reads the table {reading.table}, and the rule's log source is {table.name}", 0)
        return reading.predicate

    def meaning(self, rule: Rule) -> Meaning:
        """The rule over the columns of its table. Raises Refused with the rule's file and line."""
        try:
            return self._substituted(rule)
        except Refused as refused:
            raise _placed(refused, rule, {}) from None

    def _substituted(self, rule: Rule) -> Meaning:
        """Where a site has several sensors in one table, an event of any of them counts, each by its own terms."""
        detection = rule.detection
        source = rule.log_source
        sensors = find_log_source(
            self.pipeline, product=source.product or None, category=source.category or None, service=source.service or None
        )
        said = [substitute(detection, self._fields_of(sensor)) for sensor in sensors]
        table = self.pipeline.schema.tables[sensors[0].table]
        meant = said[0] if len(said) == 1 else _together(said)
        where = any_of(sensor.where for sensor in sensors)
        over_columns = (
            said[0].detection
            if len(said) == 1
            else any_of(all_of([sensor.where, one.detection]) for sensor, one in zip(sensors, said, strict=True))
        )
        return Meaning(table, where, over_columns, meant.terms, meant.assumes, meant.approximate, meant.origins, self._facts[table.name])

    def _fields_of(self, sensor: LogSource) -> LogSourceFields:
        key = (sensor.key, sensor.sensor)
        if key not in self._fields:
            self._fields[key] = LogSourceFields.of(sensor, self.pipeline, allow_approximate=self.allow_approximate)
        return self._fields[key]

    @cached_property
    def _fields(self) -> dict[tuple[str, str], LogSourceFields]:
        return {}

    @cached_property
    def _facts(self) -> Mapping[str, tuple[Fact, ...]]:
        return {name: facts_about(self.pipeline, name) for name in self.pipeline.schema.tables}


def target(
    name: str, *, pipeline: str, site: str | Path | None = None, assume: Iterable[str] = (), allow_approximate: bool = False
) -> Target:
    """The target of a query language and a pipeline, each by its name, or a pipeline by the path of its file. Raises ConfigurationError.

    site: the path of a site file. assume: names of site facts that hold. allow_approximate: see `Target`.
    """
    backend = find_backend(name)
    if pipeline in available() and pipeline not in backend.pipelines:
        fitting = ", ".join(backend.pipelines)
        raise ConfigurationError(
            Problem("pipeline-does-not-fit", f"{pipeline} has no columns that {name} queries could name", hint=fitting)
        )
    return Target(backend, load_pipeline(pipeline, site=Path(site) if site else None, assume=assume), allow_approximate)


def _placed(refused: Refused, rule: Rule, origins: Mapping[Test, Test]) -> Refused:
    """The refusal with the file and line of the rule's item that it is about. `origins`: test on columns -> the rule's test."""
    problem, test = refused.problem, refused.test
    line = rule.line_of(origins.get(test, test)) if test is not None else 0
    refused.problem = replace(problem, path=problem.path or rule.path, line=problem.line or line or rule.line)
    return refused


def _together(said: list[Substitution]) -> Substitution:
    """What several sensors of one log source say together; a field is shown as the first of them has it."""
    first = said[0]
    return Substitution(
        first.detection,
        tuple(dict.fromkeys(name for one in said for name in one.assumes)),
        {name: reason for one in reversed(said) for name, reason in one.approximate.items()},
        first.terms,
        first.fields,
        {new: old for one in reversed(said) for new, old in one.origins.items()},
    )
