"""The boolean tree of tests over one event or row that rules, queries and facts all are read into."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network
from typing import Literal, TypeAlias

from sigma_amsi.pattern import Pattern
from sigma_amsi.regex.tree import RegexTree
from sigma_amsi.term import Term


@dataclass(frozen=True, slots=True)
class AnyField:
    """Every field of the event at once: the subject of a keyword."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The value's text matches the whole pattern. A number's text is its canonical decimal, a boolean's is `true` or `false`."""

    pattern: Pattern
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Regex:
    """The expression is found somewhere in the value's text."""

    tree: RegexTree
    cased: bool = True


@dataclass(frozen=True, slots=True)
class Compare:
    """The value is a number, or the text of one, and stands in this order to `number`. Other values fail."""

    operator: Literal["<", "<=", ">", ">="]
    number: Decimal


@dataclass(frozen=True, slots=True)
class InNetwork:
    """The value is the text of an address of the network's own family that lies in the network. Other values fail."""

    network: IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Null:
    """The subject is absent, or null."""


@dataclass(frozen=True, slots=True)
class Empty:
    """The subject is present and a value of it is the empty text."""


@dataclass(frozen=True, slots=True)
class Exists:
    """The subject is present, with whatever value, null too."""


@dataclass(frozen=True, slots=True)
class Same:
    """A value of the subject equals, contains, starts with or ends with a value of `other`."""

    other: Term
    how: Literal["equals", "contains", "startswith", "endswith"] = "equals"
    cased: bool = False


TimeUnit: TypeAlias = Literal["minute", "hour", "day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class TimePart:
    """The value is a date and time whose part has this number (day of the month, ISO week). Other values fail."""

    unit: TimeUnit
    number: int


Matcher: TypeAlias = Matches | Regex | Compare | InNetwork | Null | Empty | Exists | Same | TimePart


@dataclass(frozen=True, slots=True)
class Test:
    """A leaf: the subject is present and one of its values passes the matcher; Null and Exists say what they mean of an absent subject."""

    __test__ = False  # keeps pytest from collecting the class

    subject: "Term | AnyField"
    holds: Matcher


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Predicate"


Predicate: TypeAlias = And | Or | Not | Test

TRUE = And(())
FALSE = Or(())


def all_of(parts: Iterable[Predicate]) -> Predicate:
    """The conjunction: flat, without doubles and constants; a single part is itself. The order of first mention stays."""
    flat: dict[Predicate, None] = {}
    for part in parts:
        if part == FALSE:
            return FALSE
        flat.update(dict.fromkeys(part.parts if isinstance(part, And) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Predicate]) -> Predicate:
    """The disjunction: flat, without doubles and constants; a single part is itself. The order of first mention stays."""
    flat: dict[Predicate, None] = {}
    for part in parts:
        if part == TRUE:
            return TRUE
        flat.update(dict.fromkeys(part.parts if isinstance(part, Or) else (part,)))
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
