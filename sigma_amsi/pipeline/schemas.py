"""Schema files: tables, columns and facts of a SIEM, with what a site file adds to them."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from sigma_amsi.characters import Chars
from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.hints import near
from sigma_amsi.pipeline.conditions import read_condition
from sigma_amsi.pipeline.nodes import MapNode, Node, TextNode, check_keys, choice, fail, fail_at_key, mapping, text, texts
from sigma_amsi.pipeline.schema import EMPTY_IS_ABSENT, Basis, ColumnType, Fact, Schema, Table
from sigma_amsi.pipeline.site import Site
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.regex import RegexError
from sigma_amsi.regex.perl import parse as parse_expression
from sigma_amsi.regex.tree import Anchor, OneOf, Place, RegexTree, sequence

_KINDS = ("text", "integer", "boolean", "time", "address", "dynamic")
_COMPARISONS = ("operator", "exact", "folded")
_BASES = ("official", "vendor", "site")


class KnownFacts(Struct, frozen=True):
    """The facts of a schema and site file: the names of all, and those that may be used."""

    every: tuple[str, ...]
    in_force: Mapping[str, Fact]


class _FactSource(Struct, frozen=True):
    """A fact as it is written. `table` is None where it is about the rows of every table that has its columns.

    columns: those that its table has besides when it is declared, name -> type.
    """

    name: str
    node: MapNode
    table: str | None
    basis: Basis
    folds: tuple[str, ...]
    columns: Mapping[str, Node]


def read_schema(document: MapNode, site: Site) -> tuple[Schema, KnownFacts]:
    """The schema of a file, with the columns, facts and macros of a site file. Raises ConfigurationError.

    A fact that is in force and folds columns makes them `folded`, with its name in `folded_by`.
    """
    check_keys(document, "a schema", ["schema", "title", "tables"], ["source", "defaults", "types", "facts"])
    entries = document.entries
    nodes = mapping(entries["tables"], "'tables'")
    if not nodes.entries:
        fail(nodes, "configuration-value", "the schema has no table")
    sources = tuple(_fact_sources(document, nodes, site))
    in_force = {source.name: source for source in sources if source.basis != "site" or source.name in site.declared}
    _check_declarations(site, [source.name for source in sources], nodes)
    reader = _TableReader(_templates(document), nodes, site, sources, tuple(in_force.values()))
    tables = {name: reader.read(name) for name in nodes.entries}
    _check_folds(sources, tables)
    everywhere = tuple(_read_fact(source, tables.values()) for source in sources if source.table is None)
    schema = Schema(text(entries["schema"], "'schema'"), text(entries["title"], "'title'"), tables, everywhere, site.macros)
    facts = {fact.name: fact for group in (everywhere, *(table.facts for table in tables.values())) for fact in group}
    usable = {EMPTY_IS_ABSENT.name: EMPTY_IS_ABSENT, **{name: facts[name] for name in in_force}}
    return schema, KnownFacts(tuple(facts), usable)


class _TableReader(Struct, frozen=True):
    """Reads one table: its columns from what their native types say, its facts, and what facts and site file change.

    templates: native type -> the properties of its columns; the type "" has the defaults.
    """

    templates: Mapping[str, Mapping[str, Any]]
    nodes: MapNode
    site: Site
    facts: tuple[_FactSource, ...]
    in_force: tuple[_FactSource, ...]

    def read(self, name: str) -> Table:
        node = mapping(self.nodes.entries[name], f"the table '{name}'")
        check_keys(node, f"the table '{name}'", ["columns"], ["facts"])
        columns = {column: self._column(column, said) for column, said in mapping(node.entries["columns"], "'columns'").entries.items()}
        for fact in self.in_force:
            if fact.table == name:
                columns.update({column: self._column(column, said) for column, said in fact.columns.items()})
        if name in self.site.columns:
            extra = self.site.columns[name]
            for column, said in extra.entries.items():
                if column in columns:
                    fail_at_key(extra, column, "known-column", f"the schema has the column '{column}' already")
                columns[column] = self._column(column, said)
        for fact in self.in_force:
            if fact.table in (None, name):
                _fold(columns, fact, Table(name, columns))
        bare = Table(name, columns)
        return replace(bare, facts=tuple(_read_fact(fact, [bare]) for fact in self.facts if fact.table == name))

    def _column(self, name: str, node: Node) -> ColumnType:
        if isinstance(node, TextNode):
            return self._of(name, self._template(node))
        said = mapping(node, f"the column '{name}'")
        check_keys(said, f"the column '{name}'", (), ["type", *_PROPERTIES])
        template = self._template(said.entries["type"]) if "type" in said.entries else self.templates[""]
        return self._of(name, {**template, **_properties(said)})

    def _of(self, name: str, properties: Mapping[str, Any]) -> ColumnType:
        """The column; what a fact says of its texts counts where the fact is in force."""
        column = ColumnType(name, **{key: value for key, value in properties.items() if key != "texts"})
        node: TextNode | None = properties.get("texts")
        if node is None:
            return column
        fact = next((fact for fact in self.facts if fact.name == node.text and "texts" in fact.node.entries), None)
        if fact is None:
            fail(node, "unknown-fact", f"no fact '{node.text}' says what texts look like")
        if fact not in self.in_force:
            return column
        return replace(column, texts=_texts_of(fact), texts_by="" if fact.basis == "official" else fact.name)

    def _template(self, node: Node) -> Mapping[str, Any]:
        native = text(node, "a column's type")
        if native not in self.templates or not native:
            fail(node, "unknown-type", f"the schema has no type '{native}'", near(native, [*filter(None, self.templates)]))
        return self.templates[native]


def _templates(document: MapNode) -> dict[str, dict[str, Any]]:
    entries = document.entries
    source = text(entries["source"], "'source'") if "source" in entries else ""
    templates: dict[str, dict[str, Any]] = {"": {"source": source}}
    if "defaults" in entries:
        node = mapping(entries["defaults"], "'defaults'")
        check_keys(node, "'defaults'", (), _PROPERTIES)
        templates[""].update(_properties(node))
    if "types" in entries:
        for native, said in mapping(entries["types"], "'types'").entries.items():
            node = mapping(said, f"the type '{native}'")
            check_keys(node, f"the type '{native}'", (), _PROPERTIES)
            templates[native] = {**templates[""], "native": native, **_properties(node)}
    return templates


_PROPERTIES = ("kind", "compares", "many", "absent_for", "values", "texts", "words", "source")


def _properties(node: MapNode) -> dict[str, Any]:
    """What a mapping says of a column's properties. Its keys are checked already."""
    said: dict[str, Any] = {}
    for name, value in node.entries.items():
        if name == "kind":
            said[name] = choice(value, "'kind'", _KINDS)
        elif name == "compares":
            said[name] = choice(value, "'compares'", _COMPARISONS)
        elif name == "many":
            said[name] = choice(value, "'many'", ("true", "false")) == "true"
        elif name in ("absent_for", "values"):
            said[name] = texts(value, f"'{name}'")
        elif name == "texts":
            text(value, "'texts'")
            said[name] = value
        elif name == "words":
            said[name] = _characters(value)
        elif name == "source":
            said[name] = text(value, "'source'")
    return said


