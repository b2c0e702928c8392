"""Languages, the sets of texts that tests accept, as automata over all Unicode characters.

An automaton here is nondeterministic, without empty moves, and its edges carry sets of characters. A set of its states is an `int` with
one bit for each. That makes the usual shape of a detection, texts between wildcards, cheap to run: almost every edge leads from a state
to the next one or back to itself, so that a shift and a few `&` and `|` advance all states at once, however many there are.

A `Language` is a view of an automaton: where to start and where to accept. Parts of a language (what may follow a prefix, what may stand
before a state) are views of the same automaton and cost nothing. `compile` makes languages of regular expressions, `languages` combines
languages, and `search` answers questions about them.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.characters import ANY_CHARACTER, Chars, other_case
from sigma_amsi.pattern import AnyMany, Pattern

States: TypeAlias = int
"""A set of states: bit `n` is set when state `n` is a member."""

Edge: TypeAlias = tuple[Chars, int]
"""The characters, at least one, on which an edge may be taken, and the state it leads to."""


@lru_cache(maxsize=4096)
def few_of(chars: Chars) -> tuple[str, ...]:
    """The members of a set that is small enough to look at one by one (a letter and its other case, a dash in all its forms), else nothing."""
    return tuple(chars) if len(chars) <= 8 else ()


def members(states: States) -> Iterator[int]:
    """The states of a set, in order."""
    while states:
        lowest = states & -states
        yield lowest.bit_length() - 1
        states ^= lowest


def set_of(states: Iterable[int]) -> States:
    """The set of the given states."""
    result = 0
    for state in states:
        result |= 1 << state
    return result


class Moves(Struct, frozen=True):
    """How the states of an automaton move on one character.

    `forward` are the states that move to the next one, `stay` those that remain, `jumpers` those that go elsewhere: where to, `jumps` says.
    A state may do all three.
    """

    forward: States
    stay: States
    jumpers: States
    jumps: Mapping[int, States]

    def apply(self, states: States) -> States:
        """The states reached from `states`."""
        reached = ((states & self.forward) << 1) | (states & self.stay)
        if jumping := states & self.jumpers:
            for state in members(jumping):
                reached |= self.jumps[state]
        return reached

    def within(self, other: "Moves") -> bool:
        """Whether every state moves to no other states than it does by `other`."""
        return (
            self.forward & other.forward == self.forward
            and self.stay & other.stay == self.stay
            and self.jumpers & other.jumpers == self.jumpers
            and all(targets & other.jumps[state] == targets for state, targets in self.jumps.items())
        )


def moves_along(pairs: Iterable[tuple[int, int]]) -> Moves:
    """The moves from state to state that the pairs list."""
    forward = stay = jumpers = 0
    jumps: dict[int, States] = {}
    for state, target in pairs:
        if target == state + 1:
            forward |= 1 << state
        elif target == state:
            stay |= 1 << state
        else:
            jumpers |= 1 << state
            jumps[state] = jumps.get(state, 0) | 1 << target
    return Moves(forward, stay, jumpers, jumps)


def side_by_side(several: Iterable[tuple[Moves, int]]) -> Moves:
    """The moves of several automata at once, the states of each numbered from its offset on."""
    forward = stay = jumpers = 0
    jumps: dict[int, States] = {}
    for moves, offset in several:
        forward |= moves.forward << offset
        stay |= moves.stay << offset
        if moves.jumpers:
            jumpers |= moves.jumpers << offset
            jumps.update((state + offset, targets << offset) for state, targets in moves.jumps.items())
    return Moves(forward, stay, jumpers, jumps)


class Automaton(Struct, frozen=True, eq=False, dict=True):
    """States and the edges that leave each: `edges[state]`. Two automata are the same only if they are one object."""

    edges: tuple[tuple[Edge, ...], ...]

    @cached_property
    def _moves(self) -> dict[str, Moves]:
        return {}

    def __len__(self) -> int:
        return len(self.edges)

    def moves(self, character: str) -> Moves:
        """How the states move on a character."""
        known = self._moves.get(character)
        if known is None:
            applicable = self.few.get(character, []) + [chars for chars in self.many if character in chars]
            known = self._moves[character] = moves_along(pair for chars in applicable for pair in self._pairs[chars])
        return known

    @cached_property
    def few(self) -> Mapping[str, list[Chars]]:
        """The characters that stand on edges in small sets, with those sets."""
        by_character: dict[str, list[Chars]] = {}
        for chars in self._pairs:
            for character in few_of(chars):
                by_character.setdefault(character, []).append(chars)
        return by_character

    @cached_property
    def many(self) -> tuple[Chars, ...]:
        """The large sets of characters on edges."""
        return tuple(chars for chars in self._pairs if not few_of(chars))

    @cached_property
    def circling(self) -> States:
        """The states that may remain on every character."""
        return set_of(state for state, target in self._pairs.get(ANY_CHARACTER, ()) if state == target)

    @cached_property
    def predecessors(self) -> tuple[States, ...]:
        """For each state, the states that have an edge to it."""
        before = [0] * len(self.edges)
        for state, edges in enumerate(self.edges):
            for _, target in edges:
                before[target] |= 1 << state
        return tuple(before)

    @cached_property
    def _pairs(self) -> Mapping[Chars, list[tuple[int, int]]]:
        """The pairs of states that an edge with these characters connects."""
        pairs: dict[Chars, list[tuple[int, int]]] = {}
        for state, edges in enumerate(self.edges):
            for chars, target in edges:
                pairs.setdefault(chars, []).append((state, target))
        return pairs


class Language(Struct, frozen=True, dict=True, cache_hash=True):
    """The texts that lead `automaton` from one of the states `starts` to one of the states `accepts`.

    Languages compare by how they are built, not by their texts: `search.equivalent` tells whether two hold the same texts.
    """

    automaton: Automaton
    starts: States
    accepts: States

    def __contains__(self, text: str) -> bool:
        return self.after(text) & self.accepts != 0

    def after(self, text: str) -> States:
        """The states that the text leads to."""
        states = self.starts
        for character in text:
            if not states:
                break  # no text that begins so is accepted
            states = self.automaton.moves(character).apply(states)
        return states

    @property
    def accepts_empty(self) -> bool:
        """Whether the empty text is a member."""
        return self.starts & self.accepts != 0

    @property
    def settled(self) -> States:
        """States from which whatever follows is accepted (not necessarily all of them)."""
        return self.accepts & self.automaton.circling

    @cached_property
    def reachable(self) -> States:
        """The states that some text leads to."""
        reached = fresh = self.starts
        while fresh:
            onward = set_of(target for state in members(fresh) for _, target in self.automaton.edges[state])
            fresh = onward & ~reached
            reached |= fresh
        return reached

    @cached_property
    def distance(self) -> Mapping[int, int]:
        """For each state from which a text can be accepted, the length of the shortest."""
        distance: dict[int, int] = {}
        length, fresh, known = 0, self.accepts, self.accepts
        while fresh:
            before = 0
            for state in members(fresh):
                distance[state] = length
                before |= self.automaton.predecessors[state]
            length, fresh = length + 1, before & ~known
            known |= fresh
        return distance


EVERYTHING = Language(Automaton((((ANY_CHARACTER, 0),),)), starts=1, accepts=1)
"""All texts."""

NOTHING = Language(Automaton(((),)), starts=1, accepts=0)
"""No text."""


@lru_cache(maxsize=4096)
def pattern_language(pattern: Pattern, cased: bool) -> Language:
    """The texts that match a wildcard pattern."""
    items: list[Chars] = []
    wildcards: set[int] = set()
    for token in pattern.tokens:
        if isinstance(token, AnyMany):
            wildcards.add(len(items))
        elif isinstance(token, str):
            items.extend(letter(character, cased) for character in token)
        else:
            items.append(token if cased else token.folded())
    edges: list[tuple[Edge, ...]] = [((chars, state + 1),) if chars.ranges else () for state, chars in enumerate(items)]
    edges.append(())
    for state in wildcards:
        edges[state] = ((ANY_CHARACTER, state), *edges[state])
    return Language(Automaton(tuple(edges)), starts=1, accepts=1 << len(items))


@lru_cache(maxsize=4096)
def letter(character: str, cased: bool) -> Chars:
    """The set of a character, with its other case unless `cased`."""
    return Chars.of((character,) if cased else (character, other_case(character)))
