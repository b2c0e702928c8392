"""Languages made of languages: union, concatenation, intersection, complement and difference.

Union and concatenation only put automata beside each other. Intersection and complement build products and power sets of states, for which
they take a budget; where the question is only whether some text is in these languages and not in those, `search.find` answers it without.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.proof.automaton import NOTHING, Automaton, Edge, Language, Moves, States, members, set_of
from sigma_amsi.proof.budget import Budget

State = TypeVar("State")


def union(languages: Iterable[Language]) -> Language:
    """The texts of any of the languages."""
    edges: list[tuple[Edge, ...]] = []
    starts = accepts = 0
    for language in dict.fromkeys(languages):
        offset = len(edges)
        edges += _numbered_from(offset, language.automaton)
        starts |= language.starts << offset
        accepts |= language.accepts << offset
    return Language(Automaton(tuple(edges)), starts, accepts) if edges else NOTHING


def concatenation(first: Language, second: Language) -> Language:
    """The texts that are one of `first` followed by one of `second`."""
    offset = len(first.automaton)
    entrances = [state + offset for state in members(second.starts)]
    edges = [
        (*own, *((chars, entrance) for chars, target in own if first.accepts >> target & 1 for entrance in entrances))
        for own in first.automaton.edges
    ]
    starts = first.starts | (second.starts << offset if first.accepts_empty else 0)
    return Language(Automaton((*edges, *_numbered_from(offset, second.automaton))), starts, second.accepts << offset)


def intersection(one: Language, other: Language, budget: Budget | None = None) -> Language:
    """The texts of both languages."""
    budget = budget or Budget()

    def leave(pair: tuple[int, int]) -> list[tuple[Chars, tuple[int, int]]]:
        joint = [
            (shared, (target, other_target))
            for chars, target in one.automaton.edges[pair[0]]
            if target in one.distance
            for other_chars, other_target in other.automaton.edges[pair[1]]
            if other_target in other.distance and (shared := chars & other_chars).ranges
        ]
        budget.spend(1 + len(joint))
        return joint

    starts = [(state, other_state) for state in members(one.starts) for other_state in members(other.starts)]
    return explored(starts, leave, lambda pair: bool(one.accepts >> pair[0] & other.accepts >> pair[1] & 1))


def determinised(language: Language, budget: Budget | None = None) -> Language:
    """The same language by an automaton that is in exactly one state after every text."""
    budget = budget or Budget()
    classes = character_classes(language.automaton)

    def leave(states: States) -> list[tuple[Chars, States]]:
        budget.spend(1 + len(classes))
        ranges: dict[States, list[tuple[int, int]]] = {}
        for chars, moves in classes:
            ranges.setdefault(moves.apply(states), []).extend(chars.ranges)
        return [(Chars.from_ranges(own), target) for target, own in ranges.items()]

    return explored([language.starts], leave, lambda states: states & language.accepts != 0)


def complement(language: Language, budget: Budget | None = None) -> Language:
    """The texts that are not in the language."""
    single = determinised(language, budget)
    return Language(single.automaton, single.starts, ((1 << len(single.automaton)) - 1) ^ single.accepts)


def difference(one: Language, other: Language, budget: Budget | None = None) -> Language:
    """The texts of `one` that are not in `other`."""
    budget = budget or Budget()
    return intersection(one, complement(other, budget), budget)


def character_classes(automaton: Automaton) -> list[tuple[Chars, Moves]]:
    """All characters, in classes of those on which the states move alike, each with these moves."""
    cells = [ANY_CHARACTER - Chars.of(automaton.few)]
    for chars in automaton.many:
        cells = [part for cell in cells for part in (cell & chars, cell - chars) if part.ranges]
    cells += map(Chars.of, automaton.few)
    alike: dict[object, tuple[list[tuple[int, int]], Moves]] = {}
    for cell in cells:
        if cell.ranges:
            moves = automaton.moves(next(iter(cell)))
            key = (moves.forward, moves.stay, tuple(sorted(moves.jumps.items())))
            alike.setdefault(key, ([], moves))[0].extend(cell.ranges)
    return [(Chars.from_ranges(ranges), moves) for ranges, moves in alike.values()]


def explored(
    starts: Iterable[State], leave: Callable[[State], Iterable[tuple[Chars, State]]], accepting: Callable[[State], bool]
) -> Language:
    """The language of an automaton that is known by its first states and the edges that leave each.

    States are numbered depth first: where a state has one successor, that is the next one, which `Moves` handles best.
    """
    first = list(starts)
    numbers: dict[State, int] = {}
    found: list[list[tuple[Chars, State]]] = []
    waiting = first[::-1]
    while waiting:
        state = waiting.pop()
        if state not in numbers:
            numbers[state] = len(found)
            found.append([(chars, target) for chars, target in leave(state) if chars.ranges])
            waiting += [target for _, target in reversed(found[-1])]
    edges = tuple(tuple((chars, numbers[target]) for chars, target in own) for own in found)
    accepts = set_of(number for state, number in numbers.items() if accepting(state))
    return Language(Automaton(edges), set_of(numbers[state] for state in first), accepts)


def _between(language: Language, starts: States, accepts: States) -> Language:
    return Language(language.automaton, starts, accepts)


def _numbered_from(offset: int, automaton: Automaton) -> list[tuple[Edge, ...]]:
    return [tuple((chars, target + offset) for chars, target in own) for own in automaton.edges]
