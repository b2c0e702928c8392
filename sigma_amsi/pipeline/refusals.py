"""What a term cannot say although it is there: values that it does not have, and differences that it does not keep."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, AnyMany, Pattern, Token, exactly
from sigma_amsi.pattern_meet import meet
from sigma_amsi.pipeline.nodes import near
from sigma_amsi.pipeline.subjects import Subject, subjects_of
from sigma_amsi.predicate.evaluate import passes
from sigma_amsi.predicate.tree import (
    AnyField,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matcher,
    Matches,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Same,
    Test,
    TimePart,
)
from sigma_amsi.regex.tree import Anchor, Literal, OneOf, RegexTree, Sequence
from sigma_amsi.term import Field

Subjects: TypeAlias = Mapping[Field | AnyField, Subject]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A test where it stands. siblings: the and/or above it, through a negation of the test alone; None at the top.

    negated: whether it is negated by itself. inverted: whether it stands under an odd number of negations.
    """

    test: Test
    siblings: Predicate | None
    negated: bool
    inverted: bool


def refuse_unsayable_values(test: Test, subjects: Subjects) -> None:
    """Refuse a test that could match a value of which the pipeline says that the term cannot represent it."""
    for subject in subjects_of(test):
        for unsayable in subjects[subject].mapping.cannot:
            if any(meet(pattern, unsayable.pattern) for pattern in _could_match(test.holds)):
                message = f"{subjects[subject].name} cannot be asked for this value: {unsayable.reason}"
                raise Refused("unmapped-value", message, test=test)


def refuse_impossible_values(predicate: Predicate, subjects: Subjects) -> None:
    """Refuse a test that no value of its term can pass.

    Where the term goes through a table of values, which need not list all, always. Where the list is the vendor's, the value never occurs, and
    the test says nothing false; it stays in a filter, and beside another value of the same field that can occur.
    """
    impossible = {test for test in _closed_tests(predicate, subjects) if not _is_possible(test, subjects)}
    if not impossible:
        return
    for placed in _placed(predicate):
        test = placed.test
        if test not in impossible:
            continue
        assert not isinstance(test.subject, AnyField)
        subject = subjects[subjects_of(test)[0]]
        beside = placed.siblings.parts if isinstance(placed.siblings, Or) else ()
        served = any(isinstance(other, Test) and other.subject == test.subject and other not in impossible for other in beside)
        if subject.translated or not (placed.inverted or served):
            raise Refused("unmapped-value", f"{subject.name} never has this value", hint=_nearest(test.holds, subject), test=test)


def refuse_lost_differences(predicate: Predicate, subjects: Subjects) -> None:
    """Refuse a rule that tells absent, null and dropped values of a field apart where the SIEM does not.

    Such tests all ask whether the term is absent, or all whether it is present. Two different ones on a field do no harm side by side: as
    alternatives that it is absent, or as joint conditions that it is present. Anywhere else the rule depends on the difference.
    """
    kinds: dict[Field | AnyField, set[object]] = {}
    for test in dict.fromkeys(_tests_for_absence(predicate, subjects)):
        kinds.setdefault(subjects_of(test)[0], set()).add(_kind(test, subjects))
    mixed = {subject for subject, found in kinds.items() if len(found) > 1}
    for placed in _placed(predicate) if mixed else ():
        subject = placed.test.subject
        if subject in mixed and (kind := _kind(placed.test, subjects)) is not None:
            assert isinstance(subject, Field)
            if _kinds_beside(placed, subjects) | {kind} != kinds[subject]:
                message = f"the rule tells apart ways in which {subject.name} has no value that are one in the SIEM"
                raise Refused("null-and-empty", message, test=placed.test)


