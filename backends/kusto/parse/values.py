"""What a Kusto expression can be: a value of one of the language's types, as a term over columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sigma_amsi.predicate.construct import Spelling
from sigma_amsi.predicate.tree import TimeUnit
from sigma_amsi.predicate.truth import Truth
from sigma_amsi.term import Term


@dataclass(frozen=True, slots=True)
class String:
    """A string. Kusto strings are never null: where the term is absent, the string is empty.

    spelling: the case into which `tolower` or `toupper` brought the term's text.
    """

    term: Term
    spelling: Spelling | None = None


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A member of a dynamic column, null where the term is absent."""

    term: Term


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number, null where the term is absent.

    digits: whether the term may have leading zeros; else its text is the number's canonical decimal.
    """

    term: Term
    digits: bool = False


@dataclass(frozen=True, slots=True)
class Hexadecimal:
    """The text that `tohex` gives, padded with zeros to a width."""

    of: Number
    width: int


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean column, null where the term is absent."""

    term: Term


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time, null where the term is absent; a literal has no term."""

    term: Term | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a date and time as a number."""

    term: Term
    unit: TimeUnit


@dataclass(frozen=True, slots=True)
class Length:
    """The number of characters of a string."""

    term: Term


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of constants."""

    items: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Bag:
    """A dynamic column, or a part of one, of which only the members have types."""

    path: str


Value: TypeAlias = String | Dynamic | Number | Hexadecimal | Flag | Moment | Part | Length | Listing | Bag | Truth

KINDS: Mapping[type, str] = {
    String: "a string",
    Dynamic: "a dynamic value",
    Number: "a number",
    Hexadecimal: "a hexadecimal number",
    Flag: "a bool",
    Moment: "a datetime",
    Part: "a number",
    Length: "a number",
    Listing: "a list",
    Bag: "a bag",
    Truth: "a condition",
}
"""What messages call a value."""
