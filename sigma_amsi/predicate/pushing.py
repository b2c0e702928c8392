"""Tests on composed terms pushed into the terms inside them: what the terms inside have to pass for the whole to pass."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.characters import fold
from sigma_amsi.pattern import Pattern, exactly
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.evaluate import passes
from sigma_amsi.predicate.listed import listed_by
from sigma_amsi.predicate.preimage import (
    Numbers,
    before_prefix,
    can_be_number,
    decimal_below,
    limit_of,
    needed_prefixes,
    numbers_before,
)
from sigma_amsi.predicate.tree import (
    FALSE,
    TRUE,
    Compare,
    Exists,
    InNetwork,
    Matcher,
    Matches,
    Null,
    Predicate,
    Regex,
    Test,
    all_of,
    any_of,
    negation,
)
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

Pushed: TypeAlias = "list[Predicate] | None"
"""A disjunction of what a test means one level further in, or None where the terms inside cannot say it."""

Push: TypeAlias = "Callable[[Term, Sequence[Matcher]], Pushed]"
"""Says a disjunction of tests on a term in tests on the terms inside it."""


def can_be_empty(term: Term, table: Table) -> bool:
    """Whether the term can be present with the empty text."""
    match term:
        case Column(name):
            column = table.column(name)
            return column is not None and column.kind in ("text", "dynamic") and "" not in column.absent_for
        case Text(value):
            return value == ""
        case Join(parts):
            constant = "".join(part.value for part in parts if isinstance(part, Text))
            return constant == "" and any(can_be_empty(part, table) for part in parts)
        case When(_, then, otherwise):
            return can_be_empty(then, table) or can_be_empty(otherwise, table)
        case Prefix(of, pairs):
            return can_be_empty(of, table) or any(other == "" for _, other in pairs)
        case Values(_, pairs):
            return any(other == "" for _, other in pairs)
        case XmlText(of) | NumberText(of):
            return can_be_empty(of, table)
    return False


class Pusher(Struct, frozen=True):
    """Pushes tests into terms over the columns of a table. takes, takes_apart: see `reduce.Manner`."""

    table: Table
    takes: Callable[[Term], bool]
    takes_apart: Callable[[Term, Matcher, Push], Pushed]

    def push(self, term: Term, matchers: Sequence[Matcher]) -> Pushed:
        """The disjunction of tests on the term."""
        if isinstance(term, Column) or self.takes(term):
            return [Test(term, holds) for holds in matchers]
        match term:
            case Text(value):
                return _constants([_of_constant(holds, value) for holds in matchers])
            case Absent():
                return _constants([isinstance(holds, Null) for holds in matchers])
            case When():
                return self._push_when(term, matchers)
            case First(terms):
                return self._push_first(terms, matchers)
            case Values(of, pairs):
                return self._push_each(matchers, lambda holds: self._push_values(of, pairs, holds))
            case NumberText(of):
                return self._push_each(matchers, lambda holds: self._push_number(term, of, holds))
            case Prefix(of):
                before = [before_prefix_of(holds, term) for holds in matchers]
                if None not in before:
                    return self.push(of, [inner for each in before for inner in each or ()])
        return self._push_each(matchers, lambda holds: self.takes_apart(term, holds, self.push))

    def _push_each(self, matchers: Iterable[Matcher], push: Callable[[Matcher], Pushed]) -> Pushed:
        found: list[Predicate] = []
        for holds in matchers:
            parts = push(holds)
            if parts is None:
                return None
            found += parts
        return found

    def _push_when(self, term: When, matchers: Sequence[Matcher]) -> Pushed:
        cases, default = self._cases(term)
        pushed = [self.push(inner, matchers) for _, inner in cases]
        otherwise = self.push(default, matchers)
        if otherwise is None or any(parts is None for parts in pushed):
            return None
        return _switched([condition for condition, _ in cases], [parts or [] for parts in pushed], otherwise)

    def _cases(self, term: When) -> tuple[list[tuple[Predicate, Term]], Term]:
        """The branches of a conditional whose conditions exclude each other, and what is left when none of them holds.

        Further branches count as long as they, too, compare the same column with values that no branch has yet.
        """
        cases: list[tuple[Predicate, Term]] = [(term.test, term.then)]
        taken = self._compared_values(term.test)
        rest = term.otherwise
        while taken and isinstance(rest, When):
            more = self._compared_values(rest.test)
            if not more or more & taken or next(iter(more))[0] != next(iter(taken))[0]:
                break
            cases.append((rest.test, rest.then))
            taken |= more
            rest = rest.otherwise
        return cases, rest

    def _compared_values(self, condition: Predicate) -> frozenset[tuple[str, str]]:
        """The values, folded, of one column that a condition lists, with the column's name; nothing where it does something else."""
        listed = listed_by(condition, self.table)
        return frozenset() if listed is None else frozenset((listed[0], fold(value)) for value in listed[1].values)

    def _push_first(self, terms: tuple[Term, ...], matchers: Sequence[Matcher]) -> Pushed:
        """The first term passes, or it is absent and one of the others passes."""
        if any(can_be_empty(each, self.table) for each in terms):
            return None
        absent = [holds for holds in matchers if isinstance(holds, Null)]
        present = [holds for holds in matchers if not isinstance(holds, Null)]
        found: list[Predicate] = []
        if absent:
            missing = [self.push(each, [Null()]) for each in terms]
            if any(parts is None for parts in missing):
                return None
            found.append(all_of(any_of(parts) for parts in missing if parts is not None))
        for index, each in enumerate(terms if present else ()):
            passed = self.push(each, present)
            before = [self.push(earlier, [Null()]) for earlier in terms[:index]]
            if passed is None or any(parts is None for parts in before):
                return None
            if index == 0:
                found += passed
            else:
                found.append(all_of([*(any_of(parts) for parts in before if parts is not None), any_of(passed)]))
        return found

    def _push_values(self, of: Term, pairs: tuple[tuple[str, str], ...], holds: Matcher) -> Pushed:
        translated = {fold(own): (own, other) for own, other in reversed(pairs)}
        if isinstance(holds, Null | Exists):
            every = self.push(of, [Matches(exactly(own)) for own, _ in reversed(translated.values())])
            if every is None:
                return None
            return [negation(any_of(every))] if isinstance(holds, Null) else every
        passed = [_of_constant(holds, other) for _, other in translated.values()]
        if None in passed:
            return None
        chosen = [own for (own, _), passes_test in zip(translated.values(), passed, strict=True) if passes_test]
        return self.push(of, [Matches(exactly(own)) for own in reversed(chosen)])

    def _push_number(self, term: NumberText, of: Term, holds: Matcher) -> Pushed:
        """The numbers whose spelling passes, or any other text that passes as it is."""
        if isinstance(holds, Null | Exists):
            return self.push(of, [holds])
        if not isinstance(holds, Matches):
            return None
        numbers = numbers_before(holds.pattern, holds.cased, term.style)
        if numbers is None:
            return None
        spelled = self.push(of, _spelled_numbers(numbers, term))
        other = self._other_texts(of, term, holds)
        return None if spelled is None or other is None else [*spelled, *other]

    def _other_texts(self, of: Term, term: NumberText, holds: Matches) -> Pushed:
        if self._holds_integers(of) and not _can_be_integer(holds.pattern):
            return []
        if not can_be_number(holds.pattern):
            return self.push(of, [holds])
        number = Regex(decimal_below(limit_of(term.style)))
        if (literal := holds.pattern.literal) is not None:
            return [] if passes(literal, number, {}) else self.push(of, [holds])
        if self._holds_several(of):
            return None  # the two tests below could be met by different values
        passed, numeric = self.push(of, [holds]), self.push(of, [number])
        return None if passed is None or numeric is None else [all_of([any_of(passed), negation(any_of(numeric))])]

    def _holds_integers(self, term: Term) -> bool:
        column = self.table.column(term.name) if isinstance(term, Column) else None
        return column is not None and column.kind == "integer"

    def _holds_several(self, term: Term) -> bool:
        column = self.table.column(term.name) if isinstance(term, Column) else None
        return column is None or column.many


