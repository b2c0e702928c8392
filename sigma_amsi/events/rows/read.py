"""Reads row shapes and the log sources of Windows from pipelines/rows."""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.events.conditions import read_event_condition
from sigma_amsi.events.rows.shape import DataColumns, Kind, Missing, Rule, Shape
from sigma_amsi.events.rows.values import (
    CHANGES,
    Changed,
    Choice,
    Constant,
    FieldValue,
    FirstOf,
    Found,
    Hash,
    Joined,
    Last,
    Pieces,
    Respelled,
    Split,
    Translated,
    Value,
    Without,
)
from sigma_amsi.hints import near
from sigma_amsi.pipeline.files import read_schema_file
from sigma_amsi.pipeline.nodes import MapNode, Node, TextNode, check_keys, choice, fail, listing, mapping, read_nodes, text, texts
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.pipeline.schemas import read_schema
from sigma_amsi.pipeline.site import Site


def read_rows_file(name: str) -> MapNode:
    """The nodes of a file of pipelines/rows."""
    source = files("sigma_amsi.pipelines") / "rows" / f"{name}.yml"
    return read_nodes(source.read_bytes(), Path(str(source)))


def shape_names() -> tuple[str, ...]:
    """The names of the pipelines that have a row shape, sorted."""
    folder = files("sigma_amsi.pipelines") / "rows"
    names = (entry.name.removesuffix(".yml") for entry in folder.iterdir() if entry.name.endswith(".yml"))
    return tuple(sorted(name for name in names if name != "windows_events"))


@lru_cache
def load_shape(pipeline: str) -> Shape:
    """The row shape that belongs to a pipeline. Raises ConfigurationError no-row-shape for one that has none."""
    if pipeline not in shape_names():
        message = f"nothing is known about the rows that events become for the pipeline '{pipeline}'"
        raise ConfigurationError(Problem("no-row-shape", message, hint=near(pipeline, shape_names())))
    return _Reader(read_rows_file(pipeline)).shape()


