"""Which values of a term's operand give a value that passes a test: the inverse of the operations that spell values differently."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Literal, TypeAlias

from msgspec import Struct

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


def needed_prefixes(table: Table, matchers: Iterable[Matcher]) -> Table:
    """The pairs of a `Prefix` table that some of the tests can notice; without the others the tests answer the same on every value.

    `endswith {GUID}` does not care how the beginning of a registry key is spelled.
    """
    asked = [holds for holds in matchers if not isinstance(holds, Null | Exists)]
    shapes = [_Shape.of(holds.pattern, holds.cased) for holds in asked if isinstance(holds, Matches) and holds.pattern.tokens]
    notices_all = len(shapes) < len(asked)
    kept: list[tuple[str, str]] = []
    beginnings: list[str] = []
    for pair in reversed(table):
        own = fold(pair[0])
        hides = any(own.startswith(later) or later.startswith(own) for later in beginnings)
        if hides or notices_all or any(shape.notices(_spellings(*pair, shape.cased)) for shape in shapes):
            kept.append(pair)
            beginnings.append(own)
    return tuple(reversed(kept))


def before_prefix(pattern: Pattern, table: Table) -> tuple[Pattern, ...] | None:
    """Patterns in the column's own spelling for a pattern without case; None where no patterns say exactly that."""
    if not pattern.tokens or not isinstance(pattern.tokens[0], str):
        return None
    text, rest = pattern.tokens[0], pattern.tokens[1:]
    folded = fold(text)
    found: list[Pattern] = []
    earlier: list[str] = []
    for own, other in table:
        beginning, spelled = fold(own), fold(other)
        if folded.startswith(spelled):
            head, inverse = beginning + folded[len(other) :], Pattern.of(own + text[len(other) :], *rest)
        elif rest and spelled.startswith(folded):
            if rest != (ANY_MANY,):
                return None
            head, inverse = beginning, starting(own)
        else:
            earlier.append(beginning)
            continue
        if not head.startswith(tuple(earlier)):  # else an earlier pair takes all these values
            if rest and any(before.startswith(head) for before in earlier):
                return None  # it takes some of them
            found.append(inverse)
        earlier.append(beginning)
    if folded.startswith(tuple(earlier)):
        return tuple(found)
    if rest and any(beginning.startswith(folded) for beginning in earlier):
        return None
    return (*found, pattern)


_Block: TypeAlias = "str | list[str | Chars]"
"""A stretch of a pattern between two any-manys: a folded text, or, where it has sets, single folded characters and sets."""


class _Spelling(Struct, frozen=True):
    """A spelling of a value's beginning, folded. endings: what it is from each place on at which the other spelling differs, behind it or later."""

    text: str
    endings: tuple[str, ...]

    def touches(self, block: _Block) -> bool:
        """Whether the block could stand, in a value that begins so, at one of these places."""
        if isinstance(block, str):
            return block.startswith(self.endings) or 0 <= self.text.find(block) < len(self.endings)
        return any(_agrees(block, ending) for ending in self.endings)


@lru_cache(maxsize=1024)
def _spellings(own: str, other: str, cased: bool) -> tuple[_Spelling, _Spelling]:
    """The two spellings of a pair; of an ending that they share nothing has to be known, unless letters count."""
    one, two = fold(own), fold(other)
    shared = 0 if cased else _shared_ending(one, two)
    return _spelling(one, len(one) - shared), _spelling(two, len(two) - shared)


def _spelling(text: str, places: int) -> _Spelling:
    return _Spelling(text, tuple(text[place:] for place in range(places)))


def _shared_ending(one: str, two: str) -> int:
    length = 0
    while length < min(len(one), len(two)) and one[-1 - length] == two[-1 - length]:
        length += 1
    return length


class _Shape(Struct, frozen=True):
    """What a pattern looks for, block by block. floats: whether it does not begin where the value does."""

    blocks: list[_Block]
    floats: bool
    cased: bool

    @staticmethod
    def of(pattern: Pattern, cased: bool) -> "_Shape":
        return _Shape(_blocks(pattern), isinstance(pattern.tokens[0], AnyMany), cased)

    def notices(self, spellings: tuple[_Spelling, _Spelling]) -> bool:
        """Whether some value that begins with one spelling might pass where it did not with the other, whatever follows."""
        if not self.floats:
            return any(_agrees(self.blocks[0], spelling.text) for spelling in spellings)  # if it starts with neither, both fail
        return any(spelling.touches(block) for block in self.blocks for spelling in spellings)


def _blocks(pattern: Pattern) -> list[_Block]:
    blocks: list[_Block] = []
    for is_gap, tokens in groupby(pattern.tokens, lambda token: isinstance(token, AnyMany)):
        if not is_gap:
            items = [fold(token) if isinstance(token, str) else token for token in tokens if not isinstance(token, AnyMany)]
            first = items[0]
            blocks.append(first if isinstance(first, str) and len(items) == 1 else [each for item in items for each in _singly(item)])
    return blocks


def _singly(item: str | Chars) -> Iterable[str | Chars]:
    return item if isinstance(item, str) else (item,)


def _agrees(block: _Block, text: str) -> bool:
    """Whether the block could stand at the beginning of the folded text, as far as both go, in any case."""
    if isinstance(block, str):
        return block.startswith(text) or text.startswith(block)
    return all(
        item == character if isinstance(item, str) else character in item or other_case(character) in item
        for item, character in zip(block, text, strict=False)
    )


# -- NumberText --------------------------------------------------------------------------------------------------------------------------


class Numbers(Struct, frozen=True):
    """The numbers whose spelling passes: listed, or, when `every` is set, all that the style can spell."""

    listed: tuple[int, ...] = ()
    every: bool = False


def limit_of(style: Style) -> int:
    """The first number that the style cannot spell."""
    return 1 << (32 if style == "dword" else 64)


@lru_cache(maxsize=1024)
def numbers_before(pattern: Pattern, cased: bool, style: Style) -> Numbers | None:
    """The numbers whose `NumberText` spelling matches the pattern; None when they are too many to list and not all."""
    spelled = _characters(style)
    if not all(spelled.issuperset(fold(token)) for token in pattern.tokens if isinstance(token, str)):
        return Numbers()  # most patterns are for other texts, and to count is slow
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


@lru_cache(maxsize=3)
def _characters(style: Style) -> frozenset[str]:
    """All that the spellings of the style consist of, folded."""
    return frozenset(fold("".join(slot for template in _templates(style) for slot in template)))


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
