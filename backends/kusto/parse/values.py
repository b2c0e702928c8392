"""What a Kusto expression can be: a value of one of the language's types, as a term over columns."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.predicate.construct import Spelling
from sigma_amsi.predicate.tree import TimeUnit
from sigma_amsi.predicate.truth import Truth
from sigma_amsi.term import Term


class String(Struct, frozen=True):
    """A string. Kusto strings are never null: where the term is absent, the string is empty.

    spelling: the case into which `tolower` or `toupper` brought the term's text.
    """

    term: Term
    spelling: Spelling | None = None


class Dynamic(Struct, frozen=True):
    """A member of a dynamic column, null where the term is absent."""

    term: Term


class Number(Struct, frozen=True):
    """A whole number, null where the term is absent.

    digits: whether the term may have leading zeros; else its text is the number's canonical decimal.
    """

    term: Term
    digits: bool = False


class Hexadecimal(Struct, frozen=True):
    """The text that `tohex` gives, padded with zeros to a width."""

    of: Number
    width: int


class Flag(Struct, frozen=True):
    """A boolean column, null where the term is absent."""

    term: Term


class Moment(Struct, frozen=True):
    """A date and time, null where the term is absent; a literal has no term."""

    term: Term | None


class Part(Struct, frozen=True):
    """A part of a date and time as a number."""

    term: Term
    unit: TimeUnit


class Length(Struct, frozen=True):
    """The number of characters of a string."""

    term: Term


class Listing(Struct, frozen=True):
    """A list of constants."""

    items: tuple["Value", ...]


class Bag(Struct, frozen=True):
    """A dynamic column, or a part of one, of which only the members have types."""

    path: str


Value: TypeAlias = String | Dynamic | Number | Hexadecimal | Flag | Moment | Part | Length | Listing | Bag | Truth

TEXTS = (String, Dynamic)
"""The types whose values are compared as text. A tuple: `isinstance` with a union has to make the union first."""

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
