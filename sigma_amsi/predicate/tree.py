"""The boolean tree of tests over one event or row that rules, queries and facts all are read into."""

from collections.abc import Iterable
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network
from typing import Literal, TypeAlias

from msgspec import Struct

from sigma_amsi.pattern import Pattern
from sigma_amsi.regex.tree import RegexTree
from sigma_amsi.term import Term


class AnyField(Struct, frozen=True):
    """Every field of the event at once: the subject of a keyword."""


class Matches(Struct, frozen=True):
    """The value's text matches the whole pattern. A number's text is its canonical decimal, a boolean's is `true` or `false`."""

    pattern: Pattern
    cased: bool = False


class Regex(Struct, frozen=True):
    """The expression is found somewhere in the value's text."""

    tree: RegexTree
    cased: bool = True


class Compare(Struct, frozen=True):
    """The value is a number, or the text of one, and stands in this order to `number`. Other values fail."""

    operator: Literal["<", "<=", ">", ">="]
    number: Decimal


class InNetwork(Struct, frozen=True):
    """The value is the text of an address of the network's own family that lies in the network. Other values fail."""

    network: IPv4Network | IPv6Network


class Null(Struct, frozen=True):
    """The subject is absent, or null."""


class Empty(Struct, frozen=True):
    """The subject is present and a value of it is the empty text."""


class Exists(Struct, frozen=True):
    """The subject is present, with whatever value, null too."""


class Same(Struct, frozen=True):
    """A value of the subject equals, contains, starts with or ends with a value of `other`."""

    other: Term
    how: Literal["equals", "contains", "startswith", "endswith"] = "equals"
    cased: bool = False


TimeUnit: TypeAlias = Literal["minute", "hour", "day", "week", "month", "year"]


class TimePart(Struct, frozen=True):
    """The value is a date and time whose part has this number (day of the month, ISO week). Other values fail."""

    unit: TimeUnit
    number: int


Matcher: TypeAlias = Matches | Regex | Compare | InNetwork | Null | Empty | Exists | Same | TimePart


class Test(Struct, frozen=True, cache_hash=True):
    """A leaf: the subject is present and one of its values passes the matcher; Null and Exists say what they mean of an absent subject."""

    __test__ = False  # keeps pytest from collecting the class

    subject: "Term | AnyField"
    holds: Matcher


class And(Struct, frozen=True):
    parts: tuple["Predicate", ...]


class Or(Struct, frozen=True):
    parts: tuple["Predicate", ...]


class Not(Struct, frozen=True):
    part: "Predicate"


Predicate: TypeAlias = And | Or | Not | Test

TRUE = And(())
FALSE = Or(())


def all_of(parts: Iterable[Predicate]) -> Predicate:
    """The conjunction: flat, without doubles and constants; a single part is itself. The order of first mention stays."""
    flat: dict[Predicate, None] = {}
    for part in parts:
        if isinstance(part, And):
            flat.update(dict.fromkeys(part.parts))
        elif isinstance(part, Or) and not part.parts:
            return FALSE
        else:
            flat[part] = None
    return next(iter(flat)) if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Predicate]) -> Predicate:
    """The disjunction: flat, without doubles and constants; a single part is itself. The order of first mention stays."""
    flat: dict[Predicate, None] = {}
    for part in parts:
        if isinstance(part, Or):
            flat.update(dict.fromkeys(part.parts))
        elif isinstance(part, And) and not part.parts:
            return TRUE
        else:
            flat[part] = None
    return next(iter(flat)) if len(flat) == 1 else Or(tuple(flat))


def negation(part: Predicate) -> Predicate:
    """The negation, with a double one undone and a constant turned round."""
    if isinstance(part, Not):
        return part.part
    if part == TRUE:
        return FALSE
    if part == FALSE:
        return TRUE
    return Not(part)
