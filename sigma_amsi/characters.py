"""Sets of characters, and the one case folding that the whole project uses.

Folding is by pairs: a letter and its other case fold together when each is the other's single-character counterpart. That is
Unicode's simple case folding without the few characters whose mapping is not a pair (U+212A KELVIN SIGN, U+017F LONG S, dotless i and the
like), on which engines, and even `str.lower` and `re.IGNORECASE`, disagree. Pairs make a folded set finite, symmetric and small.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

MAXIMUM = 0x10FFFF


class Chars(Struct, frozen=True):
    """A set of characters, as sorted, disjoint, non-adjacent inclusive ranges of code points."""

    ranges: tuple[tuple[int, int], ...]

    @staticmethod
    def of(members: Iterable[str]) -> "Chars":
        """The set of the given single characters."""
        return Chars.from_ranges((ord(member), ord(member)) for member in members)

    @staticmethod
    def from_ranges(ranges: Iterable[tuple[int, int]]) -> "Chars":
        """The set that the given inclusive ranges cover; they may overlap and come in any order."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted(ranges):
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            else:
                merged.append((low, high))
        return Chars(tuple(merged))

    def __contains__(self, character: str) -> bool:
        point = ord(character)
        return any(low <= point <= high for low, high in self.ranges)

    def __len__(self) -> int:
        return sum(high - low + 1 for low, high in self.ranges)

    def __iter__(self) -> Iterator[str]:
        for low, high in self.ranges:
            for point in range(low, high + 1):
                yield chr(point)

    def __or__(self, other: "Chars") -> "Chars":
        return Chars.from_ranges((*self.ranges, *other.ranges))

    def __and__(self, other: "Chars") -> "Chars":
        shared: list[tuple[int, int]] = []
        for low, high in self.ranges:
            for other_low, other_high in other.ranges:
                if max(low, other_low) <= min(high, other_high):
                    shared.append((max(low, other_low), min(high, other_high)))
        return Chars.from_ranges(shared)

    def __invert__(self) -> "Chars":
        gaps: list[tuple[int, int]] = []
        start = 0
        for low, high in self.ranges:
            if start < low:
                gaps.append((start, low - 1))
            start = high + 1
        if start <= MAXIMUM:
            gaps.append((start, MAXIMUM))
        return Chars(tuple(gaps))

    def __sub__(self, other: "Chars") -> "Chars":
        return self & ~other

    def folded(self) -> "Chars":
        """The set closed under case: with every member, its other case."""
        return _closed_under_case(self)

    @property
    def has_case(self) -> bool:
        """Whether the set tells the two cases of some letter apart."""
        return _closed_under_case(self) != self


ANY_CHARACTER = Chars(((0, MAXIMUM),))
NO_CHARACTER = Chars(())

# Above this code point no character has a case pair (Unicode 16: Adlam, U+1E900-U+1E943, is the last block with one).
_LAST_CASED = 0x1E943


def fold(text: str) -> str:
    """`text` with every character replaced by the lower one of its case pair."""
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_character, text))


def other_case(character: str) -> str:
    """The other member of a character's case pair, or the character itself where it has none."""
    lower, upper = character.lower(), character.upper()
    if lower != character and len(lower) == 1 and lower.upper() == character:
        return lower
    if upper != character and len(upper) == 1 and upper.lower() == character:
        return upper
    return character


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 and lower.upper() == character else character


@lru_cache(maxsize=4096)
def _closed_under_case(chars: Chars) -> Chars:
    outside = ~chars
    if len(outside) < 0x100:  # a negated class: cheaper from the other side
        return ~Chars.of(character for character in outside if other_case(character) in outside)
    others: list[str] = []
    for low, high in chars.ranges:
        if high < 0x80:
            others.extend(other_case(chr(point)) for point in range(low, high + 1))
        else:
            points, their_others = _case_pairs()
            others.extend(their_others[bisect_left(points, low) : bisect_right(points, high)])
    return chars | Chars.of(others)


@lru_cache(maxsize=1)
def _case_pairs() -> tuple[list[int], list[str]]:
    """Every code point that has another case, in order, and beside each the other character."""
    text = "".join(map(chr, range(_LAST_CASED + 1))).replace("\u0130", "")  # the one character whose lower case is two
    capitals = [
        (capital, small) for capital, small in zip(text, text.lower(), strict=True) if capital != small and small.upper() == capital
    ]
    pairs = sorted((ord(one), other) for pair in capitals for one, other in (pair, pair[::-1]))
    return [point for point, _ in pairs], [other for _, other in pairs]