def before_prefix_of(holds: Matcher, term: Prefix) -> tuple[Matcher, ...] | None:
    """The tests on what the term respells of which one passes where `holds` does on the term; None where none say that."""
    if not needed_prefixes(term.table, [holds]):
        return (holds,)
    if not isinstance(holds, Matches) or holds.cased:
        return None
    before = before_prefix(holds.pattern, term.table)
    return None if before is None else tuple(Matches(pattern) for pattern in before)


def _spelled_numbers(numbers: Numbers, term: NumberText) -> list[Matcher]:
    if numbers.every:
        return [Regex(decimal_below(limit_of(term.style)))]
    return [Matches(exactly(str(number))) for number in numbers.listed]


def _of_constant(holds: Matcher, value: str) -> bool | None:
    """Whether the text passes; None where that depends on the row."""
    return passes(value, holds, {}) if isinstance(holds, Matches | Regex | Compare | InNetwork | Null | Exists) else None


def _constants(answers: list[bool | None]) -> Pushed:
    if True in answers:
        return [TRUE]
    return None if None in answers else []


def _switched(conditions: list[Predicate], branches: list[list[Predicate]], otherwise: list[Predicate]) -> list[Predicate]:
    """The branch of the condition that holds, of which no two can; else `otherwise`. What several branches say is said once."""
    every = [*branches, otherwise]
    places: dict[tuple[int, ...], list[Predicate]] = {}
    for part in dict.fromkeys(part for branch in every for part in branch):
        places.setdefault(tuple(index for index, branch in enumerate(every) if part in branch), []).append(part)
    last = len(conditions)
    switched: list[Predicate] = []
    for indexes, parts in sorted(places.items(), key=lambda place: last not in place[0]):
        if last in indexes:
            limits = [negation(any_of(condition for index, condition in enumerate(conditions) if index not in indexes))]
        else:
            limits = [any_of(conditions[index] for index in indexes)]
        switched.append(all_of([*limits, any_of(parts)]))
    return [part for part in switched if part != FALSE]


def _can_be_integer(pattern: Pattern) -> bool:
    tokens = pattern.tokens
    first = tokens[0] if tokens else None
    if isinstance(first, str) and first.startswith("-"):
        tokens = (first[1:], *tokens[1:]) if first != "-" else tokens[1:]
    return can_be_number(Pattern(tokens))
