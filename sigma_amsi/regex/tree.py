"""Regular expressions as trees: what every dialect is read into and written from.

A tree holds what an expression *means*: classes are sets of characters, `.` is the set that it stands for under the flags in force, anchors
say exactly where they hold, groups have disappeared into the nesting. Captures are not kept, since a test only asks whether a value matches.
"""

from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.characters import Chars


class Literal(Struct, frozen=True):
    """A run of one or more characters that stand for themselves."""

    text: str


class OneOf(Struct, frozen=True):
    """One character of a set. The empty set matches nothing."""

    chars: Chars


class Sequence(Struct, frozen=True):
    """All items, one after the other. The empty sequence matches the empty string."""

    items: tuple["RegexTree", ...]


class Choice(Struct, frozen=True):
    """Any one of two or more options."""

    options: tuple["RegexTree", ...]


class Repeat(Struct, frozen=True):
    """`item` from `minimum` to `maximum` times; no maximum is None. Greed has no part in whether a value matches."""

    item: "RegexTree"
    minimum: int
    maximum: int | None


class Place(Enum):
    """Where an anchor holds."""

    TEXT_START = "at the start of the value"
    TEXT_END = "at the end of the value"
    TEXT_END_OR_LAST_NEWLINE = "at the end of the value, or before a newline that ends it"
    LINE_START = "at the start of the value or after a newline"
    LINE_END = "at the end of the value or before a newline"
    WORD_EDGE = "between an ASCII word character and none"
    NO_WORD_EDGE = "anywhere but between an ASCII word character and none"


class Anchor(Struct, frozen=True):
    """A condition on a position that consumes nothing."""

    place: Place


RegexTree: TypeAlias = Literal | OneOf | Sequence | Choice | Repeat | Anchor

EMPTY = Sequence(())


def sequence(items: list[RegexTree]) -> RegexTree:
    """The sequence of `items`, flat, with neighbouring literals joined; a single item is itself."""
    flat: list[RegexTree] = []
    for item in items:
        for part in item.items if isinstance(item, Sequence) else (item,):
            previous = flat[-1] if flat else None
            if isinstance(part, Literal) and isinstance(previous, Literal):
                flat[-1] = Literal(previous.text + part.text)
            else:
                flat.append(part)
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def choice(options: list[RegexTree]) -> RegexTree:
    """The choice among `options`, flat and without doubles; a single option is itself."""
    flat: dict[RegexTree, None] = {}
    for option in options:
        flat.update(dict.fromkeys(option.options if isinstance(option, Choice) else (option,)))
    return next(iter(flat)) if len(flat) == 1 else Choice(tuple(flat))
