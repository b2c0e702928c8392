"""Questions about languages: is there a text in all of these and in none of those, is one language part of another.

There is one search behind all of them. It walks through the product of the languages that the text must be in, one state in each, and
carries along the set of all states that the text leads to in the languages it must not be in. Three observations keep it small:

* A node whose set of unwanted states includes the set of a node visited before, with the same wanted states, can only do worse: it is dropped.
  So the wildcards of a pattern, where any text may pass, cost one visit and not one for each text.
* Of the characters on an edge only those matter that lead to the fewest unwanted states: mostly one, which occurs in no unwanted text at all.
* A node from which an unwanted language accepts whatever follows is a dead end.

Wanted states are tried in the order of the length of text that they still need, which leads straight to an example where there is one.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from itertools import combinations, count
from string import ascii_letters, digits, punctuation
from typing import TypeAlias

from sigma_amsi.characters import Chars
from sigma_amsi.proof.automaton import EVERYTHING, Language, Moves, States, few_of, side_by_side
from sigma_amsi.proof.budget import Budget

Place: TypeAlias = tuple[int, ...]
"""One state in each of the wanted languages."""

_READABLE = ascii_letters + digits + " " + punctuation + "".join(map(chr, range(0xC0, 0x180))) + "\n\t"


def find(wanted: Iterable[Language], unwanted: Iterable[Language] = (), budget: Budget | None = None) -> str | None:
    """A short, readable text that is in all wanted languages and in no unwanted one, or None when there is none.

    It is the shortest one where at most one language is wanted. Raises LimitReached when the budget does not suffice.
    """
    budget = budget or Budget()
    goals = tuple(dict.fromkeys(wanted)) or (EVERYTHING,)
    hazards = _Hazards(tuple(dict.fromkeys(unwanted)))
    if len(goals) <= 2:
        return _explore(goals, hazards, budget)
    # An example, if there is one, is mostly a row of examples; that there is none is mostly due to one or two of the languages.
    budget.spend(len(goals))
    guess = _in_a_row(goals)
    if guess is not None and not hazards.accept(guess):
        return guess
    for size in (1, 2):
        for few in combinations(goals, size):
            text = _explore(few, hazards, budget)
            if text is None or all(text in goal for goal in goals):
                return text
    return _explore(goals, hazards, budget)


def _in_a_row(goals: tuple[Language, ...]) -> str | None:
    """Examples of the languages one after the other, those first that say how a text begins, if that is an example of all."""
    examples = sorted((_openness(goal), place, shortest(goal)) for place, goal in enumerate(goals))
    text = ""
    for _, place, example in examples:
        if example is None:
            return None
        if text not in goals[place]:
            text += example
    return text if all(text in goal for goal in goals) else None


def _openness(goal: Language) -> int:
    """0 where texts begin with a certain text, 1 where anything may stand on both sides, 2 where they end with one."""
    if not goal.starts & goal.automaton.circling:
        return 0
    return 1 if goal.settled else 2


def is_empty(language: Language) -> bool:
    """Whether the language has no text."""
    return not any(language.starts >> state & 1 for state in language.distance)


@lru_cache(maxsize=4096)
def shortest(language: Language) -> str | None:
    """A shortest text of the language, the most readable one; None when the language is empty."""
    return find([language])


def included(part: Language, whole: Language, budget: Budget | None = None) -> bool:
    """Whether every text of `part` is in `whole`."""
    return find([part], [whole], budget) is None


def equivalent(one: Language, other: Language, budget: Budget | None = None) -> bool:
    """Whether both languages have the same texts."""
    return difference_between(one, other, budget) is None


def difference_between(one: Language, other: Language, budget: Budget | None = None) -> str | None:
    """A text that is in exactly one of the languages, or None when they are equivalent."""
    if one == other:
        return None
    budget = budget or Budget()
    text = find([one], [other], budget)
    return find([other], [one], budget) if text is None else text


def cells(languages: Sequence[Language], budget: Budget | None = None) -> Iterator[tuple[tuple[bool, ...], str]]:
    """Every combination of membership in the languages that some text has, with an example of each."""
    budget = budget or Budget()
    open_cells: list[tuple[tuple[bool, ...], str]] = [((), "")]
    while open_cells:
        signs, example = open_cells.pop()
        if len(signs) == len(languages):
            yield signs, example
            continue
        # The example decides the next sign for itself; only the other sign is a question.
        sign = example in languages[len(signs)]
        other = (*signs, not sign)
        text = find(
            [language for language, chosen in zip(languages, other, strict=False) if chosen],
            [language for language, chosen in zip(languages, other, strict=False) if not chosen],
            budget,
        )
        open_cells.append(((*signs, sign), example))
        if text is not None:
            open_cells.append((other, text))


class _Hazards:
    """The unwanted languages, laid side by side into one set of states."""

    def __init__(self, languages: tuple[Language, ...]) -> None:
        self._languages = languages
        self.starts: States = 0
        self.accepts: States = 0
        self.settled: States = 0
        self._automata = []
        offset = 0
        for language in languages:
            self.starts |= language.starts << offset
            self.accepts |= language.accepts << offset
            self.settled |= language.settled << offset
            self._automata.append((language.automaton, offset))
            offset += len(language.automaton)
        self._few = dict.fromkeys(character for automaton, _ in self._automata for character in automaton.few)
        self._many = list(dict.fromkeys(chars for automaton, _ in self._automata for chars in automaton.many))
        self._choices: dict[Chars, tuple[tuple[str, Moves], ...]] = {}

    def accept(self, text: str) -> bool:
        """Whether the text is in one of the languages."""
        return any(text in language for language in self._languages)

    def choices(self, chars: Chars) -> tuple[tuple[str, Moves], ...]:
        """Characters of the set that are worth trying, with the moves on each: any other one leads to no fewer unwanted states."""
        known = self._choices.get(chars)
        if known is None:
            known = self._choices[chars] = tuple(self._least_harmful(representatives(chars, self._few, self._many)))
        return known

    def _least_harmful(self, characters: list[str]) -> list[tuple[str, Moves]]:
        kept: list[tuple[str, Moves]] = []
        for character in characters:
            moves = side_by_side((automaton.moves(character), offset) for automaton, offset in self._automata)
            if not any(other.within(moves) for _, other in kept):
                kept = [(other, others) for other, others in kept if not moves.within(others)]
                kept.append((character, moves))
        return kept


def representatives(chars: Chars, few: Collection[str], many: Iterable[Chars]) -> list[str]:
    """Members of `chars` for all of them, where characters count as alike unless `few` or a set of `many` tells them apart.

    When there is a single one, it is a member of no more of the sets than any other member is.
    """
    if few_members := few_of(chars):
        return sorted(few_members, key=_unreadability)
    parts = [chars]
    for other in many:
        split = []
        for part in parts:
            inside = part & other
            split += [part] if inside == part or not inside.ranges else [inside, part - other]
        parts = split
    typical = [character for part in parts if (character := _most_readable(part, few)) is not None]
    if len(parts) == 1 and typical:
        return typical
    return typical + [character for character in few if character in chars]


def _most_readable(chars: Chars, without: Collection[str]) -> str | None:
    readable = next((character for character in _readable_members(chars) if character not in without), None)
    return readable or next((character for character in chars if character not in without), None)


@lru_cache(maxsize=4096)
def _readable_members(chars: Chars) -> str:
    return "".join(character for character in _READABLE if character in chars)


@lru_cache(maxsize=4096)
def _unreadability(character: str) -> int:
    position = _READABLE.find(character)
    return position if position >= 0 else len(_READABLE) + ord(character)


def _explore(goals: tuple[Language, ...], hazards: _Hazards, budget: Budget) -> str | None:
    """The search itself: best first, so that for one goal the first text found is a shortest one."""
    successors = _Successors(goals)
    visited: dict[Place, list[States]] = {}
    trail: list[tuple[int, str]] = []  # how each node was reached: the node before and the character
    waiting: list[
        tuple[int, int, int, Place, States, int, str]
    ] = []  # estimate, still needed, order, place, unwanted, node before, character
    order = count()
    if not hazards.starts & hazards.settled:
        for place, needed in successors.starts():
            heappush(waiting, (needed, needed, next(order), place, hazards.starts, -1, ""))
    while waiting:
        estimate, needed, _, place, harm, before, character = heappop(waiting)
        better = visited.setdefault(place, [])
        if any(less & harm == less for less in better):
            continue
        better.append(harm)
        node = len(trail)
        trail.append((before, character))
        if needed == 0 and not harm & hazards.accepts:
            return _spelled(trail, node)
        length = estimate - needed + 1
        edges = successors.of(place)
        budget.spend(1 + len(edges) + len(better) // 8)
        for chars, following, still_needed in edges:
            for following_character, moves in hazards.choices(chars):
                following_harm = moves.apply(harm)
                if not following_harm & hazards.settled:
                    entry = (length + still_needed, still_needed, next(order), following, following_harm, node, following_character)
                    heappush(waiting, entry)
    return None


def _spelled(trail: list[tuple[int, str]], node: int) -> str:
    characters = []
    while node >= 0:
        node, character = trail[node]
        characters.append(character)
    return "".join(reversed(characters))


class _Successors:
    """The product of the wanted languages: where a text may lead, and how much text it still takes from there at most."""

    def __init__(self, goals: tuple[Language, ...]) -> None:
        self._goals = goals
        self._known: dict[Place, list[tuple[Chars, Place, int]]] = {}

    def starts(self) -> Iterator[tuple[Place, int]]:
        """The places before the first character, with the length of text that each needs."""
        places: list[tuple[Place, int]] = [((), 0)]
        for goal in self._goals:
            alive = [state for state in goal.distance if goal.starts >> state & 1]
            places = [((*place, state), needed + goal.distance[state]) for place, needed in places for state in alive]
        return iter(places)

    def of(self, place: Place) -> list[tuple[Chars, Place, int]]:
        """The edges that leave a place: characters, next place, and the length of text that is needed from there."""
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = self._edges(place)
        return known

    def _edges(self, place: Place) -> list[tuple[Chars, Place, int]]:
        joint: list[tuple[Chars | None, Place, int]] = [(None, (), 0)]
        for goal, state in zip(self._goals, place, strict=True):
            alive = [(chars, target, goal.distance[target]) for chars, target in goal.automaton.edges[state] if target in goal.distance]
            joint = [
                (shared, (*targets, target), needed + more)
                for so_far, targets, needed in joint
                for chars, target, more in alive
                if (shared := chars if so_far is None else _shared(so_far, chars)).ranges
            ]
        return [(chars, targets, needed) for chars, targets, needed in joint if chars is not None]


@lru_cache(maxsize=4096)
def _shared(one: Chars, other: Chars) -> Chars:
    return one if one == other else one & other
