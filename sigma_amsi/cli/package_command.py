"""`sigma-amsi package`: proved queries as the saved searches that a SIEM imports."""

import re
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from sigma_amsi.cli import DONE, SOME_REFUSED, report
from sigma_amsi.cli.options import add_target_options, chosen_pipeline, command_parser
from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.package.build import Built, build
from sigma_amsi.package.destination import Destination, find_format
from sigma_amsi.package.folder import write_package
from sigma_amsi.package.manifest import MANIFEST
from sigma_amsi.package.options import settings_of_options
from sigma_amsi.package.project import find_project, read_project
from sigma_amsi.package.project_keys import VERSION
from sigma_amsi.package.withheld import Withheld
from sigma_amsi.registry import find_backend
from sigma_amsi.rule.model import Rule
from sigma_amsi.rule.read import load

EPILOG = """\
Only queries that are proved to say what their rules say are packaged. A manifest beside every package tells for each detection its rule, its verdict
and the facts that the proof assumes. Exit code 1: some rule is not in the package.

  sigma-amsi package                          all destinations of sigma-amsi.toml
  sigma-amsi package production --project detections/sigma-amsi.toml
  sigma-amsi package -t splunk -p splunk_windows -f app -o build/ rules/"""


def run(arguments: Sequence[str]) -> int:
    """Builds and writes the packages that the arguments describe, and reports what is not in them."""
    return packaged(_options(arguments))


def packaged(options: Namespace) -> int:
    """The same for options that are read already."""
    root = Path.cwd() if options.target else _project(options).parent
    destinations = [_plain(options)] if options.target else _of_project(options)
    load_once = cache(_load)  # most destinations have the same rules
    complete = True
    for destination in destinations:
        if options.output == "-" and not destination.format.single:
            raise ConfigurationError(Problem("output", f"the format {destination.format.name} has several files", hint="-o DIR"))
        built = build(destination, load_once(destination.rules), root=root)
        complete &= _report(destination, built, skip_refused=options.skip_unsupported)
        if built.package.detections:
            _write(destination, built, printed=options.output == "-")
    return DONE if complete else SOME_REFUSED


def _options(arguments: Sequence[str]) -> Namespace:
    parser = command_parser("package", "Packages Sigma rules as the saved searches that a SIEM imports.", epilog=EPILOG)
    parser.add_argument(
        "inputs", metavar="DESTINATION|RULES", nargs="*", help="destinations of the project; with -t, rule files and folders"
    )
    parser.add_argument("--project", metavar="FILE", type=Path, help="the project file (default: the nearest sigma-amsi.toml)")
    add_target_options(parser, required=False)
    parser.add_argument("-f", "--format", metavar="FORMAT", help="what the SIEM takes: `sigma-amsi list formats`")
    parser.add_argument("-O", "--option", metavar="NAME=VALUE", action="append", default=[], help="a setting of the format, with -t")
    parser.add_argument(
        "-o", "--output", metavar="DIR", help="the folder of the package, or of all packages; - prints a format of one file"
    )
    parser.add_argument("--package-version", metavar="X.Y.Z", help="the version of the package")
    parser.add_argument("--allow-unproved", action="store_true", help="package queries that are not proved, too")
    parser.add_argument("-s", "--skip-unsupported", action="store_true", help="a refused rule is no failure")
    options = parser.parse_intermixed_args(arguments)
    if options.target and not (options.format and options.output and options.inputs):
        parser.error("with -t, a format (-f), a folder (-o) and rules are needed, too")
    if not options.target and _says_more(options):
        parser.error("-p, --site, --assume, --allow-approximate, -f and -O go with -t; a destination says them in the project file")
    if options.package_version and not re.fullmatch(VERSION, options.package_version):
        parser.error("--package-version takes three numbers, such as 1.2.0")
    return options


def _says_more(options: Namespace) -> bool:
    return bool(options.pipeline or options.site or options.assume or options.allow_approximate or options.format or options.option)


def _project(options: Namespace) -> Path:
    return options.project or find_project(Path())


def _of_project(options: Namespace) -> Iterator[Destination]:
    """The destinations that are named, or all, with what the options say of all."""
    project = read_project(_project(options))
    for name in options.inputs or project.names:
        yield _changed(project.destination(name), options, folder=Path(options.output, name) if options.output else None)


def _plain(options: Namespace) -> Destination:
    """The destination that the options describe."""
    format = find_format(find_backend(options.target), options.format)
    destination = Destination(
        name="detections",
        target=options.target,
        pipeline=chosen_pipeline(options),
        format=format,
        settings=settings_of_options(options.option, format.settings),
        rules=tuple(Path(each) for each in options.inputs),
        site=options.site,
        assume=tuple(options.assume),
        allow_approximate=options.allow_approximate,
    )
    return _changed(destination, options, folder=Path(options.output))


def _changed(destination: Destination, options: Namespace, *, folder: Path | None) -> Destination:
    return replace(
        destination,
        output=folder or destination.output,
        version=options.package_version or destination.version,
        allow_unproved=options.allow_unproved or destination.allow_unproved,
    )


def _load(paths: tuple[Path, ...]) -> tuple[Rule | Problem, ...]:
    return tuple(load("-" if path == Path("-") else path for path in paths))


def _report(destination: Destination, built: Built, *, skip_refused: bool) -> bool:
    """Says what was withheld, what is doubtful, and how much is packaged. Returns whether all is as it was asked for."""
    for detection in built.package.detections:
        place, query = report.place(detection.rule.path, detection.rule.line), detection.query
        if not query.proved:
            _print(report.verdict_lines(place, query.verdict))
        _print(f"{place}: approximate: {field}: {reason}" for field, reason in query.approximate.items())
    for withheld in built.withheld:
        _print(_withheld_lines(withheld))
    _print(f"warning: {report.problem_line(problem)}" for problem in built.warnings)
    packaged = len(built.package.detections)
    if not packaged:
        _print([f"{destination.name}: empty-package: every rule was withheld, or there was none; nothing is written"])
        return False
    counts = {"packaged": packaged, "withheld": len(built.withheld)}
    _print([f"{destination.name}: {report.tally('rule', counts)}"])
    return all(skip_refused and withheld.refused for withheld in built.withheld)


def _withheld_lines(withheld: Withheld) -> Iterator[str]:
    problem = withheld.problem
    if withheld.verdict is None:
        yield report.problem_line(problem, refused=withheld.rule is not None)
    else:
        yield from report.verdict_lines(report.place(problem.path, problem.line), withheld.verdict)


def _write(destination: Destination, built: Built, *, printed: bool) -> None:
    if not printed:
        write_package(destination.output, built.files)
        return
    ((_, content),) = [(path, content) for path, content in built.files.items() if path != MANIFEST]
    sys.stdout.buffer.write(content)
    sys.stdout.flush()


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)
