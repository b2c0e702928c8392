"""`sigma-amsi list`: what there is to choose from."""

import json
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from sigma_amsi.cli import DONE
from sigma_amsi.cli.options import add_output_format, command_parser
from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.registry import backend_names, find_backend

if TYPE_CHECKING:
    from sigma_amsi.pipeline.model import Pipeline

Row: TypeAlias = Mapping[str, Any]

EPILOG = """\
  sigma-amsi list targets
  sigma-amsi list pipelines [-t TARGET]
  sigma-amsi list formats -t TARGET
  sigma-amsi list fields -p PIPELINE [LOGSOURCE]      e.g. windows/process_creation
  sigma-amsi list modifiers
  sigma-amsi list facts -p PIPELINE
  sigma-amsi list codes [CODE]"""


def run(arguments: Sequence[str]) -> int:
    """Prints one list, as a table or as an object a line."""
    options = _options(arguments)
    rows = list(_LISTS[options.what](options))
    if options.output_format == "ndjson":
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    elif options.what == "codes" and options.which:
        (row,) = rows
        print(f"{row['code']} ({row['kind']})\n\n{row['says']}\n\nCause: {row['cause']}\nFix:   {row['fix']}")
    else:
        _print_table(rows)
    return DONE


def _options(arguments: Sequence[str]) -> Namespace:
    parser = command_parser("list", "Prints what there is to choose from.", epilog=EPILOG)
    parser.add_argument("what", choices=tuple(_LISTS), metavar="WHAT", help=", ".join(_LISTS))
    parser.add_argument("which", nargs="?", help="one code, or one log source")
    parser.add_argument("-t", "--target", metavar="TARGET", help="the query language")
    parser.add_argument("-p", "--pipeline", metavar="PIPELINE", help="a pipeline's name or file")
    add_output_format(parser, "text", "ndjson")
    return parser.parse_intermixed_args(arguments)


def _targets(options: Namespace) -> Iterator[Row]:
    del options
    for name in backend_names():
        backend = find_backend(name)
        yield {"target": name, "title": backend.title, "pipelines": " ".join(backend.pipelines)}


def _pipelines(options: Namespace) -> Iterator[Row]:
    from sigma_amsi.pipeline.files import available, read_pipeline_file
    from sigma_amsi.pipeline.layers import read_layers

    backends = [find_backend(name) for name in backend_names()]
    fitting = find_backend(options.target).pipelines if options.target else available()
    for name in available():
        if name in fitting:
            targets = " ".join(backend.name for backend in backends if name in backend.pipelines)
            yield {"pipeline": name, "title": read_layers(read_pipeline_file(name)).title, "targets": targets}


def _formats(options: Namespace) -> Iterator[Row]:
    backends = [find_backend(options.target)] if options.target else [find_backend(name) for name in backend_names()]
    for backend in backends:
        yield {"target": backend.name, "format": "default", "says": "the query alone"}
        for each in backend.formats:
            yield {"target": backend.name, "format": each.name, "says": each.says}


def _fields(options: Namespace) -> Iterator[Row]:
    from sigma_amsi.hints import near
    from sigma_amsi.pipeline.model import Mapped
    from sigma_amsi.predicate.walk import columns_of

    log_sources = _loaded(options).log_sources
    if options.which and options.which not in log_sources:
        raise ConfigurationError(
            Problem("unknown-log-source", f"{options.pipeline} has no {options.which}", hint=near(options.which, tuple(log_sources)))
        )
    for key, sources in log_sources.items():
        if options.which in (None, key):
            for source in sources:
                for field, mapping in source.fields.items():
                    columns = " ".join(columns_of(mapping.term)) if isinstance(mapping, Mapped) else ""
                    note = (mapping.approximate or "") if isinstance(mapping, Mapped) else mapping.reason
                    yield {
                        "log source": key,
                        "sensor": source.sensor,
                        "table": source.table,
                        "field": field,
                        "columns": columns,
                        "note": note,
                    }


def _modifiers(options: Namespace) -> Iterator[Row]:
    from sigma_amsi.rule.modifiers import MODIFIERS

    del options
    for name in sorted(MODIFIERS):
        yield {"modifier": name}


def _facts(options: Namespace) -> Iterator[Row]:
    schema = _loaded(options).schema
    known = {fact.name: fact for facts in (schema.facts, *(table.facts for table in schema.tables.values())) for fact in facts}
    for fact in known.values():
        yield {"fact": fact.name, "basis": fact.basis, "says": fact.says, "source": fact.source}


def _codes(options: Namespace) -> Iterator[Row]:
    from sigma_amsi.codes import CODES
    from sigma_amsi.hints import near

    if options.which and options.which not in CODES:
        raise ConfigurationError(Problem("unknown-code", f"no code {options.which!r}", hint=near(options.which, tuple(CODES))))
    for code in [CODES[options.which]] if options.which else CODES.values():
        shown: dict[str, Any] = {"code": code.name, "kind": code.kind, "says": code.says}
        yield {**shown, "cause": code.cause, "fix": code.fix} if options.which or options.output_format == "ndjson" else shown


_LISTS = {
    "targets": _targets,
    "pipelines": _pipelines,
    "formats": _formats,
    "fields": _fields,
    "modifiers": _modifiers,
    "facts": _facts,
    "codes": _codes,
}


def _loaded(options: Namespace) -> "Pipeline":
    from sigma_amsi.pipeline.read import load_pipeline

    if not options.pipeline:
        raise ConfigurationError(
            Problem("no-pipeline", f"list {options.what} needs a pipeline", hint="-p PIPELINE: `sigma-amsi list pipelines`")
        )
    return load_pipeline(options.pipeline)


def _print_table(rows: list[Row]) -> None:
    """Columns as wide as their widest cell, without those that are empty in every row; the last is as long as it is."""
    if not rows:
        return
    columns = [name for name in rows[0] if any(row[name] for row in rows)]
    widths = [max(len(str(row[name])) for row in rows) for name in columns]
    for row in rows:
        print("  ".join(str(row[name]).ljust(width) for name, width in zip(columns, widths, strict=True)).rstrip())
