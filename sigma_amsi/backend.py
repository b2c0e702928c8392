"""The contract that a query language fulfils: what it can say, how a query is written, and how any text in the language is read."""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct, field

from sigma_amsi.package.format import Format
from sigma_amsi.pipeline.schema import Schema, Table
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.term import Term


class Statement(Struct, frozen=True):
    """What a query has to say: the rows of `table` that satisfy `where` and `detection`, predicates over columns.

    names: the Sigma field that a term stands for, to call computed columns by. It has no say in what the query means.
    """

    table: Table
    where: Predicate
    detection: Predicate
    schema: Schema
    names: Mapping[Term, str] = field(default_factory=dict)


class Reading(Struct, frozen=True):
    """What a query text says. `table` is None where the language's queries name no table."""

    table: str | None
    predicate: Predicate


class Capability(Struct, frozen=True):
    """How a language treats one kind of term or matcher.

    emitted: the language has it. rewritten: said in other words, which `note` describes. partly: some cases are refused. refused: never.
    """

    how: Literal["emitted", "rewritten", "partly", "refused"]
    note: str = ""
    code: str = ""


class Limit(Struct, frozen=True):
    """A limit of the engine that is checked at conversion; `source` is where it is documented or was measured."""

    name: str
    value: int
    says: str
    source: str


Capabilities: TypeAlias = Mapping[type, Capability]


class Backend(Struct, frozen=True):
    """One query language.

    suffix: what the name of a file with a query ends in, without the dot.
    generate(statement): the query text; raises `Refused` where the language or engine cannot say it.
    parse(text, schema, table): what any text of the language says; raises `Unreadable`. `table` is the table that the query runs on where
        its text names none. Shares no code with `generate`.
    capabilities: an entry for every class of term and of matcher, and for AnyField; the support matrix is printed from it.
    pipelines: names of the pipelines that fit the language.
    formats: what its queries can be packaged as; `default`, the bare text, needs no entry. Their functions are imported when called.
    """

    name: str
    title: str
    suffix: str
    generate: Callable[[Statement], str]
    parse: Callable[[str, Schema, Table], Reading]
    capabilities: Capabilities
    limits: tuple[Limit, ...]
    pipelines: tuple[str, ...]
    formats: tuple[Format, ...] = ()
