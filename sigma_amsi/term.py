"""Terms: what a test looks at. A field before substitution, columns and a closed set of operations on them after it.

A term has, on a record, a tuple of values: none where it is absent, several where a column holds several. Operations apply to each
combination of their parts' values. Texts are compared by the test's matcher; the operations themselves say below where they ignore case.
"""

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from sigma_amsi.predicate.tree import Predicate


class Field(Struct, frozen=True):
    """A field of a Sigma rule, by its name. Only before substitution."""

    name: str


class Column(Struct, frozen=True):
    """A column of the SIEM's table, by its full name (`process.executable`, `EventData.Image`)."""

    name: str


class Text(Struct, frozen=True):
    """A constant."""

    value: str


class Absent(Struct, frozen=True):
    """No value: what a conditional gives where the SIEM has nothing to show."""


class Join(Struct, frozen=True):
    """The parts one after the other. An absent part counts as the empty text; absent only when every part that is no constant is absent."""

    parts: tuple["Term", ...]


class First(Struct, frozen=True):
    """The first of the terms that is present and not the empty text."""

    terms: tuple["Term", ...]


class When(Struct, frozen=True):
    """`then` on the rows that satisfy `test`, `otherwise` on the others."""

    test: "Predicate"
    then: "Term"
    otherwise: "Term"


class Prefix(Struct, frozen=True):
    """`of` with its beginning spelled differently.

    The first pair (column's spelling, Sigma's spelling) of the table whose column spelling begins the value, in any case, applies; the
    rest of the value stays. A value that no pair begins stays whole.
    """

    of: "Term"
    table: tuple[tuple[str, str], ...]


class Values(Struct, frozen=True):
    """Another value for each of a closed list: pairs (column's value, Sigma's value). Compared in any case; a value not listed is absent."""

    of: "Term"
    table: tuple[tuple[str, str], ...]


class XmlText(Struct, frozen=True):
    """`of`, which holds XML text, with its entities `&amp;`, `&lt;` and `&gt;` decoded; any other `&` stays."""

    of: "Term"


class NumberText(Struct, frozen=True):
    """`of`, a decimal number without leading zeros, in the spelling that Windows events use; any other text stays as it is.

    dword: `DWORD (0x00000001)`, for numbers below 2**32. qword: `QWORD (0x00000000-0x00000001)`, high and low half, below 2**64.
    hex: `0x3e7`, lower case without leading zeros, below 2**64.
    """

    of: "Term"
    style: Literal["dword", "qword", "hex"]


Term: TypeAlias = Field | Column | Text | Absent | Join | First | When | Prefix | Values | XmlText | NumberText
