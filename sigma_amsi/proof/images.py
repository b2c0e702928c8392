"""Inverse images: the texts that an operation of a term spells into a language.

A test on a term that spells its operand differently is a test on the operand: it asks for the inverse image of the language that the test accepts.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import prod
from typing import Literal, TypeAlias

from sigma_amsi.characters import ANY_CHARACTER, Chars, fold
from sigma_amsi.pattern import exactly
from sigma_amsi.proof.automaton import Automaton, Language, States, letter, members, pattern_language
from sigma_amsi.proof.budget import Budget, LimitReached
from sigma_amsi.proof.languages import complement, concatenation, explored, intersection, union

# -- Prefix ------------------------------------------------------------------------------------------------------------------------------


def before_prefix(language: Language, table: Sequence[tuple[str, str]], budget: Budget | None = None) -> Language:
    """The texts that `Prefix` with this table spells into the language.

    By cases: a pair's beginning, in any case, and what may then follow, or no pair's beginning. The first pair that begins a text has it.
    """
    budget = budget or Budget()
    cases = []
    earlier: list[str] = []
    for own, other in (*table, ("", "")):
        if not any(fold(own).startswith(fold(begun)) for begun in earlier):
            rest = Language(language.automaton, language.after(other), language.accepts)
            taken = [begun[len(own) :] for begun in earlier if fold(begun).startswith(fold(own))]
            if taken:
                rest = intersection(rest, _beginning_with_none(taken), budget)
            cases.append(concatenation(pattern_language(exactly(own), False), rest))
        earlier.append(own)
    return union(cases)


def _beginning_with_none(texts: Sequence[str]) -> Language:
    """The texts that begin with none of the given ones, in any case. A state is what was read of one of them, or None once none can come."""
    complete = {fold(text) for text in texts}
    begun = {text[:length] for text in complete for length in range(1, len(text) + 1)}

    def leave(read: str | None) -> Iterator[tuple[Chars, str | None]]:
        elsewhere = ANY_CHARACTER
        for longer in sorted(begun):
            if read is not None and longer[:-1] == read:
                chars = letter(longer[-1], False)
                elsewhere -= chars
                if longer not in complete:
                    yield chars, longer
        yield elsewhere, None

    nothing_read: list[str | None] = [""]
    return explored(nothing_read, leave, lambda _: True)


# -- XmlText -----------------------------------------------------------------------------------------------------------------------------

_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))

_Place: TypeAlias = tuple[int, str, bool]
"""A state of the language's automaton; what was read since an `&` that is just that, or, if the flag is set, what is still to come of an entity."""


def before_xml_text(language: Language, budget: Budget | None = None) -> Language:
    """The texts that `XmlText` decodes into the language.

    At every `&` the automaton guesses: an entity, of which the rest must follow while the language reads what it stands for; or just an
    `&`, after which the rest of an entity must not follow.
    """
    budget = budget or Budget()
    edges, ampersand = language.automaton.edges, Chars.of("&")

    def leave(place: _Place) -> Iterator[tuple[Chars, _Place]]:
        budget.spend(1 + len(edges[place[0]]))
        state, text, entity = place
        if entity:
            yield Chars.of(text[0]), (state, text[1:], len(text) > 1)
            return
        onward = dict.fromkeys(whole[: len(text) + 1] for whole, _ in _ENTITIES if text and whole.startswith(text))
        elsewhere = ~Chars.of(["&", *(longer[-1] for longer in onward)])
        for chars, target in edges[state]:
            yield chars & elsewhere, (target, "", False)
            for longer in onward:
                if longer[-1] in chars and not longer.endswith(";"):
                    yield Chars.of(longer[-1]), (target, longer, False)
            if "&" in chars:
                yield ampersand, (target, "&", False)
            for whole, meant in _ENTITIES:
                if meant in chars:
                    yield ampersand, (target, whole[1:], True)

    starts = [(state, "", False) for state in members(language.starts)]
    return explored(starts, leave, lambda place: not place[2] and bool(language.accepts >> place[0] & 1))


# -- NumberText --------------------------------------------------------------------------------------------------------------------------

Style = Literal["dword", "qword", "hex"]

MAXIMUM_INTERVALS = 1000

_HEXADECIMAL = "0123456789abcdef"


def before_number_text(language: Language, style: Style, budget: Budget | None = None) -> Language:
    """The texts that `NumberText` spells into the language: numbers whose spelling is a member, and other texts that are members themselves.

    Raises LimitReached where the numbers are too many separate intervals: those whose hexadecimal spelling ends in a 1, for one.
    """
    budget = budget or Budget()
    limit = 1 << (32 if style == "dword" else 64)
    numbers = _joined(interval for spelling in _spellings(style) for interval in _Filling(language, spelling, budget).intervals())
    others = intersection(language, complement(decimals(((0, limit - 1),)), budget), budget)
    return union([decimals(numbers), others])


