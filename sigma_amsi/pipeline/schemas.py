"""Schema files: tables, columns and facts of a SIEM, with what a site file adds to them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.pipeline.conditions import read_condition
from sigma_amsi.pipeline.lazy import Lazy
from sigma_amsi.pipeline.nodes import ListNode, MapNode, Node, TextNode, check_keys, choice, fail, fail_at_key, mapping, near, text, texts
from sigma_amsi.pipeline.schema import EMPTY_IS_ABSENT, Basis, ColumnType, Fact, Schema, Table
from sigma_amsi.pipeline.site import Site
from sigma_amsi.predicate.tree import Predicate

_KINDS = ("text", "integer", "boolean", "time", "address", "dynamic")
_COMPARISONS = ("operator", "exact", "folded")
_BASES = ("official", "vendor", "site")


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """The facts of a schema and site file. `every` has the names of all; `in_force` those that may be used."""

    every: Collection[str]
    in_force: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class _FactSource:
    """A fact as it is written. `table` is None where it is about the rows of every table that has its columns."""

    name: str
    node: MapNode
    table: str | None
    basis: Basis
    folds: tuple[str, ...]


def read_schema(document: MapNode, site: Site) -> tuple[Schema, KnownFacts]:
    """The schema of a file, with the columns, facts and macros of a site file. Tables are read when they are asked for.

    A fact that is in force and folds columns makes them `folded`, with its name in `folded_by`.
    """
    check_keys(document, "a schema", ["schema", "title", "tables"], ["source", "defaults", "types", "facts"])
    entries = document.entries
    nodes = mapping(entries["tables"], "'tables'")
    sources = {source.name: source for source in _fact_sources(document, nodes, site)}
    in_force = [source for source in sources.values() if source.basis != "site" or source.name in site.declared]
    reader = _TableReader(_templates(document), nodes, site, tuple(sources.values()), tuple(in_force))
    _check_declarations(site, sources, nodes)
    tables = Lazy({name: partial(reader.read, name) for name in nodes.entries})
    everywhere = {source.name: _read_fact(source, tables.values()) for source in sources.values() if source.table is None}
    makers = {source.name: partial(_find_fact, source, everywhere, tables) for source in in_force}
    _check_folds(in_force, tables)
    schema = Schema(text(entries["schema"], "'schema'"), text(entries["title"], "'title'"), tables, tuple(everywhere.values()), site.macros)
    return schema, KnownFacts(tuple(sources), Lazy({EMPTY_IS_ABSENT.name: lambda: EMPTY_IS_ABSENT, **makers}))


@dataclass(frozen=True, slots=True)
class _TableReader:
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
        for column, said in self.site.columns.get(name, {}).items():
            if column in columns:
                fail(said, "known-column", f"the schema has the column '{column}' already")
            columns[column] = self._column(column, said)
        for fact in self.in_force:
            if fact.table in (None, name):
                _fold(columns, fact, Table(name, columns))
        bare = Table(name, columns)
        return replace(bare, facts=tuple(_read_fact(fact, [bare]) for fact in self.facts if fact.table == name))

    def _column(self, name: str, node: Node) -> ColumnType:
        if isinstance(node, TextNode):
            return ColumnType(name, **self._template(node))
        said = mapping(node, f"the column '{name}'")
        check_keys(said, f"the column '{name}'", (), ["type", *_PROPERTIES])
        template = self._template(said.entries["type"]) if "type" in said.entries else self.templates[""]
        return ColumnType(name, **{**template, **_properties(said)})

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


_PROPERTIES = ("kind", "compares", "many", "absent_for", "values", "source")


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
        elif name == "source":
            said[name] = text(value, "'source'")
    return said


def _fact_sources(document: MapNode, tables: MapNode, site: Site) -> Iterator[_FactSource]:
    lines: dict[str, tuple[Path, int]] = {EMPTY_IS_ABSENT.name: (document.path, 0)}
    groups: list[tuple[str | None, Mapping[str, Node]]] = []
    for name, table in (None, document), *((name, mapping(node, f"the table '{name}'")) for name, node in tables.entries.items()):
        if "facts" in table.entries:
            groups.append((name, mapping(table.entries["facts"], "'facts'").entries))
    for table_name, facts in *groups, (None, site.facts):
        for name, node in facts.items():
            fact = mapping(node, f"the fact '{name}'")
            if name in lines:
                path, line = lines[name]
                fail(fact, "known-fact", f"there is a fact '{name}' already" + (f": {path}:{line}" if line else ""))
            lines[name] = (fact.path, fact.line)
            own = facts is site.facts
            check_keys(fact, f"the fact '{name}'", ["says"] if own else ["says", "basis", "source"], ["name", "source", "holds", "folds"])
            basis = "site" if own else choice(fact.entries["basis"], "'basis'", _BASES)
            folds = texts(fact.entries["folds"], "'folds'") if "folds" in fact.entries else ()
            yield _FactSource(name, fact, table_name, cast(Basis, basis), folds)


def _read_fact(source: _FactSource, tables: Collection[Table]) -> Fact:
    entries = source.node.entries
    origin = text(entries["source"], "'source'") if "source" in entries else str(source.node.path)
    holds = _read_holds(entries["holds"], tables) if "holds" in entries else None
    return Fact(source.name, text(entries["says"], "'says'"), source.basis, origin, holds, source.folds)


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
    assert unknown is not None  # a schema has a table
    raise unknown


def _find_fact(source: _FactSource, everywhere: Mapping[str, Fact], tables: Mapping[str, Table]) -> Fact:
    if source.table is None:
        return everywhere[source.name]
    return next(fact for fact in tables[source.table].facts if fact.name == source.name)


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


def _check_declarations(site: Site, facts: Mapping[str, _FactSource], tables: MapNode) -> None:
    for name, node in site.declared.items():
        if name not in facts and name != EMPTY_IS_ABSENT.name:
            message, hint = f"the schema has no fact '{name}'", near(name, tuple(facts))
            if node is None:
                raise ConfigurationError(Problem("unknown-fact", message, hint=hint))
            fail(node, "unknown-fact", message, hint)
    for table, columns in site.columns.items():
        if table not in tables.entries:
            fail(next(iter(columns.values())), "unknown-table", f"the schema has no table '{table}'", near(table, tuple(tables.entries)))
