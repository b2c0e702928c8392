"""Tests on composed terms said as tests on simpler ones, for the generators of query languages.

What comes out is true on the same rows. The prover does not use it, so that a mistake here shows as a failed proof.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sigma_amsi.characters import fold
from sigma_amsi.pattern import Pattern, exactly
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.evaluate import passes, pattern_test
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
    And,
    AnyField,
    Compare,
    Exists,
    InNetwork,
    Matcher,
    Matches,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Test,
    all_of,
    any_of,
    negation,
)
from sigma_amsi.predicate.walk import tests_of
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

Pushed: TypeAlias = "list[Predicate] | None"
"""A disjunction of what a test means one level further in, or None where the terms inside cannot say it."""

Push: TypeAlias = "Callable[[Term, Sequence[Matcher]], Pushed]"
"""Says a disjunction of tests on a term in tests on the terms inside it."""


@dataclass(frozen=True, slots=True)
class Reduced:
    """A predicate with its composed terms taken apart as far as it pays.

    names: the terms that are left -> the Sigma field that they stand for.
    """

    predicate: Predicate
    names: Mapping[Term, str]


@dataclass(frozen=True, slots=True)
class Manner:
    """What a language prefers.

    takes: whether the language can test this term as it stands. Columns it always can.
    computes: whether it can compute the term as a value of its own and test that, which is the alternative to taking the term apart.
    growth: how many comparisons may stand for each one on a composed term before the term is computed instead.
    takes_apart: how to say a test on a term in ways of its own, given how to push tests into the terms inside; asked where there is no
        other way.
    """

    takes: Callable[[Term], bool]
    computes: Callable[[Term], bool]
    growth: int
    takes_apart: "Callable[[Term, Matcher, Push], Pushed]" = lambda _term, _holds, _push: None


def reduced(predicate: Predicate, table: Table, given: Predicate, names: Mapping[Term, str], manner: Manner) -> Reduced:
    """`predicate` on the rows of `table` that satisfy `given`, in the language's manner."""
    return _Reducer(table, _listed_values(given, table), names, manner).reduce(predicate)


def depth(predicate: Predicate) -> int:
    """How many levels of and, or and not lie above the deepest test."""
    deepest, waiting = 0, [(predicate, 0)]
    while waiting:
        part, level = waiting.pop()
        deepest = max(deepest, level)
        if isinstance(part, Not):
            waiting.append((part.part, level + 1))
        elif not isinstance(part, Test):
            waiting.extend((each, level + 1) for each in part.parts)
    return deepest


def comparisons_of(predicate: Predicate) -> Iterator[Test]:
    """The tests of the predicate; of those in one disjunction that compare one subject with whole texts, as a list does, only one."""
    waiting = [predicate]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Test):
            yield part
        elif isinstance(part, Not):
            waiting.append(part.part)
        else:
            seen: set[tuple[object, bool]] = set()
            for each in reversed(part.parts):
                if isinstance(part, Or) and isinstance(each, Test) and isinstance(each.holds, Matches) and each.holds.pattern.literal:
                    key = (each.subject, each.holds.cased)
                    if key in seen:
                        continue
                    seen.add(key)
                waiting.append(each)


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


@dataclass(frozen=True, slots=True)
class _Listed:
    """The only values that a column has on the rows of the log source; where not cased, in whatever spelling of their letters."""

    values: tuple[str, ...]
    cased: bool


