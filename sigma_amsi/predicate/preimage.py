"""Which values of a term's operand give a value that passes a test: the inverse of the operations that spell values differently."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sigma_amsi.characters import Chars, fold, other_case
from sigma_amsi.pattern import ANY_MANY, AnyMany, Pattern, starting
from sigma_amsi.predicate.tree import Exists, Matcher, Matches, Null
from sigma_amsi.regex.tree import Anchor, OneOf, Place, RegexTree, Repeat, choice, sequence
from sigma_amsi.regex.tree import Literal as LiteralText

Style = Literal["dword", "qword", "hex"]
Table = tuple[tuple[str, str], ...]

DIGITS = Chars.of("0123456789")
MANY_NUMBERS = 32
"""More numbers than this are not worth a list."""


# -- Prefix ------------------------------------------------------------------------------------------------------------------------------


def needed_prefixes(table: Table, matchers: Sequence[Matcher]) -> Table:
    """The pairs of a `Prefix` table that some of the tests can notice; without the others the tests answer the same on every value.

    `endswith {GUID}` does not care how the beginning of a registry key is spelled.
    """
    kept: list[tuple[str, str]] = []
    for own, other in reversed(table):
        hides = any(_begins(own, later) or _begins(later, own) for later, _ in kept)
        if hides or not all(_ignores(holds, own, other) for holds in matchers):
            kept.append((own, other))
    return tuple(reversed(kept))


def before_prefix(pattern: Pattern, table: Table) -> tuple[Pattern, ...] | None:
    """Patterns in the column's own spelling for a pattern without case; None where no patterns say exactly that."""
    if not pattern.tokens or not isinstance(pattern.tokens[0], str):
        return None
    text, rest = pattern.tokens[0], pattern.tokens[1:]
    found: list[Pattern] = []
    for index, (own, other) in enumerate(table):
        if _begins(other, text):
            head = own + text[len(other) :]
            inverse = Pattern.of(head, *rest)
        elif _begins(text, other) and rest:
            if rest != (ANY_MANY,):
                return None
            head, inverse = own, starting(own)
        else:
            continue
        earlier = [before for before, _ in table[:index]]
        if any(_begins(before, head) for before in earlier):
            continue  # the earlier pair takes all these values
        if rest and any(_begins(head, before) for before in earlier):
            return None  # it takes some of them
        found.append(inverse)
    if any(_begins(own, text) for own, _ in table):
        return tuple(found)
    if rest and any(_begins(text, own) for own, _ in table):
        return None
    return (*found, pattern)


def _begins(beginning: str, text: str) -> bool:
    return fold(text).startswith(fold(beginning))


def _ignores(holds: Matcher, own: str, other: str) -> bool:
    """Whether a value that begins with `own` passes the test exactly when it does with `other` there instead, whatever follows."""
    if isinstance(holds, Null | Exists):
        return True
    if not isinstance(holds, Matches):
        return False
    if not holds.pattern.tokens:
        return False
    blocks = _blocks(holds.pattern)
    if not isinstance(holds.pattern.tokens[0], AnyMany):
        return not any(_agrees(blocks[0], word, 0) for word in (own, other))  # if it starts with neither, both fail
    shared = 0 if holds.cased else _shared_ending(own, other)
    return not any(_agrees(block, word, place) for block in blocks for word in (own, other) for place in range(len(word) - shared))


def _blocks(pattern: Pattern) -> list[list[str | Chars]]:
    """The pattern's stretches between its any-manys, each as single characters and sets."""
    blocks: list[list[str | Chars]] = [[]]
    for token in pattern.tokens:
        if isinstance(token, AnyMany):
            blocks.append([])
        elif isinstance(token, str):
            blocks[-1].extend(token)
        else:
            blocks[-1].append(token)
    return [block for block in blocks if block]


def _agrees(block: list[str | Chars], word: str, place: int) -> bool:
    """Whether the block could stand at that place of the word, as far as the word goes, in any case."""
    return all(
        fold(item) == fold(character) if isinstance(item, str) else character in item or other_case(character) in item
        for item, character in zip(block, word[place:], strict=False)
    )


def _shared_ending(one: str, other: str) -> int:
    length = 0
    for left, right in zip(reversed(fold(one)), reversed(fold(other)), strict=False):
        if left != right:
            break
        length += 1
    return length


# -- NumberText --------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers whose spelling passes: listed, or, when `every` is set, all that the style can spell."""

    listed: tuple[int, ...] = ()
    every: bool = False


def limit_of(style: Style) -> int:
    """The first number that the style cannot spell."""
    return 1 << (32 if style == "dword" else 64)


