"""Finds what a rule's log source is in a pipeline."""

from sigma_amsi.errors import Refused
from sigma_amsi.hints import near
from sigma_amsi.pipeline.model import LogSource, Pipeline
from sigma_amsi.pipeline.schema import Fact
from sigma_amsi.predicate.walk import columns_of


def log_source_key(product: str | None, category: str | None, service: str | None) -> str:
    """The key of a rule's log source: `product/category`, `product/category/service` or `product//service`; parts left out are empty."""
    key = f"{product or ''}/{category or ''}" + (f"/{service}" if service else "")
    return key.lower()


def find_log_source(pipeline: Pipeline, *, product: str | None, category: str | None, service: str | None) -> tuple[LogSource, ...]:
    """The log source of a rule in one table of the pipeline: one for each sensor of the site, whose rows are taken together.

    Raises Refused: unsupported-log-source, also where the rule names a category and a service and the pipeline only the category, since that
    would drop a part of the condition; several-tables when the sensors write into different tables.
    """
    key = log_source_key(product, category, service)
    if key not in pipeline.log_sources:
        reason = pipeline.unsupported.get(key)
        hint = "" if reason else near(key, (*pipeline.log_sources, *pipeline.unsupported))
        raise Refused("unsupported-log-source", f"{pipeline.name} has no {key}" + (f": {reason}" if reason else ""), hint=hint)
    found = pipeline.log_sources[key]
    tables = dict.fromkeys(source.table for source in found)
    if len(tables) > 1:
        sensors = ", ".join(f"{source.sensor} in {source.table}" for source in found)
        raise Refused("several-tables", f"{key} is recorded by several sensors: {sensors}", hint="name one of them in the site file")
    return found


def facts_about(pipeline: Pipeline, table: str) -> tuple[Fact, ...]:
    """The facts with a condition that may be used about the rows of a table: its own, and the schema's where it has the columns."""
    known = pipeline.schema.tables[table]
    return tuple(
        fact
        for fact in (*pipeline.schema.facts, *known.facts)
        if fact.name in pipeline.facts and fact.holds is not None and all(map(known.column, columns_of(fact.holds)))
    )
