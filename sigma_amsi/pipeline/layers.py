"""Pipeline files laid over one another: what a pipeline says itself, over what it extends, key by key."""

import re
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from sigma_amsi.hints import near
from sigma_amsi.pipeline.files import read_reference
from sigma_amsi.pipeline.nodes import ListNode, MapNode, Node, TextNode, check_keys, fail, fail_at_key, mapping, text, texts

Groups: TypeAlias = dict[str, dict[str, Node]]


class Entry(Struct, frozen=True):
    """One log source as it is written; None where a part is left out. `place` is what errors about the whole point at."""

    place: Node
    sensor: str
    table: Node | None
    where: Node | None
    use: Node | None
    keyword: Node | None
    fields: dict[str, Node]


class Layers(Struct, frozen=True):
    """A pipeline's file with those that it extends, as nodes.

    entries: log source key -> sensor -> entry. unsupported: log source key -> reason.
    drops: sensor -> the values that ingestion removes from its events.
    """

    document: MapNode
    name: str
    title: str
    schema: TextNode
    terms: dict[str, Node]
    groups: Groups
    entries: dict[str, dict[str, Entry]]
    unsupported: dict[str, str]
    sensors: Node | None
    inputs: dict[str, TextNode]
    drops: dict[str, Node]


def read_layers(document: MapNode) -> Layers:
    """The pipeline of a document, over all that it extends. Raises ConfigurationError."""
    return _read(document, ())


_KEY = re.compile(r"[^/\s]*/[^/\s]*(/[^/\s]+)?")
_ENTRY_KEYS = ("table", "where", "use", "fields", "keyword", "sensor")


def _read(document: MapNode, above: tuple[MapNode, ...]) -> Layers:
    """The pipeline of a document; `above` are those that extend it, the outermost first."""
    check_keys(
        document,
        "a pipeline",
        ["pipeline", "title"] if "extends" in document.entries else ["pipeline", "title", "schema", "log_sources"],
        ["extends", "schema", "terms", "field_groups", "log_sources", "sensors", "inputs", "drops"],
    )
    entries = document.entries
    base = None
    if "extends" in entries:
        reference = _single(entries["extends"], "'extends'")
        base_document = read_reference(reference, "pipeline")
        chain = (*above, document, base_document)
        if any(base_document.path.samefile(other.path) for other in chain[:-1]):
            fail(reference, "extends-cycle", f"the pipeline extends itself: {' -> '.join(str(each.path) for each in chain)}")
        base = _read(base_document, chain[:-1])
    own_entries, own_unsupported = _log_sources(entries["log_sources"]) if "log_sources" in entries else ({}, {})
    own = Layers(
        document,
        text(entries["pipeline"], "'pipeline'"),
        text(entries["title"], "'title'"),
        _single(entries["schema"], "'schema'") if "schema" in entries else _inherited(base).schema,
        dict(mapping(entries["terms"], "'terms'").entries) if "terms" in entries else {},
        _groups(entries["field_groups"]) if "field_groups" in entries else {},
        own_entries,
        own_unsupported,
        entries.get("sensors"),
        _inputs(entries["inputs"]) if "inputs" in entries else {},
        dict(mapping(entries["drops"], "'drops'").entries) if "drops" in entries else {},
    )
    return own if base is None else _over(own, base)


def _inherited(base: Layers | None) -> Layers:
    assert base is not None  # a pipeline without a schema of its own extends one
    return base


def _over(own: Layers, base: Layers) -> Layers:
    entries = {key: sensors for key, sensors in base.entries.items() if key not in own.unsupported}
    for key, sensors in own.entries.items():
        below = entries.get(key, {})
        entries[key] = {**below, **{name: _entry_over(entry, below.get(name)) for name, entry in sensors.items()}}
    return replace(
        own,
        terms={**base.terms, **own.terms},
        groups={name: {**base.groups.get(name, {}), **own.groups.get(name, {})} for name in (*base.groups, *own.groups)},
        entries=entries,
        unsupported={**{key: why for key, why in base.unsupported.items() if key not in own.entries}, **own.unsupported},
        sensors=own.sensors or base.sensors,
        inputs=own.inputs or base.inputs,
        drops={**base.drops, **own.drops},
    )


def _entry_over(own: Entry, base: Entry | None) -> Entry:
    if base is None:
        return own
    return replace(
        own,
        table=own.table or base.table,
        where=own.where or base.where,
        use=own.use or base.use,
        keyword=own.keyword or base.keyword,
        fields={**base.fields, **own.fields},
    )


def _inputs(node: Node) -> dict[str, TextNode]:
    return {name: _single(reference, "'inputs'") for name, reference in mapping(node, "'inputs'").entries.items()}


def _groups(node: Node) -> Groups:
    return {
        name: dict(mapping(group, f"the field group '{name}'").entries) for name, group in mapping(node, "'field_groups'").entries.items()
    }


def _log_sources(node: Node) -> tuple[dict[str, dict[str, Entry]], dict[str, str]]:
    entries: dict[str, dict[str, Entry]] = {}
    unsupported: dict[str, str] = {}
    sources = mapping(node, "'log_sources'")
    for key, said in sources.entries.items():
        if not _KEY.fullmatch(key):
            hint = "write product/category, product/category/service, or product//service"
            fail_at_key(sources, key, "configuration-value", f"'{key}' is no log source", hint)
        if isinstance(said, MapNode) and "unsupported" in said.entries:
            check_keys(said, f"the log source '{key}'", ["unsupported"])
            unsupported[key] = text(said.entries["unsupported"], "the reason why a log source is unsupported")
            continue
        entries[key] = {}
        for item in said.items if isinstance(said, ListNode) else (said,):
            entry = _entry(mapping(item, f"the log source '{key}'"), key)
            if entry.sensor in entries[key]:
                fail(item, "configuration-value", f"'{key}' has two entries for the sensor '{entry.sensor}'")
            entries[key][entry.sensor] = entry
    return entries, unsupported


def _entry(node: MapNode, key: str) -> Entry:
    check_keys(node, f"the log source '{key}'", (), _ENTRY_KEYS)
    entries = node.entries
    return Entry(
        node,
        text(entries["sensor"], "'sensor'") if "sensor" in entries else "",
        entries.get("table"),
        entries.get("where"),
        entries.get("use"),
        entries.get("keyword"),
        dict(mapping(entries["fields"], "'fields'").entries) if "fields" in entries else {},
    )


def fields_of_entry(entry: Entry, groups: Groups) -> dict[str, Node]:
    """The fields of a log source: its own, and those of the groups that it uses, an earlier group before a later one."""
    fields = dict(entry.fields)
    if entry.use is not None:
        for name in texts(entry.use, "'use'"):
            if name not in groups:
                fail(entry.use, "unknown-group", f"there is no field group '{name}'", near(name, tuple(groups)))
            for field, node in groups[name].items():
                fields.setdefault(field, node)
    return fields


def _single(node: Node, what: str) -> TextNode:
    text(node, what)
    assert isinstance(node, TextNode)
    return node