def numbers_before(pattern: Pattern, cased: bool, style: Style) -> Numbers | None:
    """The numbers whose `NumberText` spelling matches the pattern; None when they are too many to list and not all."""
    items = _items(pattern, cased)
    found: list[int] = []
    count = 0
    for template in _templates(style):
        counted = _Counter(template, items)
        count += counted.total
        if count <= MANY_NUMBERS:
            found += [int(digits or "0", 16) for digits in counted.spelled()]
    if count == limit_of(style):
        return Numbers(every=True)
    return Numbers(tuple(found)) if count <= MANY_NUMBERS else None


def can_be_number(pattern: Pattern) -> bool:
    """Whether some decimal number matches the pattern."""
    return all(
        isinstance(token, AnyMany) or (token.isascii() and token.isdecimal() if isinstance(token, str) else bool((token & DIGITS).ranges))
        for token in pattern.tokens
    )


def decimal_below(limit: int) -> RegexTree:
    """The decimal numbers without leading zeros below the limit, as an expression for whole values."""
    highest = str(limit - 1)
    options: list[RegexTree] = [LiteralText("0")]
    nonzero = Chars.of("123456789")
    if len(highest) > 1:
        options.append(sequence([OneOf(nonzero), _digits(0, len(highest) - 2)]))
    for index, digit in enumerate(highest):
        low = "1" if index == 0 else "0"
        if digit > low:
            smaller = OneOf(Chars(((ord(low), ord(digit) - 1),)))
            options.append(sequence([*_text(highest[:index]), smaller, *_same(len(highest) - index - 1)]))
    options.append(LiteralText(highest))
    return sequence([Anchor(Place.TEXT_START), choice(options), Anchor(Place.TEXT_END)])


def _digits(minimum: int, maximum: int) -> RegexTree:
    return Repeat(OneOf(DIGITS), minimum, maximum)


def _same(count: int) -> list[RegexTree]:
    return [_digits(count, count)] if count else []


def _text(text: str) -> list[RegexTree]:
    return [LiteralText(text)] if text else []


_HEX = "0123456789abcdef"
_Slot = str  # the characters that may stand at one place; a place with more than one is a digit of the number


def _templates(style: Style) -> list[list[_Slot]]:
    """The spellings of all numbers of the style, place by place. Leading zeros make each number's spelling unique to one template."""
    if style == "dword":
        return [[*"DWORD (0x", *[_HEX] * 8, ")"]]
    if style == "qword":
        return [[*"QWORD (0x", *[_HEX] * 8, *"-0x", *[_HEX] * 8, ")"]]
    return [[*"0x0"], *([*"0x", _HEX[1:], *[_HEX] * length] for length in range(16))]


def _items(pattern: Pattern, cased: bool) -> tuple[str | Chars | AnyMany, ...]:
    items: list[str | Chars | AnyMany] = []
    for token in pattern.tokens:
        if isinstance(token, str):
            items.extend(Chars.of(character) if cased else Chars.of(character).folded() for character in token)
        else:
            items.append(token.folded() if isinstance(token, Chars) and not cased else token)
    return tuple(items)


class _Counter:
    """How many fillings of a template match a pattern, and which."""

    def __init__(self, template: list[_Slot], items: tuple[str | Chars | AnyMany, ...]) -> None:
        self._template = template
        self._items = items
        self._count = lru_cache(maxsize=None)(self._counted)
        self._start = self._closed(frozenset({0}))
        self.total = self._count(0, self._start)

    def spelled(self) -> Iterator[str]:
        """The digits of every filling that matches."""
        yield from self._spell(0, self._start, "")

    def _counted(self, place: int, states: frozenset[int]) -> int:
        if not states:
            return 0
        if place == len(self._template):
            return int(len(self._items) in states)
        return sum(self._count(place + 1, self._after(states, character)) for character in self._template[place])

    def _spell(self, place: int, states: frozenset[int], digits: str) -> Iterator[str]:
        if self._count(place, states) == 0:
            return
        if place == len(self._template):
            yield digits
            return
        slot = self._template[place]
        for character in slot:
            yield from self._spell(place + 1, self._after(states, character), digits + character if len(slot) > 1 else digits)

    def _after(self, states: frozenset[int], character: str) -> frozenset[int]:
        reached = set()
        for state in states:
            item = self._items[state] if state < len(self._items) else None
            if isinstance(item, AnyMany):
                reached.add(state)
            elif isinstance(item, Chars) and character in item:
                reached.add(state + 1)
        return self._closed(frozenset(reached))

    def _closed(self, states: frozenset[int]) -> frozenset[int]:
        return states | {state + 1 for state in states if state < len(self._items) and isinstance(self._items[state], AnyMany)}