class _Reader:
    """The parts of a shape's file, with those of the shape that it extends."""

    def __init__(self, node: MapNode) -> None:
        check_keys(node, "a row shape", ["rows", "title", "source"], ["extends", "schema", "values", "columns", "data", "drops", "rules"])
        base: _Reader | None = _Reader(read_rows_file(text(node.entries["extends"], "'extends'"))) if "extends" in node.entries else None
        self.name = text(node.entries["rows"], "'rows'")
        self.values: dict[str, Node] = {**(base.values if base else {}), **_entries(node, "values")}
        self.groups: dict[str, dict[str, Node]] = dict(base.groups) if base else {}
        for name, group in _entries(node, "columns").items():
            self.groups[name] = {**self.groups.get(name, {}), **mapping(group, "a group of columns").entries}
        self.data: dict[str, Node] = {**(base.data if base else {}), **_entries(node, "data")}
        self.drops = texts(node.entries["drops"], "'drops'") if "drops" in node.entries else ("",)
        own = listing(node.entries["rules"], "'rules'") if "rules" in node.entries else []
        self.rules: list[Node] = [*own, *(base.rules if base else [])]
        self.tables: Mapping[str, Table] = base.tables if base else {}
        if "schema" in node.entries:
            document = read_schema_file(text(node.entries["schema"], "'schema'"))
            self.tables = read_schema(document, Site())[0].tables

    def shape(self) -> Shape:
        return Shape(self.name, tuple(map(self._rule, self.rules)))

    def _rule(self, node: Node) -> Rule:
        rule = mapping(node, "a rule")
        if "not_collected" in rule.entries:
            check_keys(rule, "a rule", ["when", "not_collected"])
            return Missing(read_event_condition(rule.entries["when"]), text(rule.entries["not_collected"], "the reason"))
        check_keys(rule, "a rule", ["when"], ["table", "use", "columns", "data", "drops"])
        entries = rule.entries
        table = text(entries["table"], "'table'") if "table" in entries else ""
        columns: dict[str, Node] = {}
        for name in texts(entries["use"], "'use'") if "use" in entries else ():
            if name not in self.groups:
                fail(entries["use"], "unknown-group", f"there is no group of columns '{name}'", near(name, tuple(self.groups)))
            columns.update(self.groups[name])
        columns.update(_entries(rule, "columns"))
        return Kind(
            read_event_condition(entries["when"]),
            table,
            tuple((column, self._value(value)) for column, value in columns.items()),
            tuple(self._data(item, table) for item in listing(entries["data"], "'data'")) if "data" in entries else (),
            texts(entries["drops"], "'drops'") if "drops" in entries else self.drops,
        )

    def _data(self, node: Node, table: str) -> DataColumns:
        if isinstance(node, TextNode):
            node = self.data[choice(node, "an entry of 'data'", tuple(self.data))]
        data = mapping(node, "an entry of 'data'")
        check_keys(data, "an entry of 'data'", ["section", "into"], ["value", "only", "without", "unnamed", "clean", "several"])
        entries = data.entries
        if "only" in entries:
            choice(entries["only"], "'only'", ("columns of the table",))
        return DataColumns(
            choice(entries["section"], "'section'", ("EventData", "UserData")),
            text(entries["into"], "'into'"),
            self._value(entries["value"]) if "value" in entries else FieldValue("."),
            frozenset(self.tables[table].columns) if "only" in entries else None,
            frozenset(texts(entries["without"], "'without'")) if "without" in entries else frozenset(),
            text(entries["unnamed"], "'unnamed'") if "unnamed" in entries else "",
            re.compile(text(entries["clean"], "'clean'")) if "clean" in entries else None,
            "several" not in entries or choice(entries["several"], "'several'", ("true", "false")) == "true",
        )

    def _value(self, node: Node) -> Value:
        if isinstance(node, TextNode):
            name = text(node, "a value")
            return self._value(self.values[name]) if name in self.values else FieldValue(name)
        said = mapping(node, "a value")
        operation = next(iter(said.entries), "")
        if operation in CHANGES:
            check_keys(said, f"'{operation}'", [operation])
            return Changed(self._value(said.entries[operation]), operation)
        if operation not in _OPERATIONS:
            fail(node, "configuration-unknown-key", f"there is no value '{operation}'", near(operation, (*_OPERATIONS, *CHANGES)))
        check_keys(said, f"'{operation}'", *_OPERATIONS[operation])
        return self._operation(operation, said)

    def _operation(self, operation: str, said: MapNode) -> Value:
        entries = said.entries
        own = entries[operation]
        of = self._value(entries["of"]) if "of" in entries else Constant("")
        match operation:
            case "text":
                return Constant(text(own, "'text'"))
            case "absent":
                return FirstOf(())
            case "join":
                return Joined(tuple(map(self._value, listing(own, "'join'"))))
            case "first":
                return FirstOf(tuple(map(self._value, listing(own, "'first'"))))
            case "when":
                return Choice(read_event_condition(own), self._value(entries["then"]), self._value(entries["otherwise"]))
            case "split":
                return Split(of, text(own, "'split'"), int(text(entries["into"], "'into'")), int(text(entries["take"], "'take'")))
            case "before_last" | "behind_last":
                return Last(of, text(own, "the separator"), operation == "behind_last")
            case "hash":
                return Hash(of, text(own, "the algorithm"))
            case "respell":
                return Respelled(of, _table(own))
            case "values":
                return Translated(of, _table(own), "keep" in entries)
            case "without":
                return Without(of, texts(own, "'without'"))
            case "pieces":
                return Pieces(of, re.compile(text(own, "the expression")))
        return Found(of, re.compile(text(own, "the expression"), re.DOTALL))


_OPERATIONS: dict[str, tuple[list[str], list[str]]] = {
    "text": (["text"], []),
    "absent": (["absent"], []),
    "join": (["join"], []),
    "first": (["first"], []),
    "when": (["when", "then", "otherwise"], []),
    "split": (["split", "into", "take", "of"], []),
    "before_last": (["before_last", "of"], []),
    "behind_last": (["behind_last", "of"], []),
    "hash": (["hash", "of"], []),
    "respell": (["respell", "of"], []),
    "values": (["values", "of"], ["keep"]),
    "without": (["without", "of"], []),
    "pieces": (["pieces", "of"], []),
    "found": (["found", "of"], []),
}


def _entries(node: MapNode, key: str) -> dict[str, Node]:
    return mapping(node.entries[key], f"'{key}'").entries if key in node.entries else {}


def _table(node: Node) -> tuple[tuple[str, str], ...]:
    return tuple((own, text(other, "an entry of the table")) for own, other in mapping(node, "the table").entries.items())
