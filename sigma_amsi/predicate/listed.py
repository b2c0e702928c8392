"""Columns of which a condition lists the only values, and the conditions inside of terms that this decides.

The prover does not use it, so that a mistake here shows as a failed proof.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from sigma_amsi.pattern import Pattern
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.evaluate import pattern_test
from sigma_amsi.predicate.tree import And, AnyField, Matches, Not, Or, Predicate, Test
from sigma_amsi.predicate.walk import columns_of, tests_of
from sigma_amsi.term import Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText


class ListedValues(Struct, frozen=True):
    """The only values that a column has where a condition holds; where not cased, in whatever spelling of their letters."""

    values: tuple[str, ...]
    cased: bool


Listed: TypeAlias = Mapping[str, ListedValues]
"""Column -> its only values."""


def listed_values(given: Predicate, table: Table) -> dict[str, ListedValues]:
    """The columns for which the predicate lists the only values that they can have."""
    return dict(filter(None, (listed_by(part, table) for part in _conjuncts(given))))


def listed_by(condition: Predicate, table: Table) -> tuple[str, ListedValues] | None:
    """The column that a test, or each of a disjunction of tests, compares with a text, and the texts; None where the condition does something else."""
    comparisons = [_compared(test) for test in (condition.parts if isinstance(condition, Or) else (condition,))]
    names = {name for name, _, _ in comparisons}
    column = table.column(next(iter(names))) if len(names) == 1 and "" not in names else None
    if column is None or column.many:
        return None
    return names.pop(), ListedValues(tuple(value for _, value, _ in comparisons), all(cased for _, _, cased in comparisons))


def _compared(test: Predicate) -> tuple[str, str, bool]:
    """The column that the predicate compares with a text, the text, and whether its spelling is known; no column where it does something else."""
    match test:
        case Test(Column(name), Matches(Pattern() as pattern, cased)) if pattern.literal is not None:
            return name, pattern.literal, cased or not pattern.has_case
    return "", "", False


def decided(condition: Predicate, listed: Listed) -> bool | None:
    """Whether the condition holds on every row with the listed values, on none, or None where that is open."""
    names = {name for test in tests_of(condition) for name in columns_of(test)}
    known = listed.get(next(iter(names))) if len(names) == 1 else None
    if known is None:
        return _decided(condition, listed)
    # A list of values is decided by a condition that has all of them, though no single comparison of it decides.
    answers = {_decided(condition, {name: replace(known, values=(value,)) for name in names}) for value in known.values}
    return answers.pop() if len(answers) == 1 else None


def _decided(condition: Predicate, listed: Listed) -> bool | None:
    match condition:
        case Not(part):
            answer = _decided(part, listed)
            return None if answer is None else not answer
        case And(parts) | Or(parts):
            answers = {_decided(part, listed) for part in parts}
            settles = isinstance(condition, Or)
            if settles in answers:
                return settles
            return None if None in answers else not settles
        case Test(Column(name), Matches(pattern, cased)) if name in listed:
            known = listed[name]
            if cased and not known.cased:
                return None
            answers = {pattern_test(pattern, cased)(value) for value in known.values}
            return answers.pop() if len(answers) == 1 else None
    return None


def resolved(term: Term, listed: Listed) -> Term:
    """The term without the conditions that the listed values decide."""
    match term:
        case When(test, then, otherwise):
            answer = decided(test, listed)
            if answer is not None:
                return resolved(then if answer else otherwise, listed)
            then, otherwise = resolved(then, listed), resolved(otherwise, listed)
            return then if then == otherwise else When(test, then, otherwise)
        case Join(parts):
            # A part that becomes a constant stays as it is: constants do not count when a join is looked at for being absent.
            inner = [resolved(part, listed) for part in parts]
            return Join(tuple(old if isinstance(new, Text) else new for old, new in zip(parts, inner, strict=True)))
        case First(terms):
            return First(tuple(resolved(each, listed) for each in terms))
        case Prefix(of, pairs):
            return Prefix(resolved(of, listed), pairs)
        case Values(of, pairs):
            return Values(resolved(of, listed), pairs)
        case XmlText(of):
            return XmlText(resolved(of, listed))
        case NumberText(of, style):
            return NumberText(resolved(of, listed), style)
    return term


def settled(predicate: Predicate, table: Table, given: Predicate) -> Predicate:
    """The predicate on the rows that satisfy `given`, each term without the conditions that what stands beside it decides.

    In `event = 4625 and address = x` the address is that of event 4625.
    """
    return _settled(predicate, table, listed_values(given, table))


def _settled(predicate: Predicate, table: Table, listed: Listed) -> Predicate:
    if isinstance(predicate, Test):
        return _settled_test(predicate, listed)
    if isinstance(predicate, Not):
        return Not(_settled(predicate.part, table, listed))
    inside = {**listed, **listed_values(predicate, table)} if isinstance(predicate, And) else listed
    parts = []
    for part in predicate.parts:  # a comprehension would cost a second stack frame for every level
        parts.append(_settled(part, table, inside))
    return And(tuple(parts)) if isinstance(predicate, And) else Or(tuple(parts))


def _settled_test(test: Test, listed: Listed) -> Test:
    return test if isinstance(test.subject, Column | AnyField) else replace(test, subject=resolved(test.subject, listed))


def _conjuncts(predicate: Predicate) -> Iterator[Predicate]:
    if isinstance(predicate, And):
        for part in predicate.parts:
            yield from _conjuncts(part)
    else:
        yield predicate
