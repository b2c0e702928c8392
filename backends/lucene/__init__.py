"""Lucene: `query_string` in Elasticsearch and OpenSearch, and Kibana's Lucene queries."""

from sigma_amsi.backend import Backend, Reading, Statement
from sigma_amsi.pipeline.schema import Schema, Table

from .capabilities import CAPABILITIES, LIMITS
from .formats import FORMATS


def _generate(statement: Statement) -> str:
    from .generate import generate  # listing languages must not cost their code

    return generate(statement)


def _parse(text: str, schema: Schema, table: Table) -> Reading:
    from .parse import parse

    return parse(text, schema, table)


BACKEND = Backend(
    name="lucene",
    title="Lucene query_string: Elasticsearch, OpenSearch, Kibana",
    suffix="lucene",
    generate=_generate,
    parse=_parse,
    capabilities=CAPABILITIES,
    limits=LIMITS,
    pipelines=("ecs_windows", "ecs_windows_agent"),
    formats=FORMATS,
)