@lru_cache(maxsize=3)
def all_numbers(style: Style) -> Language:
    """The decimals that are respelled."""
    return decimals(((0, (1 << (32 if style == "dword" else 64)) - 1),))


@lru_cache(maxsize=3)
def all_spellings(style: Style) -> Language:
    """The texts that they become."""
    return union(_places(spelling) for spelling in _spellings(style))


def _places(spelling: list[str]) -> Language:
    edges = tuple(((Chars.of(characters), place + 1),) for place, characters in enumerate(spelling))
    return Language(Automaton((*edges, ())), starts=1, accepts=1 << len(spelling))


@lru_cache(maxsize=256)
def decimals(intervals: tuple[tuple[int, int], ...]) -> Language:
    """The decimal texts, without leading zeros, of the numbers in some intervals.

    A state is what may still come: as many digits as `lowest` and `highest` have, in a number that lies between them.
    """

    def leave(rest: tuple[str, str]) -> Iterator[tuple[Chars, tuple[str, str]]]:
        lowest, highest = rest
        if lowest:
            low, high = lowest[0], highest[0]
            if low == high:
                yield Chars.of(low), (lowest[1:], highest[1:])
            else:
                yield Chars.of(low), (lowest[1:], "9" * (len(lowest) - 1))
                yield Chars.of(high), ("0" * (len(lowest) - 1), highest[1:])
                if ord(high) - ord(low) > 1:
                    yield Chars(((ord(low) + 1, ord(high) - 1),)), ("0" * (len(lowest) - 1), "9" * (len(lowest) - 1))

    return explored([part for low, high in intervals for part in _by_length(low, high)], leave, lambda rest: not rest[0])


def _by_length(low: int, high: int) -> Iterator[tuple[str, str]]:
    """The interval cut into intervals of numbers with equally many digits."""
    while low <= high:
        last = min(high, 10 ** len(str(low)) - 1)
        yield str(low), str(last)
        low = last + 1


def _spellings(style: Style) -> list[list[str]]:
    """The spellings of all numbers, place by place: a constant character, or the digits that may stand there."""
    eight = [_HEXADECIMAL] * 8
    if style == "dword":
        return [[*"DWORD (0x", *eight, ")"]]
    if style == "qword":
        return [[*"QWORD (0x", *eight, *"-0x", *eight, ")"]]
    return [[*"0x0"], *([*"0x", _HEXADECIMAL[1:], *[_HEXADECIMAL] * more] for more in range(16))]


class _Filling:
    """Which of the fillings of a spelling with digits are in a language."""

    def __init__(self, language: Language, spelling: list[str], budget: Budget) -> None:
        self._language = language
        self._spelling = spelling
        self._budget = budget
        self._counts: dict[tuple[int, States], int] = {}

    def intervals(self) -> Iterator[tuple[int, int]]:
        """The numbers, as intervals in order."""
        return self._within(0, self._language.starts, 0)

    def _within(self, place: int, states: States, number: int) -> Iterator[tuple[int, int]]:
        count = self._count(place, states)
        if count == prod(map(len, self._spelling[place:])):
            for characters in self._spelling[place:]:
                number = _with_digit(number, characters, characters[0])
            yield number, number + count - 1
        elif count:
            self._budget.spend()
            for character in self._spelling[place]:
                yield from self._within(place + 1, self._after(states, character), _with_digit(number, self._spelling[place], character))

    def _count(self, place: int, states: States) -> int:
        """How many fillings of the rest lead from these states into the language."""
        if place == len(self._spelling):
            return int(states & self._language.accepts != 0)
        key = (place, states)
        if key not in self._counts:
            self._budget.spend()
            self._counts[key] = sum(self._count(place + 1, self._after(states, character)) for character in self._spelling[place])
        return self._counts[key]

    def _after(self, states: States, character: str) -> States:
        return self._language.automaton.moves(character).apply(states)


def _with_digit(number: int, characters: str, character: str) -> int:
    """The number with one more digit; a place where only one character may stand has none."""
    return number * 16 + _HEXADECIMAL.index(character) if len(characters) > 1 else number


def _joined(intervals: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The intervals, which come in order, with neighbouring ones made one."""
    joined: list[tuple[int, int]] = []
    for low, high in intervals:
        if joined and joined[-1][1] + 1 == low:
            joined[-1] = (joined[-1][0], high)
        elif len(joined) == MAXIMUM_INTERVALS:
            raise LimitReached("the numbers that pass are in too many separate intervals")
        else:
            joined.append((low, high))
    return tuple(joined)
