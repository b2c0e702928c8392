"""Reads a pipeline, with its schema and a site file's declarations applied."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sigma_amsi.pipeline.conditions import read_condition
from sigma_amsi.pipeline.files import read_file, read_pipeline_file, read_reference
from sigma_amsi.pipeline.layers import Entry, Layers, fields_of_entry, read_layers
from sigma_amsi.pipeline.lazy import Lazy
from sigma_amsi.pipeline.model import FieldMapping, LogSource, Missing, Pipeline
from sigma_amsi.pipeline.nodes import ListNode, MapNode, Node, TextNode, fail, fail_at_key, near, text, texts
from sigma_amsi.pipeline.schema import Fact, Schema, Table
from sigma_amsi.pipeline.schemas import KnownFacts, read_schema
from sigma_amsi.pipeline.site import Site, assuming, read_site
from sigma_amsi.pipeline.terms import Scope, read_field
from sigma_amsi.predicate.tree import Predicate, all_of
from sigma_amsi.predicate.walk import columns_of


def load_pipeline(name: str, *, site: Path | None = None, assume: Iterable[str] = ()) -> Pipeline:
    """A pipeline by its name, or by the path of a file, for the site that a site file describes. Raises ConfigurationError.

    site: the path of a site file. assume: names of facts of the schema that hold, too.

    Tables and log sources are read when they are first asked for; those of a pipeline file by path, and what a site file says, are read at once,
    so that every mistake in them shows. `check` does that for any pipeline.
    """
    declared = assuming(read_site(read_file(site)) if site else Site(), assume)
    layers = _chosen(read_layers(name), declared)
    _, document = read_reference(layers.schema, "schema")
    schema, facts = read_schema(document, declared)
    reader = _Reader(layers, schema, facts, declared, {})
    chosen = {key: _sensors(key, layers, declared) for key in layers.entries}
    pipeline = Pipeline(
        layers.name,
        layers.title,
        schema,
        Lazy({key: partial(reader.read, key, sensors) for key, sensors in chosen.items() if sensors}),
        {**layers.unsupported, **{key: _elsewhere(layers.entries[key]) for key, sensors in chosen.items() if not sensors}},
        facts.in_force,
    )
    if is_path(name) or site is not None:
        check(pipeline)
    return pipeline


def check(pipeline: Pipeline) -> None:
    """Read everything of a pipeline that is still unread. Raises ConfigurationError for the first thing that is wrong."""
    for mapping in (pipeline.schema.tables, pipeline.log_sources, pipeline.facts):
        for name in mapping:
            mapping[name]
