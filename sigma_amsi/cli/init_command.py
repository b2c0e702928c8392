"""`sigma-amsi init`: a commented project file, and its JSON schema for editors."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from sigma_amsi.cli import DONE
from sigma_amsi.cli.options import command_parser
from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.package.destination import find_format
from sigma_amsi.package.project import PROJECT_FILE
from sigma_amsi.package.project_schema import project_schema
from sigma_amsi.package.template import SCHEMA_FILE, project_template
from sigma_amsi.registry import find_backend


def run(arguments: Sequence[str]) -> int:
    """Writes both files into a folder, and overwrites no project file."""
    options = _options(arguments)
    folder: Path = options.folder
    path = folder / PROJECT_FILE
    if not options.schema_only and path.exists():
        raise ConfigurationError(Problem("project-exists", "there is a project file already", path, hint="--schema-only renews the schema"))
    backend = find_backend(options.target)
    format = find_format(backend, options.format)
    pipeline = options.pipeline or backend.pipelines[0]
    written = {folder / SCHEMA_FILE: project_schema()}
    if not options.schema_only:
        written[path] = project_template(options.name, options.target, pipeline, format)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in written.items():
            file.write_text(text, encoding="utf-8", newline="\n")
            print(file)
    except OSError as error:
        raise ConfigurationError(Problem("output", error.strerror or str(error), folder)) from None
    return DONE


def _options(arguments: Sequence[str]) -> Namespace:
    parser = command_parser(
        "init", "Writes a commented project file, sigma-amsi.toml, and its JSON schema, with which editors complete and check it."
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, nargs="?", default=Path(), help="where to (default: here)")
    parser.add_argument("-t", "--target", metavar="TARGET", default="splunk", help="the query language (default: splunk)")
    parser.add_argument("-p", "--pipeline", metavar="PIPELINE", help="the pipeline (default: the language's first)")
    parser.add_argument("-f", "--format", metavar="FORMAT", default="app", help="what the SIEM takes (default: app)")
    parser.add_argument("--name", metavar="NAME", default="production", help="the destination's name (default: production)")
    parser.add_argument("--schema-only", action="store_true", help="write the schema alone, as after an upgrade")
    return parser.parse_args(arguments)
