"""KQL: Kibana's query language."""

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
    name="kibana",
    title="Kibana query language (KQL)",
    suffix="kuery",
    generate=_generate,
    parse=_parse,
    capabilities=CAPABILITIES,
    limits=LIMITS,
    pipelines=("ecs_windows", "ecs_windows_agent"),
    formats=FORMATS,
)
