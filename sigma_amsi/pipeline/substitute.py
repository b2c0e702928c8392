"""Substitution: the predicate of a rule with its fields replaced by what they are in the SIEM.

The result is true of exactly the rows of which the rule is true when every field has, as its values, the values of its term on the row; with one
reading added. A value of the event that ingestion or the column drops leaves the column absent, so equality with such a text asks whether
the term is absent; `extent.dropped_texts` says which texts these are for composed terms, and where the term may hold the text all the same,
both count. `Exists` becomes a negated `Null`, since rows hold no null. Nothing else is rewritten, and nothing is simplified.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.pipeline.model import LogSource, Pipeline
from sigma_amsi.pipeline.refusals import refuse_impossible_values, refuse_lost_differences, refuse_unlisted_values, refuse_unsayable_values
from sigma_amsi.pipeline.schema import EMPTY_IS_ABSENT, Table
from sigma_amsi.pipeline.subjects import Subjects, resolve_all, subjects_of
from sigma_amsi.predicate.evaluate import pattern_test, regex_test
from sigma_amsi.predicate.tree import Empty, Exists, Matcher, Matches, Not, Null, Predicate, Regex, Same, Test, any_of
from sigma_amsi.predicate.walk import columns_of, map_tests, tests_of
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, RegexTree, Repeat
from sigma_amsi.term import Field, Term


@dataclass(frozen=True, slots=True)
class Substitution:
    """A rule's predicate over the columns of a log source's table.

    assumes: names of the facts that its terms and readings rest on, those of the log source's condition first.
    approximate: Sigma field -> why its term is not exactly the field, for those that were accepted.
    terms: Sigma field -> its term. fields: Sigma field -> the columns in it.
    origins: test on columns -> the rule's test that it stands for.
    """

    detection: Predicate
    assumes: tuple[str, ...]
    approximate: Mapping[str, str]
    terms: Mapping[str, Term]
    fields: Mapping[str, tuple[str, ...]]
    origins: Mapping[Test, Test]


def substitute(rule: Predicate, log_source: LogSource, pipeline: Pipeline, *, allow_approximate: bool = False) -> Substitution:
    """The rule over the columns of one log source.

    Raises Refused, with the rule's test: unmapped-field, missing-field, approximate-field, unmapped-value, keyword-search, null-and-empty.
    """
    tests = tuple(tests_of(rule))
    subjects = resolve_all(tests, log_source, pipeline, allow_approximate=allow_approximate)
    refuse_unsayable_values(tests, subjects)
    refuse_unlisted_values(tests, subjects)
    refuse_impossible_values(rule, tests, subjects)
    refuse_lost_differences(rule, tests, subjects)
    origins: dict[Test, Test] = {}

    def replaced(test: Test) -> Predicate:
        meaning = _over_columns(test, subjects)
        for new in (meaning,) if isinstance(meaning, Test) else tests_of(meaning):
            origins.setdefault(new, test)
        return meaning

    detection = map_tests(rule, replaced)
    facts = _folding_facts(log_source.where, pipeline.schema.tables[log_source.table])
    for test in tests:
        facts.extend(_facts(test, subjects))
    named = {subject.name: subject for key, subject in subjects.items() if isinstance(key, Field)}
    return Substitution(
        detection,
        tuple(dict.fromkeys(facts)),
        {name: subject.mapping.approximate for name, subject in named.items() if subject.mapping.approximate is not None},
        {name: subject.term for name, subject in named.items()},
        {name: subject.columns for name, subject in named.items()},
        origins,
    )


def _over_columns(test: Test, subjects: Subjects) -> Predicate:
    subject, holds = subjects[test.subject], test.holds
    if isinstance(holds, Exists):
        return Not(Test(subject.term, Null()))
    if isinstance(holds, Same):
        return Test(subject.term, replace(holds, other=subjects[holds.other].term))
    dropped = subject.equal_to_dropped(holds)
    if dropped is None:
        return Test(subject.term, holds)
    absent = Test(subject.term, Null())
    return any_of([absent, Test(subject.term, holds)]) if subject.dropped[dropped] else absent


def _facts(test: Test, subjects: Subjects) -> Iterator[str]:
    """The facts that the terms and the reading of a test rest on."""
    for name in subjects_of(test):
        subject = subjects[name]
        yield from subject.mapping.assumes
        if subject.folded_by and _depends_on_case(test.holds):
            yield from subject.folded_by
        if subject.dropped and _is_true_of_dropped(test.holds, subject.dropped):
            yield EMPTY_IS_ABSENT.name


def _folding_facts(where: Predicate, table: Table) -> list[str]:
    tests = [test for test in tests_of(where) if _depends_on_case(test.holds)]
    columns = (table.column(name) for test in tests for name in columns_of(test))
    return [column.folded_by for column in columns if column is not None and column.folded_by]


def _depends_on_case(holds: Matcher) -> bool:
    return holds.pattern.has_case if isinstance(holds, Matches) else isinstance(holds, Regex | Same)


def _is_true_of_dropped(holds: Matcher, dropped: Mapping[str, bool]) -> bool:
    """Whether the test, on an event, is true of a value that the row does not have, or tells such values from none."""
    if isinstance(holds, Matches):
        texts = [text for text in dropped if _shortest_match(holds.pattern) <= len(text)]
        return any(map(pattern_test(holds.pattern, holds.cased), texts)) if texts else False
    if isinstance(holds, Regex):
        texts = [text for text in dropped if _shortest(holds.tree) <= len(text)]
        return any(map(regex_test(holds.tree, holds.cased), texts)) if texts else False
    return isinstance(holds, Null | Exists | Empty | Same)


def _shortest_match(pattern: Pattern) -> int:
    return sum(len(token) if isinstance(token, str) else not isinstance(token, AnyMany) for token in pattern.tokens)


def _shortest(tree: RegexTree) -> int:
    match tree:
        case Literal(text):
            return len(text)
        case OneOf():
            return 1
        case Choice(options):
            return min(map(_shortest, options))
        case Repeat(item, minimum):
            return minimum * _shortest(item)
        case Anchor():
            return 0
    return sum(map(_shortest, tree.items))
