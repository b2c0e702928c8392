"""Options that several commands have in common, and what they stand for."""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path
from typing import TYPE_CHECKING

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.registry import find_backend

if TYPE_CHECKING:
    from sigma_amsi.targets import Target


def command_parser(name: str, says: str, *, epilog: str = "") -> ArgumentParser:
    """The parser of one command. Options are spelled out: an abbreviation would change its meaning with the next option."""
    return ArgumentParser(
        f"sigma-amsi {name}", description=says, epilog=epilog, allow_abbrev=False, formatter_class=RawDescriptionHelpFormatter
    )


def add_target_options(parser: ArgumentParser, *, required: bool = True) -> None:
    """`-t -p --site --assume --allow-approximate`."""
    parser.add_argument("-t", "--target", metavar="TARGET", required=required, help="the query language: `sigma-amsi list targets`")
    parser.add_argument(
        "-p", "--pipeline", metavar="PIPELINE", action="append", help="what fields and log sources are in the SIEM: a name or a file"
    )
    parser.add_argument("--site", metavar="FILE", type=Path, help="what your deployment declares: indexes, sensors, columns, facts")
    parser.add_argument(
        "--assume", metavar="FACT", action="append", default=[], help="a fact that holds at your site: `sigma-amsi list facts`"
    )
    parser.add_argument("--allow-approximate", action="store_true", help="accept columns that are only close to their field, and say so")


def add_output_format(parser: ArgumentParser, *formats: str) -> None:
    """`--output-format`, the one way to ask for output that programs read. The first of the formats is the default."""
    parser.add_argument("--output-format", choices=formats, default=formats[0], help=f"how results are printed (default: {formats[0]})")


def add_inputs(parser: ArgumentParser) -> None:
    """Rules: files, folders, `-`."""
    parser.add_argument("inputs", metavar="INPUT", nargs="+", help="rule files, folders of them, or - for standard input")


def chosen_target(options: Namespace) -> "Target":
    """The target that the options name. Raises ConfigurationError."""
    from sigma_amsi.targets import target  # commands that only list have no use for the prover

    return target(
        options.target,
        pipeline=chosen_pipeline(options),
        site=options.site,
        assume=options.assume,
        allow_approximate=options.allow_approximate,
    )


def chosen_pipeline(options: Namespace) -> str:
    """The one pipeline that the options name. Raises ConfigurationError."""
    named: list[str] = options.pipeline or []
    if len(named) == 1:
        return named[0]
    fitting = " or ".join(f"-p {name}" for name in find_backend(options.target).pipelines)
    if named:
        raise ConfigurationError(
            Problem(
                "several-pipelines", f"{len(named)} pipelines where one says everything: {', '.join(named)}", hint=f"{fitting}, with --site"
            )
        )
    raise ConfigurationError(Problem("no-pipeline", f"-t {options.target} needs a pipeline", hint=fitting))
