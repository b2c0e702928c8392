"""Substitution: the predicate of a rule with its fields replaced by what they are in the SIEM.

The result is true of exactly the rows of which the rule is true when every field has, as its values, the values of its term on the row; with one
reading added. A value of the event that ingestion or the column drops leaves the column absent, so equality with such a text asks whether
the term is absent; `extent.dropped_texts` says which texts these are for composed terms, and where the term may hold the text all the same,
both count. `Exists` becomes a negated `Null`, since rows hold no null. Nothing else is rewritten, and nothing is simplified.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.pipeline.refusals import refuse_impossible_values, refuse_lost_differences, refuse_unlisted_values, refuse_unsayable_values
from sigma_amsi.pipeline.schema import EMPTY_IS_ABSENT
from sigma_amsi.pipeline.subjects import LogSourceFields, Subject, Subjects, depends_on_case, subjects_of
from sigma_amsi.predicate.evaluate import pattern_test, regex_test
from sigma_amsi.predicate.tree import Empty, Exists, Matcher, Matches, Not, Null, Predicate, Regex, Same, Test, any_of
from sigma_amsi.predicate.walk import map_tests, tests_of
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, RegexTree, Repeat
from sigma_amsi.term import Field, Term


class Substitution(Struct, frozen=True):
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


def substitute(rule: Predicate, fields: LogSourceFields) -> Substitution:
    """The rule over the columns of one log source.

    Raises Refused, with the rule's test: unmapped-field, missing-field, approximate-field, unmapped-value, keyword-search, null-and-empty.
    """
    tests = tuple(tests_of(rule))
    subjects = fields.resolve(tests)
    _check(rule, tests, subjects)
    origins: dict[Test, Test] = {}

    def replaced(test: Test) -> Predicate:
        meaning = _over_columns(test, subjects)
        for new in (meaning,) if isinstance(meaning, Test) else tests_of(meaning):
            origins.setdefault(new, test)
        return meaning

    detection = map_tests(rule, replaced)
    named = {subject.name: subject for key, subject in subjects.items() if isinstance(key, Field)}
    return Substitution(
        detection,
        _facts(fields.facts, tests, subjects),
        {name: subject.mapping.approximate for name, subject in named.items() if subject.mapping.approximate is not None},
        {name: subject.term for name, subject in named.items()},
        {name: subject.columns for name, subject in named.items()},
        origins,
    )


def _check(rule: Predicate, tests: Sequence[Test], subjects: Subjects) -> None:
    """Refuse what the terms cannot say, by the checks that the subjects give reason for."""
    if any(subject.mapping.cannot for subject in subjects.values()):
        refuse_unsayable_values(tests, subjects)
    if any(subject.translated for subject in subjects.values()):
        refuse_unlisted_values(tests, subjects)
    if any(subject.only is not None for subject in subjects.values()):
        refuse_impossible_values(rule, tests, subjects)
    for_absence = [test for test in tests if _asks_for_absence(test.holds, subjects[test.subject])]
    if len(for_absence) > 1:
        refuse_lost_differences(rule, for_absence, subjects)


def _asks_for_absence(holds: Matcher, subject: Subject) -> bool:
    return isinstance(holds, Null | Exists) or subject.equal_to_dropped(holds) is not None


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


def _facts(given: tuple[str, ...], tests: Iterable[Test], subjects: Subjects) -> tuple[str, ...]:
    """The given facts, and those that the terms and the readings of the tests rest on."""
    facts = dict.fromkeys(given)
    for test in tests:
        for name in subjects_of(test):
            subject = subjects[name]
            facts.update(dict.fromkeys(subject.mapping.assumes))
            if subject.folded_by and not facts.keys() >= set(subject.folded_by) and depends_on_case(test.holds):
                facts.update(dict.fromkeys(subject.folded_by))
            if subject.dropped and EMPTY_IS_ABSENT.name not in facts and _is_true_of_dropped(test.holds, subject):
                facts[EMPTY_IS_ABSENT.name] = None
    return tuple(facts)


def _is_true_of_dropped(holds: Matcher, subject: Subject) -> bool:
    """Whether the test, on an event, is true of a value that the row does not have, or tells such values from none."""
    if isinstance(holds, Matches):
        if _shortest_match(holds.pattern) > subject.longest_dropped:
            return False
        return any(map(pattern_test(holds.pattern, holds.cased), subject.dropped))
    if isinstance(holds, Regex):
        if _shortest(holds.tree) > subject.longest_dropped:
            return False
        return any(map(regex_test(holds.tree, holds.cased), subject.dropped))
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
