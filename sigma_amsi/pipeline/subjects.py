"""What the fields of a rule are in a log source, with all that decides how tests on them read."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.characters import fold
from sigma_amsi.errors import Refused
from sigma_amsi.hints import near
from sigma_amsi.pattern import AnyMany
from sigma_amsi.pipeline.extent import dropped_texts, only_texts
from sigma_amsi.pipeline.model import LogSource, Mapped, Missing, Pipeline
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.tree import AnyField, Empty, Matcher, Matches, Regex, Same, Test
from sigma_amsi.predicate.walk import columns_of, subterms, tests_of
from sigma_amsi.regex.tree import Anchor, Choice, RegexTree, Repeat, Sequence
from sigma_amsi.term import Field, Term, Values


class Subject(Struct, frozen=True):
    """A field of a rule, or any field, in a log source.

    dropped, only: see `extent`. longest_dropped: the length of the longest dropped text, -1 where there is none. translated: whether it goes
    through a table of values, which need not list every value that events have. folded_by: the facts by which its columns compare without case.
    """

    name: str
    mapping: Mapped
    columns: tuple[str, ...]
    dropped: Mapping[str, bool]
    longest_dropped: int
    only: tuple[str, ...] | None
    translated: bool
    folded_by: tuple[str, ...]

    @property
    def term(self) -> Term:
        return self.mapping.term

    def equal_to_dropped(self, holds: Matcher) -> str | None:
        """The dropped text that the matcher asks for and no other, if it does."""
        if isinstance(holds, Empty):
            return "" if "" in self.dropped else None
        if not isinstance(holds, Matches) or (literal := holds.pattern.literal) is None or len(literal) > self.longest_dropped:
            return None
        for text in self.dropped:
            if text == literal or (not holds.cased and fold(text) == fold(literal)):
                return text
        return None


Subjects: TypeAlias = Mapping[Term | AnyField, Subject]
"""What each subject of a rule's tests is: each of its fields, and any field."""


def subjects_of(test: Test) -> tuple[Term | AnyField, ...]:
    """What a test looks at: its subject, and the field that it is compared with."""
    return (test.subject, test.holds.other) if isinstance(test.holds, Same) else (test.subject,)


class LogSourceFields(Struct, frozen=True):
    """The fields of rules in one log source, each looked up once.

    facts: those that the log source's own condition rests on. subjects: what was looked up so far.
    """

    log_source: LogSource
    pipeline: Pipeline
    allow_approximate: bool
    facts: tuple[str, ...]
    subjects: dict[Field | AnyField, Subject]

    @staticmethod
    def of(log_source: LogSource, pipeline: Pipeline, *, allow_approximate: bool = False) -> "LogSourceFields":
        """Approximate terms are refused unless they are allowed."""
        return LogSourceFields(log_source, pipeline, allow_approximate, _folding_facts(log_source, pipeline), {})

    def resolve(self, tests: Iterable[Test]) -> Subjects:
        """The subjects of a rule's tests. Raises Refused where the log source has none that may be used."""
        subjects: dict[Term | AnyField, Subject] = {}
        for test in tests:
            for subject in subjects_of(test):
                if subject not in subjects:
                    assert isinstance(subject, Field | AnyField)  # a rule knows no other terms
                    if subject not in self.subjects:
                        self.subjects[subject] = self._resolved(subject, test)
                    subjects[subject] = self.subjects[subject]
            if isinstance(test.subject, AnyField) and not _is_found_inside(test.holds):
                raise Refused(
                    "keyword-search", "a keyword that has to be a whole value cannot be looked for in the event's text", test=test
                )
        return subjects

    def _resolved(self, subject: Field | AnyField, test: Test) -> Subject:
        log_source, pipeline = self.log_source, self.pipeline
        if isinstance(subject, AnyField):
            name, mapping = "a keyword", _keyword(test, log_source)
        else:
            name, mapping = subject.name, _field(subject.name, test, log_source, pipeline)
        for fact in mapping.assumes:
            if fact not in pipeline.facts:
                message = f"what {name} is in {log_source.key} rests on a fact that is not declared: {fact}"
                raise Refused("missing-field", message, hint=f"if it holds in your deployment, declare it: --assume {fact}", test=test)
        if mapping.approximate is not None and not self.allow_approximate:
            raise Refused("approximate-field", f"{name} is only approximate in {log_source.key}: {mapping.approximate}", test=test)
        table = pipeline.schema.tables[log_source.table]
        columns = columns_of(mapping.term)
        dropped = dropped_texts(mapping.term, table, log_source.drops)
        return Subject(
            name,
            mapping,
            columns,
            dropped,
            max(map(len, dropped), default=-1),
            only_texts(mapping.term, table),
            any(isinstance(part, Values) for part in subterms(mapping.term)),
            _folded_by(columns, table),
        )


def depends_on_case(holds: Matcher) -> bool:
    """Whether the test may tell the two cases of a letter apart where the value keeps them."""
    return holds.pattern.has_case if isinstance(holds, Matches) else isinstance(holds, Regex | Same)


def _folding_facts(log_source: LogSource, pipeline: Pipeline) -> tuple[str, ...]:
    tests = [test for test in tests_of(log_source.where) if depends_on_case(test.holds)]
    return _folded_by((name for test in tests for name in columns_of(test)), pipeline.schema.tables[log_source.table])


def _folded_by(names: Iterable[str], table: Table) -> tuple[str, ...]:
    columns = [column for column in map(table.column, names) if column is not None]
    return tuple(dict.fromkeys(column.folded_by for column in columns if column.folded_by))


def _field(name: str, test: Test, log_source: LogSource, pipeline: Pipeline) -> Mapped:
    mapping = log_source.fields.get(name)
    if mapping is None:
        message = f"the pipeline {pipeline.name} says nothing about the field {name} of {log_source.key}"
        raise Refused("unmapped-field", message, hint=near(name, tuple(log_source.fields)), test=test)
    if isinstance(mapping, Missing):
        raise Refused("missing-field", f"{pipeline.name} has no {name} in {log_source.key}: {mapping.reason}", test=test)
    return mapping


def _keyword(test: Test, log_source: LogSource) -> Mapped:
    if isinstance(log_source.keyword, Missing):
        raise Refused("keyword-search", f"{log_source.key}: {log_source.keyword.reason}", test=test)
    return log_source.keyword


def _is_found_inside(holds: Matcher) -> bool:
    """Whether a text that has a passing value somewhere inside passes, too."""
    if isinstance(holds, Matches):
        tokens = holds.pattern.tokens
        return isinstance(tokens[0], AnyMany) and isinstance(tokens[-1], AnyMany) if tokens else False
    return isinstance(holds, Regex) and not _has_anchor(holds.tree)


def _has_anchor(tree: RegexTree) -> bool:
    match tree:
        case Sequence(parts) | Choice(parts):
            return any(map(_has_anchor, parts))
        case Repeat(item):
            return _has_anchor(item)
    return isinstance(tree, Anchor)