def _characters(node: Node) -> Chars:
    """The characters of a class such as `[a-z]`."""
    written = text(node, "'words'")
    try:
        tree = parse_expression(written).tree
    except RegexError:
        tree = None
    if not isinstance(tree, OneOf):
        fail(node, "configuration-value", f"'words' has to be a class of characters such as '[a-z]', and is '{written}'")
    return tree.chars


def _fact_sources(document: MapNode, tables: MapNode, site: Site) -> Iterator[_FactSource]:
    """The facts as they are written: the schema's, those of its tables, and the site's own."""
    owners: dict[str | None, MapNode] = {None: document}
    for name, node in tables.entries.items():
        owners[name] = mapping(node, f"the table '{name}'")
    places: dict[str, str] = {EMPTY_IS_ABSENT.name: "every schema has it"}
    for owner, owned in owners.items():
        for name, said in mapping(owned.entries["facts"], "'facts'").entries.items() if "facts" in owned.entries else ():
            fact = mapping(said, f"the fact '{name}'")
            check_keys(
                fact,
                f"the fact '{name}'",
                ["says", "basis", "source"],
                ["holds", "folds", "texts", *([] if owner is None else ["columns"])],
            )
            basis = cast(Basis, choice(fact.entries["basis"], "'basis'", _BASES))
            if "columns" in fact.entries and basis != "site":
                fail_at_key(fact, "columns", "configuration-value", "only a site's own columns depend on a fact")
            yield _fact_source(name, fact, owner, basis, places)
    for name, fact in site.facts.items():
        yield _fact_source(name, fact, None, "site", places)