class _Reducer:
    def __init__(self, table: Table, listed: Mapping[str, _Listed], names: Mapping[Term, str], manner: Manner) -> None:
        self._table = table
        self._listed = listed
        self._given_names = names
        self._manner = manner
        self._names: dict[Term, str] = {}
        self._matchers: dict[Term, list[Matcher]] = {}
        self._plans: dict[Term, _Plan] = {}

    def reduce(self, predicate: Predicate) -> Reduced:
        for test in tests_of(predicate):
            if not isinstance(test.subject, AnyField):
                self._matchers.setdefault(test.subject, []).append(test.holds)
        return Reduced(self._walk(predicate), self._names)

    def _walk(self, predicate: Predicate) -> Predicate:
        if isinstance(predicate, Test):
            return predicate if isinstance(predicate.subject, AnyField) else any_of(self._tests(predicate.subject, [predicate.holds]))
        if isinstance(predicate, Not):
            return negation(self._walk(predicate.part))
        if isinstance(predicate, And):
            kept = []
            for part in predicate.parts:  # a comprehension would cost a second stack frame for every level
                kept.append(self._walk(part))
            return all_of(kept)
        return self._disjunction(predicate)

    def _disjunction(self, predicate: Or) -> Predicate:
        """Tests of one composed term are taken together, so that what they share is said once."""
        together: dict[Term, list[Matcher]] = {}
        for part in predicate.parts:
            if isinstance(part, Test) and not isinstance(part.subject, AnyField):
                together.setdefault(part.subject, []).append(part.holds)
        parts: list[Predicate] = []
        for part in predicate.parts:
            if not isinstance(part, Test) or isinstance(part.subject, AnyField):
                parts.append(self._walk(part))
            elif part.subject in together:
                parts += self._tests(part.subject, together.pop(part.subject))
        return any_of(parts)

    def _tests(self, subject: Term, matchers: list[Matcher]) -> list[Predicate]:
        """The disjunction of tests on one subject."""
        plan = self._plan(subject)
        asked = [inner for holds in matchers for inner in plan.inner(holds)]
        pushed = self._push(plan.term, asked)
        if pushed is not None and (self._is_worth_it(pushed, len(asked)) or not self._manner.computes(plan.term)):
            return [TRUE if self._decided(part) else part for part in pushed]
        return [Test(plan.term, holds) for holds in asked]

    def _is_worth_it(self, pushed: list[Predicate], asked: int) -> bool:
        return sum(1 for _ in comparisons_of(Or(tuple(pushed)))) <= self._manner.growth * asked + 2

    def _plan(self, subject: Term) -> "_Plan":
        if subject not in self._plans:
            self._plans[subject] = plan = self._planned(subject, self._matchers[subject])
            if subject in self._given_names:
                self._names.setdefault(plan.term, self._given_names[subject])
        return self._plans[subject]

    def _planned(self, subject: Term, matchers: Sequence[Matcher]) -> "_Plan":
        """The subject without the conditions that the log source decides and without the spellings that no test notices."""
        term = self._without_needless_prefixes(self._resolved(subject), matchers)
        if isinstance(term, Prefix):
            inverse: dict[Matcher, tuple[Matcher, ...]] = {}
            for holds in matchers:
                before = _before_prefix(holds, term)
                if before is None:
                    return _Plan(term, {})
                inverse[holds] = before
            return _Plan(term.of, inverse)
        return _Plan(term, {})

    def _resolved(self, term: Term) -> Term:
        match term:
            case When(test, then, otherwise):
                decided = self._decided(test)
                if decided is not None:
                    return self._resolved(then if decided else otherwise)
                then, otherwise = self._resolved(then), self._resolved(otherwise)
                return then if then == otherwise else When(test, then, otherwise)
            case Join(parts):
                # A part that becomes a constant stays as it is: constants do not count when a join is looked at for being absent.
                resolved = [self._resolved(part) for part in parts]
                return Join(tuple(old if isinstance(new, Text) else new for old, new in zip(parts, resolved, strict=True)))
            case First(terms):
                return First(tuple(self._resolved(each) for each in terms))
            case Prefix(of, pairs):
                return Prefix(self._resolved(of), pairs)
            case Values(of, pairs):
                return Values(self._resolved(of), pairs)
            case XmlText(of):
                return XmlText(self._resolved(of))
            case NumberText(of, style):
                return NumberText(self._resolved(of), style)
        return term

    def _without_needless_prefixes(self, term: Term, matchers: Sequence[Matcher]) -> Term:
        match term:
            case When(test, then, otherwise):
                return When(test, self._without_needless_prefixes(then, matchers), self._without_needless_prefixes(otherwise, matchers))
            case First(terms):
                return First(
                    tuple(each if can_be_empty(each, self._table) else self._without_needless_prefixes(each, matchers) for each in terms)
                )
            case Join(parts):
                first = self._without_needless_prefixes(parts[0], matchers)
                return term if isinstance(first, Text) else Join((first, *parts[1:]))
            case Prefix(of, pairs):
                needed = needed_prefixes(pairs, matchers)
                return Prefix(of, needed) if needed else self._without_needless_prefixes(of, matchers)
        return term

    def _decided(self, condition: Predicate) -> bool | None:
        """Whether the condition holds on every row of the log source, on none, or None where that is open."""
        match condition:
            case Not(part):
                decided = self._decided(part)
                return None if decided is None else not decided
            case And(parts) | Or(parts):
                answers = {self._decided(part) for part in parts}
                settles = isinstance(condition, Or)
                if settles in answers:
                    return settles
                return None if None in answers else not settles
            case Test(Column(name), Matches(pattern, cased)) if name in self._listed:
                listed = self._listed[name]
                if cased and not listed.cased:
                    return None
                answers = {pattern_test(pattern, cased)(value) for value in listed.values}
                return answers.pop() if len(answers) == 1 else None
        return None

    # -- pushing a disjunction of tests into a term -------------------------------------------------------------------------------------

    def _push(self, term: Term, matchers: Sequence[Matcher]) -> Pushed:
        if isinstance(term, Column) or self._manner.takes(term):
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
                before = [_before_prefix(holds, term) for holds in matchers]
                if None not in before:
                    return self._push(of, [inner for each in before for inner in each or ()])
        return self._push_each(matchers, lambda holds: self._manner.takes_apart(term, holds, self._push))

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
        pushed = [self._push(inner, matchers) for _, inner in cases]
        otherwise = self._push(default, matchers)
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
        listed = [_compared(test) for test in (condition.parts if isinstance(condition, Or) else (condition,))]
        names = {name for name, _, _ in listed}
        column = self._table.column(next(iter(names))) if len(names) == 1 and "" not in names else None
        return frozenset() if column is None or column.many else frozenset((name, fold(value)) for name, value, _ in listed)

    def _push_first(self, terms: tuple[Term, ...], matchers: Sequence[Matcher]) -> Pushed:
        """The first term passes, or it is absent and one of the others passes."""
        if any(can_be_empty(each, self._table) for each in terms):
            return None
        absent = [holds for holds in matchers if isinstance(holds, Null)]
        present = [holds for holds in matchers if not isinstance(holds, Null)]
        found: list[Predicate] = []
        if absent:
            missing = [self._push(each, [Null()]) for each in terms]
            if any(parts is None for parts in missing):
                return None
            found.append(all_of(any_of(parts) for parts in missing if parts is not None))
        for index, each in enumerate(terms if present else ()):
            passed = self._push(each, present)
            before = [self._push(earlier, [Null()]) for earlier in terms[:index]]
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
            every = self._push(of, [Matches(exactly(own)) for own, _ in reversed(translated.values())])
            if every is None:
                return None
            return [negation(any_of(every))] if isinstance(holds, Null) else every
        passed = [_of_constant(holds, other) for _, other in translated.values()]
        if None in passed:
            return None
        chosen = [own for (own, _), passes_test in zip(translated.values(), passed, strict=True) if passes_test]
        return self._push(of, [Matches(exactly(own)) for own in reversed(chosen)])

    def _push_number(self, term: NumberText, of: Term, holds: Matcher) -> Pushed:
        """The numbers whose spelling passes, or any other text that passes as it is."""
        if isinstance(holds, Null | Exists):
            return self._push(of, [holds])
        if not isinstance(holds, Matches):
            return None
        numbers = numbers_before(holds.pattern, holds.cased, term.style)
        if numbers is None:
            return None
        spelled = self._push(of, _spelled_numbers(numbers, term))
        other = self._other_texts(of, term, holds)
        return None if spelled is None or other is None else [*spelled, *other]

    def _other_texts(self, of: Term, term: NumberText, holds: Matches) -> Pushed:
        if self._holds_integers(of) and not _can_be_integer(holds.pattern):
            return []
        if not can_be_number(holds.pattern):
            return self._push(of, [holds])
        number = Regex(decimal_below(limit_of(term.style)))
        if (literal := holds.pattern.literal) is not None:
            return [] if passes(literal, number, {}) else self._push(of, [holds])
        if self._holds_several(of):
            return None  # the two tests below could be met by different values
        passed, numeric = self._push(of, [holds]), self._push(of, [number])
        return None if passed is None or numeric is None else [all_of([any_of(passed), negation(any_of(numeric))])]

    def _holds_integers(self, term: Term) -> bool:
        column = self._table.column(term.name) if isinstance(term, Column) else None
        return column is not None and column.kind == "integer"

    def _holds_several(self, term: Term) -> bool:
        column = self._table.column(term.name) if isinstance(term, Column) else None
        return column is None or column.many


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is tested instead of a subject: `term`, with each matcher in its place by those that `inverse` lists, where it does."""

    term: Term
    inverse: Mapping[Matcher, tuple[Matcher, ...]]

    def inner(self, holds: Matcher) -> tuple[Matcher, ...]:
        return self.inverse.get(holds, (holds,))


def _before_prefix(holds: Matcher, term: Prefix) -> tuple[Matcher, ...] | None:
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


def _listed_values(given: Predicate, table: Table) -> dict[str, "_Listed"]:
    """The columns for which the predicate lists the only values that they can have."""
    found: dict[str, _Listed] = {}
    for part in given.parts if isinstance(given, And) else (given,):
        tests = part.parts if isinstance(part, Or) else (part,)
        compared = [_compared(test) for test in tests]
        names = {name for name, _, _ in compared}
        column = table.column(next(iter(names))) if len(names) == 1 and "" not in names else None
        if column is not None and not column.many:
            found[names.pop()] = _Listed(tuple(value for _, value, _ in compared), all(cased for _, _, cased in compared))
    return found


def _compared(test: Predicate) -> tuple[str, str, bool]:
    """The column that the predicate compares with a text, the text, and whether by case; no column where it does something else."""
    match test:
        case Test(Column(name), Matches(pattern, cased)) if pattern.literal is not None:
            return name, pattern.literal, cased
    return "", "", False
