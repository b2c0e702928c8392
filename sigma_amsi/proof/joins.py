"""Tests on joins as tests on their parts: the ways in which the parts can share a pattern.

A text of the pattern takes its automaton through some state at every border between two parts. What leads from one state to another is a pattern again.
"""

from collections.abc import Iterator
from functools import lru_cache

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import ANY_MANY, AnyMany, Pattern, Token
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.tree import AnyField, Matches, Null, Test
from sigma_amsi.predicate.walk import subterms
from sigma_amsi.proof.automaton import Language, members, pattern_language
from sigma_amsi.proof.canonical import on_term
from sigma_amsi.proof.forms import TRUE, Canonical, Leaf, joined, negated
from sigma_amsi.proof.patterns import canonical_pattern
from sigma_amsi.term import Join, Term, Text

MAXIMUM_WAYS = 64
"""A pattern that can be shared in more ways is left on the join."""


def has_joins(form: Canonical) -> bool:
    """Whether a test on a join is in the form, or one on something that is made of a join."""
    if isinstance(form, Leaf):
        return not isinstance(form.test.subject, AnyField) and any(isinstance(part, Join) for part in subterms(form.test.subject))
    return any(map(has_joins, form.parts))


def split_joins(form: Canonical, table: Table) -> Canonical:
    """The form with the tests for patterns on joins said of their parts."""
    if isinstance(form, Leaf):
        return _split(form.test, table, form.positive)
    return joined(form.conjunction, [split_joins(part, table) for part in form.parts])


@lru_cache(maxsize=2048)
def _split(test: Test, table: Table, positive: bool) -> Canonical:
    if not positive:
        return negated(_split(test, table, True))
    join, holds = test.subject, test.holds
    if not isinstance(join, Join) or not isinstance(holds, Matches):
        return Leaf(test, True)
    varying = [part for part in join.parts if not isinstance(part, Text)]
    ways: list[Canonical] = []
    for way in _Sharing(holds).ways(join.parts, 0, 0):
        if len(ways) == MAXIMUM_WAYS:
            return Leaf(test, True)
        shares = [_share(part, share, holds.cased, table) for part, share in zip(varying, way, strict=True)]
        if all(share.matches_empty() for share in way):
            shares.append(negated(on_term(join, Null(), table)))
        ways.append(joined(True, shares))
    return joined(False, ways)


def _share(part: Term, share: Pattern, cased: bool, table: Table) -> Canonical:
    """That a part of a join matches its share; an absent one counts as the empty text."""
    if share.tokens == (ANY_MANY,):
        return TRUE
    inside = on_term(part, canonical_pattern(share, cased), table)
    return inside if share.tokens else joined(False, [inside, on_term(part, Null(), table)])


class _Sharing:
    """A pattern as a row of single characters with wildcards between them, to be cut at its places."""

    def __init__(self, holds: Matches) -> None:
        self._items: list[str | Chars] = []
        self._wild: set[int] = set()
        for token in holds.pattern.tokens:
            if isinstance(token, AnyMany):
                self._wild.add(len(self._items))
            else:
                self._items += [token] if isinstance(token, Chars) else list(token)
        self._language = pattern_language(holds.pattern, holds.cased)
        self._after: dict[tuple[int, str], tuple[int, ...]] = {}

    def ways(self, parts: tuple[Term, ...], index: int, place: int) -> Iterator[tuple[Pattern, ...]]:
        """For each part from the index on that is no constant its share, when they read the pattern from a place on."""
        if index == len(parts):
            if place == len(self._items):
                yield ()
            return
        part = parts[index]
        if isinstance(part, Text):
            for reached in self._reached(place, part.value):
                yield from self.ways(parts, index + 1, reached)
            return
        following = parts[index + 1] if index + 1 < len(parts) else None
        # The first part takes what it can: that is the way a reader expects in a witness.
        for border in [len(self._items)] if following is None else range(len(self._items), place - 1, -1):
            if not isinstance(following, Text) or self._reached(border, following.value):
                share = self._between(place, border)
                for others in self.ways(parts, index + 1, border):
                    yield (share, *others)

    def _reached(self, place: int, text: str) -> tuple[int, ...]:
        """The places that a text leads to."""
        key = (place, text)
        if key not in self._after:
            language = Language(self._language.automaton, 1 << place, self._language.accepts)
            self._after[key] = tuple(members(language.after(text)))
        return self._after[key]

    def _between(self, start: int, end: int) -> Pattern:
        """What leads from one place to another."""
        tokens: list[Token] = []
        for place in range(start, end + 1):
            tokens += [ANY_MANY] if place in self._wild else []
            tokens += [self._items[place]] if place < end else []
        return Pattern.of(*tokens)
