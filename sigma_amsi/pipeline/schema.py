"""Schemas: the tables and columns of a SIEM, how they compare, what they cannot hold, and facts about rows. A schema knows no Sigma."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct, field

from sigma_amsi.characters import Chars
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.regex.tree import RegexTree

ColumnKind: TypeAlias = Literal["text", "integer", "boolean", "time", "address", "dynamic"]
Comparison: TypeAlias = Literal["operator", "exact", "folded"]
Basis: TypeAlias = Literal["official", "vendor", "site"]


class ColumnType(Struct, frozen=True):
    """One column, or with a name such as `winlog.event_data.*` every column of an open bag.

    kind: what it holds; `dynamic` is a Kusto bag's member, whose text is compared.
    native: the vendor's own word for the type (`keyword`, `wildcard`, `long`).
    compares: `operator` when the query's operator decides about case, `exact` when case always counts, `folded` when it never does.
    many: whether a row may have several values in it.
    absent_for: the texts that ingestion drops or the type cannot hold: a row never has them, the column is absent instead. `('',)` is a
        column that cannot tell an empty value from none.
    values: the closed list of texts that it can hold, where the vendor gives one.
    source: where this is documented.
    folded_by: the fact that makes an exactly comparing column `folded`; empty where the column is folded by itself.
    texts: an expression that is found in every text that the column can hold (anchored where it is about the whole text), None for any text.
    texts_by: the fact that says so; empty where the official schema does.
    words: of a text that is cut into words when it is stored, the characters that its words are made of: a word is a run of them that none of
        them stands beside. None where the text is kept whole, or cut by other rules.
    """

    name: str
    kind: ColumnKind = "text"
    native: str = ""
    compares: Comparison = "operator"
    many: bool = False
    absent_for: tuple[str, ...] = ()
    values: tuple[str, ...] | None = None
    source: str = ""
    folded_by: str = ""
    texts: RegexTree | None = None
    texts_by: str = ""
    words: Chars | None = None


class Fact(Struct, frozen=True):
    """A named statement about rows that a proof may use.

    holds: what every row satisfies, None when the fact only backs a term of a pipeline.
    folds: columns (or `*` for all that compare exactly) that compare without case when the fact is declared.
    texts: an expression that is found in every text of the columns that name the fact.
    columns: those that the table has besides when the fact is declared.
    basis: official facts are always used; vendor facts are used and named in the verdict; site facts hold only where a site file or
        `--assume` declares them, and are named.
    """

    name: str
    says: str
    basis: Basis
    source: str
    holds: Predicate | None = None
    folds: tuple[str, ...] = ()
    texts: RegexTree | None = None
    columns: tuple[str, ...] = ()


EMPTY_IS_ABSENT = Fact(
    "empty-is-absent",
    "a field without a value, and one whose value the SIEM drops (an empty text, in some a dash), count as the same",
    "vendor",
    "the schema's absent_for",
)
"""What is assumed when a rule tests a field for null, for presence or for a text that its column is documented not to keep."""


class Table(Struct, frozen=True, eq=False):
    """A table or index pattern. Two tables are the same only if they are one object.

    name: empty where the query names none (Splunk, Elastic): the log source's condition then selects the rows.
    """

    name: str
    columns: Mapping[str, ColumnType]
    facts: tuple[Fact, ...] = ()

    def column(self, name: str) -> ColumnType | None:
        """The type of a column, found by its name or by the longest open bag that covers it; None when the table has no such column."""
        if name in self.columns:
            return self.columns[name]
        parts = name.split(".")
        for length in range(len(parts) - 1, -1, -1):
            bag = self.columns.get(".".join([*parts[:length], "*"]))
            if bag is not None:
                return bag
        return None


class Schema(Struct, frozen=True):
    """The tables of one SIEM.

    macros: Splunk macros that the site file declares, name without backticks -> what they expand to.
    """

    name: str
    title: str
    tables: Mapping[str, Table]
    facts: tuple[Fact, ...] = ()
    macros: Mapping[str, str] = field(default_factory=dict)

    def table(self, name: str) -> Table | None:
        return self.tables.get(name)
