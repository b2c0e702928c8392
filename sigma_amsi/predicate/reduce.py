"""Tests on composed terms said as tests on simpler ones, for the generators of query languages.

What comes out is true on the same rows. The prover does not use it, so that a mistake here shows as a failed proof.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

from msgspec import Struct

from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.listed import Listed, decided, listed_values, resolved
from sigma_amsi.predicate.preimage import needed_prefixes
from sigma_amsi.predicate.pushing import Push, Pushed, Pusher, before_prefix_of, can_be_empty
from sigma_amsi.predicate.tree import (
    TRUE,
    And,
    AnyField,
    Matcher,
    Matches,
    Not,
    Or,
    Predicate,
    Test,
    all_of,
    any_of,
    negation,
)
from sigma_amsi.predicate.walk import subterms, tests_of
from sigma_amsi.term import Column, First, Join, Prefix, Term, Text, When


class Reduced(Struct, frozen=True):
    """A predicate with its composed terms taken apart as far as it pays.

    names: the terms that are left -> the Sigma field that they stand for.
    """

    predicate: Predicate
    names: Mapping[Term, str]


class Manner(Struct, frozen=True):
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
    return _Reducer(predicate, table, given, names, manner).reduced()


def depth(predicate: Predicate) -> int:
    """How many levels of and, or and not lie above the deepest test."""
    levels, level = 0, [predicate]
    while level := [inside for part in level if not isinstance(part, Test) for inside in _inside(part)]:
        levels += 1
    return levels


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


class _Reducer:
    def __init__(self, predicate: Predicate, table: Table, given: Predicate, names: Mapping[Term, str], manner: Manner) -> None:
        self._predicate = predicate
        self._table = table
        self._given = given
        self._given_names = names
        self._manner = manner
        self._pusher = Pusher(table, manner.takes, manner.takes_apart)
        self._names: dict[Term, str] = {}
        self._plans: dict[Term, _Plan] = {}

    def reduced(self) -> Reduced:
        return Reduced(self._walk(self._predicate), self._names)

    @cached_property
    def _listed(self) -> Listed:
        return listed_values(self._given, self._table)

    @cached_property
    def _matchers(self) -> Mapping[Term, list[Matcher]]:
        """What is asked of each term."""
        asked: dict[Term, list[Matcher]] = {}
        for test in tests_of(self._predicate):
            if not isinstance(test.subject, AnyField):
                asked.setdefault(test.subject, []).append(test.holds)
        return asked

    def _walk(self, predicate: Predicate) -> Predicate:
        if isinstance(predicate, Test):
            return predicate if isinstance(predicate.subject, AnyField) else any_of(self._said([predicate]))
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
        groups: list[Predicate | list[Test]] = []
        together: dict[Term, list[Test]] = {}
        for part in predicate.parts:
            if not isinstance(part, Test) or isinstance(part.subject, AnyField):
                groups.append(part)
            elif part.subject in together:
                together[part.subject].append(part)
            else:
                together[part.subject] = [part]
                groups.append(together[part.subject])
        parts: list[Predicate] = []
        for group in groups:
            if isinstance(group, list):
                parts += self._said(group)
            else:
                parts.append(self._walk(group))
        return any_of(parts)

    def _said(self, tests: Sequence[Test]) -> Sequence[Predicate]:
        """The disjunction of tests on one term."""
        subject = tests[0].subject
        assert not isinstance(subject, AnyField)
        plan = self._plan(subject)
        if plan.stands:
            return tests
        asked = [inner for test in tests for inner in plan.inner(test.holds)]
        pushed = self._pusher.push(plan.term, asked)
        if pushed is not None and (self._is_worth_it(pushed, len(asked)) or not self._manner.computes(plan.term)):
            return [TRUE if decided(part, self._listed) else part for part in pushed]
        return [Test(plan.term, holds) for holds in asked]

    def _is_worth_it(self, pushed: list[Predicate], asked: int) -> bool:
        return sum(1 for _ in comparisons_of(Or(tuple(pushed)))) <= self._manner.growth * asked + 2

    def _plan(self, subject: Term) -> "_Plan":
        if subject not in self._plans:
            self._plans[subject] = plan = self._planned(subject)
            if subject in self._given_names:
                self._names.setdefault(plan.term, self._given_names[subject])
        return self._plans[subject]

    def _planned(self, subject: Term) -> "_Plan":
        """The subject without the conditions that the log source decides and without the spellings that no test notices."""
        if not _varies(subject):
            stands = subject.name not in self._listed if isinstance(subject, Column) else self._manner.takes(subject)
            return _Plan(subject, stands=stands)
        matchers = self._matchers[subject]
        term = self._without_needless_prefixes(resolved(subject, self._listed), matchers)
        if isinstance(term, Prefix):
            inverse: dict[Matcher, tuple[Matcher, ...]] = {}
            for holds in matchers:
                before = before_prefix_of(holds, term)
                if before is None:
                    return _Plan(term)
                inverse[holds] = before
            return _Plan(term.of, inverse)
        return _Plan(term)

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


class _Plan(Struct, frozen=True):
    """What is tested instead of a subject: `term`, with each matcher in its place by those that `inverse` lists, where it does.

    stands: whether tests on it stay as they are: nothing can be said of them in a simpler way.
    """

    term: Term
    inverse: Mapping[Matcher, tuple[Matcher, ...]] = {}
    stands: bool = False

    def inner(self, holds: Matcher) -> tuple[Matcher, ...]:
        return self.inverse.get(holds, (holds,))


@lru_cache(maxsize=1024)
def _varies(term: Term) -> bool:
    """Whether the log source, or what is asked of the term, may make it a simpler one."""
    return any(isinstance(part, When | Prefix) for part in subterms(term))


def _inside(part: And | Or | Not) -> Sequence[Predicate]:
    return (part.part,) if isinstance(part, Not) else part.parts
