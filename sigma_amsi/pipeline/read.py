"""Reads a pipeline, with its schema and a site file's declarations applied."""

from collections.abc import Collection, Iterable
from pathlib import Path

from msgspec import Struct

from sigma_amsi.hints import near
from sigma_amsi.pipeline.conditions import read_condition
from sigma_amsi.pipeline.files import read_file, read_pipeline_file, read_reference
from sigma_amsi.pipeline.layers import Entry, Layers, fields_of_entry, read_layers
from sigma_amsi.pipeline.model import LogSource, Missing, Pipeline
from sigma_amsi.pipeline.nodes import MapNode, Node, fail, text, texts
from sigma_amsi.pipeline.schema import Schema, Table
from sigma_amsi.pipeline.schemas import KnownFacts, read_schema
from sigma_amsi.pipeline.site import Site, assuming, read_site
from sigma_amsi.pipeline.terms import Scope, read_field
from sigma_amsi.predicate.tree import Predicate, all_of


def load_pipeline(name: str, *, site: Path | None = None, assume: Iterable[str] = ()) -> Pipeline:
    """A pipeline by its name, or by the path of a file, for the site that a site file describes. Raises ConfigurationError.

    site: the path of a site file. assume: names of facts of the schema that hold, too.
    """
    declared = assuming(read_site(read_file(site)) if site else Site(), assume)
    layers = _for_inputs(read_layers(read_pipeline_file(name)), declared)
    _check_site(layers, declared)
    _check_sensors(layers.drops.items(), layers)
    schema, facts = read_schema(read_reference(layers.schema, "schema"), declared)
    reader = _Reader(layers, schema, facts, declared, {})
    chosen = {key: _sensors(key, layers, declared) for key in layers.entries}
    return Pipeline(
        layers.name,
        layers.title,
        schema,
        {key: reader.read(key, sensors) for key, sensors in chosen.items() if sensors},
        {**layers.unsupported, **{key: _recorded_elsewhere(layers.entries[key]) for key, sensors in chosen.items() if not sensors}},
        facts.in_force,
    )


class _Reader(Struct, frozen=True):
    """Reads log sources. `scopes` keeps, for each table, the terms that were read already."""

    layers: Layers
    schema: Schema
    facts: KnownFacts
    site: Site
    scopes: dict[str, Scope]

    def read(self, key: str, sensors: Collection[str]) -> tuple[LogSource, ...]:
        return tuple(self._read(key, self.layers.entries[key][sensor]) for sensor in sensors)

    def _read(self, key: str, entry: Entry) -> LogSource:
        name = text(entry.table, "'table'") if entry.table else ""
        if name not in self.schema.tables:
            hint = near(name, tuple(self.schema.tables))
            fail(entry.table or entry.place, "unknown-table", f"the schema {self.schema.name} has no table '{name}'", hint)
        if name not in self.scopes:
            self.scopes[name] = Scope(self.schema.tables[name], self.layers.terms, self.facts.every, self.facts.in_force)
        scope = self.scopes[name]
        return LogSource(
            key,
            name,
            self._where(entry, scope.table),
            {field: read_field(node, scope) for field, node in self._fields(key, entry).items()},
            read_field(entry.keyword, scope) if entry.keyword else _NO_KEYWORD,
            entry.sensor,
            texts(self.layers.drops[entry.sensor], "'drops'") if entry.sensor in self.layers.drops else (),
        )

    def _fields(self, key: str, entry: Entry) -> dict[str, Node]:
        fields = fields_of_entry(entry, self.layers.groups)
        for declared in ("*", key):
            if declared in self.site.fields:
                fields.update(self.site.fields[declared].entries)
        return fields

    def _where(self, entry: Entry, table: Table) -> Predicate:
        """Index first, as Splunk's users write it, and the site's own condition last."""
        index = self.site.index
        conditions = [
            MapNode({"index": index}, {"index": index.line}, index.line, index.path) if index else None,
            entry.where,
            self.site.where,
        ]
        return all_of([read_condition(node, table) for node in conditions if node is not None])


_NO_KEYWORD = Missing("the pipeline names no text of the event that a keyword could be looked for in")


def _for_inputs(layers: Layers, site: Site) -> Layers:
    """The pipeline for the form of events that the site collects."""
    if site.inputs is None:
        return layers
    wanted = text(site.inputs, "'inputs'")
    if wanted not in layers.inputs:
        message = f"the pipeline {layers.name} knows no inputs '{wanted}'"
        fail(site.inputs, "unknown-inputs", message, near(wanted, tuple(layers.inputs)))
    return read_layers(read_reference(layers.inputs[wanted], "pipeline"))


def _sensors(key: str, layers: Layers, site: Site) -> tuple[str, ...]:
    """The sensors of a log source that count: those that the site has; or, where there is a choice, those that the pipeline prefers."""
    there = tuple(layers.entries[key])
    wanted = site.sensors if site.sensors is not None else layers.sensors if len(there) > 1 else None
    if wanted is None:
        return there
    names = texts(wanted, "'sensors'")
    return tuple(sensor for sensor in there if sensor in names or not sensor)


def _check_site(layers: Layers, site: Site) -> None:
    for key, fields in site.fields.items():
        if key != "*" and key not in layers.entries:
            fail(fields, "unknown-log-source", f"the pipeline {layers.name} has no log source '{key}'", near(key, tuple(layers.entries)))
    if site.sensors is not None:
        _check_sensors(((name, site.sensors) for name in texts(site.sensors, "'sensors'")), layers)


def _check_sensors(named: Iterable[tuple[str, Node]], layers: Layers) -> None:
    """Every name, each with the place that says it, has to be a sensor of some log source."""
    known = dict.fromkeys(sensor for sensors in layers.entries.values() for sensor in sensors if sensor)
    for name, place in named:
        if name not in known:
            fail(place, "unknown-sensor", f"the pipeline {layers.name} has no sensor '{name}'", near(name, tuple(known)))


def _recorded_elsewhere(sensors: Iterable[str]) -> str:
    return f"it is recorded by {' or '.join(sensors)}, and the site file or pipeline declares neither among its sensors"
