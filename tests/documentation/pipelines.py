"""A page for each pipeline: what its log sources and their fields are."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from sigma_amsi.pipeline.files import available, read_pipeline_file
from sigma_amsi.pipeline.layers import read_layers
from sigma_amsi.pipeline.model import LogSource, Mapped, Missing, Pipeline
from sigma_amsi.pipeline.nodes import TextNode
from sigma_amsi.pipeline.read import load_pipeline

from .markdown import code, page, table
from .spelled import condition, term

_INTRODUCTION = (
    "Which rows each log source is, and what each field is on them. A field that is not listed is unknown, and a rule that uses it is refused. "
    "*Assumes* names [facts](../facts.md). An *approximate* field is refused unless `--allow-approximate` is given."
)


def pipelines() -> Mapping[str, str]:
    """The pages by their file names."""
    return {f"pipelines/{name}.md": _page(_loaded(name), _base_of(name)) for name in available()}


def _loaded(name: str) -> Pipeline:
    """The pipeline with every sensor that it knows."""
    sensors = sorted({sensor for found in read_layers(read_pipeline_file(name)).entries.values() for sensor in found if sensor})
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site.yml"
        site.write_text("site: all\n" + (f"sensors: [{', '.join(sensors)}]\n" if sensors else ""), encoding="utf-8")
        return load_pipeline(name, site=site)


def _base_of(name: str) -> Pipeline | None:
    """The pipeline that this one extends."""
    extended = read_pipeline_file(name).entries.get("extends")
    return _loaded(extended.text) if isinstance(extended, TextNode) and extended.text else None


def _page(pipeline: Pipeline, base: Pipeline | None) -> str:
    known = base.log_sources if base else {}
    sources = {key: found for key, found in sorted(pipeline.log_sources.items()) if known.get(key) != found}
    without = {key: why for key, why in pipeline.unsupported.items() if not base or base.unsupported.get(key) != why}
    introduction = _INTRODUCTION
    if base:
        introduction += f" Only what differs from [{base.name}]({base.name}.md) is listed."
    return page(
        f"{pipeline.title} ({code(pipeline.name)})",
        introduction,
        *(part for key, found in sources.items() for part in _log_source(key, found)),
        *(
            ["## Not in this schema", table(["log source", "why"], ([code(key), why] for key, why in sorted(without.items())))]
            if without
            else []
        ),
    )


def _log_source(key: str, found: tuple[LogSource, ...]) -> Iterator[str]:
    yield f"## {key}"
    for source in found:
        yield " ".join(_selection(source))
        yield table(["field", "is", "note"], ([code(name), code(term(each.term)), _note(each)] for name, each in _mapped(source)))
        yield "\n".join(f"- {', '.join(map(code, names))}: {why}" for why, names in _missing(source).items())


def _selection(source: LogSource) -> Iterator[str]:
    if source.sensor:
        yield f"Sensor *{source.sensor}*:"
    if source.table:
        yield f"table {code(source.table)},"
    yield f"rows with {code(condition(source.where))}."
    if isinstance(source.keyword, Mapped):
        yield f"A keyword is looked for in {code(term(source.keyword.term))}."


def _mapped(source: LogSource) -> list[tuple[str, Mapped]]:
    return [(name, each) for name, each in sorted(source.fields.items(), key=lambda pair: pair[0]) if isinstance(each, Mapped)]


def _missing(source: LogSource) -> dict[str, list[str]]:
    """The fields that the SIEM has no counterpart for, by the reason why."""
    reasons: dict[str, list[str]] = {}
    for name, each in sorted(source.fields.items(), key=lambda pair: pair[0]):
        if isinstance(each, Missing):
            reasons.setdefault(each.reason, []).append(name)
    return reasons


def _note(each: Mapped) -> str:
    parts = [f"approximate: {each.approximate}"] if each.approximate else []
    parts += [f"assumes {', '.join(map(code, each.assumes))}"] if each.assumes else []
    parts += [unsayable.reason for unsayable in each.cannot]
    return "; ".join(dict.fromkeys(parts))