def _fact_source(name: str, node: MapNode, table: str | None, basis: Basis, places: dict[str, str]) -> _FactSource:
    """The fact of a name; `places` knows where the names before it stand."""
    if name in places:
        fail(node, "known-fact", f"there is a fact '{name}' already: {places[name]}")
    places[name] = f"{node.path}:{node.line}"
    entries = node.entries
    folds = texts(entries["folds"], "'folds'") if "folds" in entries else ()
    columns = mapping(entries["columns"], "'columns'").entries if "columns" in entries else {}
    return _FactSource(name, node, table, basis, folds, columns)


def _read_fact(source: _FactSource, tables: Collection[Table]) -> Fact:
    entries = source.node.entries
    origin = text(entries["source"], "'source'") if "source" in entries else str(source.node.path)
    holds = _read_holds(entries["holds"], tables) if "holds" in entries else None
    says = text(entries["says"], "'says'")
    return Fact(source.name, says, source.basis, origin, holds, source.folds, _texts_of(source), tuple(source.columns))


def _texts_of(source: _FactSource) -> RegexTree | None:
    """The expression that a fact says every text of some columns matches."""
    if "texts" not in source.node.entries:
        return None
    node = source.node.entries["texts"]
    try:
        return _whole(text(node, "'texts'"))
    except RegexError as error:
        fail(node, "configuration-value", f"'texts' is no regular expression: {error}")


@lru_cache(maxsize=64)
def _whole(expression: str) -> RegexTree:
    """A regular expression, which counts case, for the whole text."""
    return sequence([Anchor(Place.TEXT_START), parse_expression(expression).tree, Anchor(Place.TEXT_END)])


def _read_holds(node: Node, tables: Collection[Table]) -> Predicate:
    """The condition on the columns of the first table that has them all."""
    unknown: ConfigurationError | None = None
    for table in tables:
        try:
            return read_condition(node, table)
        except ConfigurationError as error:
            if error.problem.code != "unknown-column":
                raise
            unknown = unknown or error
    assert unknown is not None  # every schema has a table
    raise unknown


def _fold(columns: dict[str, ColumnType], fact: _FactSource, table: Table) -> None:
    names = [*columns] if "*" in fact.folds else fact.folds
    for name in names:
        column = table.column(name)
        if column is not None and column.compares == "exact":
            columns[name] = replace(column, name=name, compares="folded", folded_by=fact.name)


def _check_folds(facts: Collection[_FactSource], tables: Mapping[str, Table]) -> None:
    for fact in facts:
        for name in fact.folds:
            if name != "*" and not any(table.column(name) for table in tables.values()):
                fail(fact.node.entries["folds"], "unknown-column", f"no table has a column '{name}'")


def _check_declarations(site: Site, facts: Collection[str], tables: MapNode) -> None:
    for name, node in site.declared.items():
        if name not in facts and name != EMPTY_IS_ABSENT.name:
            message, hint = f"the schema has no fact '{name}'", near(name, facts)
            if node is None:
                raise ConfigurationError(Problem("unknown-fact", message, hint=hint))
            fail(node, "unknown-fact", message, hint)
    for table, columns in site.columns.items():
        if table not in tables.entries:
            fail(columns, "unknown-table", f"the schema has no table '{table}'", near(table, tables.entries.keys()))
