"""What an expression of `eval` and `where` can be."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.errors import Unreadable
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.construct import Known, Spelling
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.predicate.truth import Truth
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.term import Absent, Column, Term, Text, When

_WHOLE = re.compile("0|-?[1-9][0-9]*")


class String(Struct, frozen=True):
    """A field or a text, null where the term is absent.

    spelling: the case into which `lower` or `upper` brought the term's text.
    """

    term: Term
    spelling: Spelling | None = None


class Number(Struct, frozen=True):
    """A numeric constant."""

    number: Decimal


class Numeric(Struct, frozen=True):
    """The number that `tonumber` reads in a text, null where the text is none."""

    term: Term


class Length(Struct, frozen=True):
    """The number of characters of a text, null where the term is absent."""

    term: Term


class Found(Struct, frozen=True):
    """A value of which no more is known than where there is one."""

    present: Predicate


Value: TypeAlias = String | Number | Numeric | Length | Found | Truth

KINDS: Mapping[type, str] = {
    String: "a text",
    Number: "a number",
    Numeric: "a number",
    Length: "a length",
    Found: "an extracted value",
    Truth: "a condition",
}
"""What messages call a value."""


class Site(Struct, frozen=True):
    """Where an expression stands: the table, what is known of its rows there, and the place in the original text."""

    table: Table
    known: Known
    offset: int

    def unreadable(self, message: str) -> Unreadable:
        """The error that says so of this place."""
        return Unreadable(message, self.offset)


def constant_text(value: Value) -> str | None:
    """The text of a constant."""
    return value.term.value if isinstance(value, String) and isinstance(value.term, Text) else None


def has_numbers_only(term: Term, table: Table) -> bool:
    """Whether every value of the term is the canonical decimal of a whole number."""
    match term:
        case Column(name):
            column = table.column(name)
            return column is not None and column.kind == "integer"
        case Text(value):
            return _WHOLE.fullmatch(value) is not None
        case When(_, then, otherwise):
            return has_numbers_only(then, table) and has_numbers_only(otherwise, table)
    return isinstance(term, Absent)


def has_many(term: Term, table: Table) -> bool:
    """Whether the term reads a column that can have several values."""
    columns = (table.column(name) for name in columns_of(term))
    return any(column is not None and column.many for column in columns)
