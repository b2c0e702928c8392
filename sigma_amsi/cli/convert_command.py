"""`sigma-amsi convert`: rules to queries, each proved before it is printed."""

import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigma_amsi.cli import BUG, DONE, SOME_REFUSED, report, report_bug
from sigma_amsi.cli.options import add_inputs, add_output_format, add_target_options, chosen_target, command_parser
from sigma_amsi.cli.output import Block, open_output
from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.rule.model import Rule
from sigma_amsi.rule.read import load
from sigma_amsi.targets import Declined, Query, Result, Target

EPILOG = """\
A query is printed only when it is proved to say what its rule says: `proved` for all rows that the schema allows, `proved-assuming` under the
facts that are named. Verdicts, refusals and warnings go to standard error. Exit code 1: some rule has no proved query.

  sigma-amsi convert -t splunk -p splunk_windows rule.yml
  sigma-amsi convert -t kusto -p microsoft_xdr -o queries/ rules/
  sigma-amsi convert -t lucene -p ecs_windows --output-format ndjson rules/ | jq .verdict"""

_BUG = "stopped by a bug"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options ask for."""

    target: Target
    skip_refused: bool
    allow_unproved: bool
    ndjson: bool

    def shows(self, query: Query) -> bool:
        """Whether the text of a query may be shown."""
        return query.proved or self.allow_unproved


def run(arguments: Sequence[str]) -> int:
    """Converts, and reports a verdict for every rule."""
    options = _options(arguments)
    if options.format != "default":
        return _packaged(options)
    asked = _Asked(chosen_target(options), options.skip_unsupported, options.allow_unproved, options.output_format == "ndjson")
    counts: Counter[str] = Counter()
    with open_output(options.output, options.inputs, asked.target.backend.suffix, whole=asked.ndjson) as output:
        results = _counted(_converted(asked.target, load(options.inputs), counts), counts)
        output.write(_objects(asked, results) if asked.ndjson else _texts(asked, results))
    if sum(counts.values()) > 1:
        print(report.tally("rule", counts), file=sys.stderr)
    accepted = {"proved", "proved-assuming", *(("refused",) if asked.skip_refused else ())}
    if asked.allow_unproved:
        accepted |= {"wider", "narrower", "different", "unproved"}
    if counts[_BUG]:
        return BUG
    return DONE if set(counts) <= accepted else SOME_REFUSED


def _options(arguments: Sequence[str]) -> Namespace:
    parser = command_parser("convert", "Converts Sigma rules to queries that are proved to mean what the rules mean.", epilog=EPILOG)
    add_target_options(parser)
    parser.add_argument(
        "-f", "--format", metavar="FORMAT", default="default", help="`default`, the query alone; others as `sigma-amsi package` writes them"
    )
    parser.add_argument("-O", "--option", metavar="NAME=VALUE", action="append", default=[], help="a setting of the format")
    parser.add_argument(
        "-o", "--output", metavar="FILE|DIR/", help="a file for all queries, or a folder for one file per rule (default: print)"
    )
    parser.add_argument("-s", "--skip-unsupported", action="store_true", help="a refused rule is no failure")
    parser.add_argument("--allow-unproved", action="store_true", help="show queries that are not proved, too, labelled as such")
    add_output_format(parser, "text", "ndjson")
    add_inputs(parser)
    options = parser.parse_intermixed_args(arguments)
    if options.format == "default" and options.option:
        parser.error("-O goes with -f: the bare query has no settings")
    if options.format != "default" and options.output_format != "text":
        parser.error(f"--output-format is about verdicts with queries; -f {options.format} says itself what is written")
    if options.output_format == "ndjson" and options.output and _is_folder(options.output):
        raise ConfigurationError(Problem("output", "one file per rule holds queries, not ndjson", hint="-o FILE"))
    return options


def _packaged(options: Namespace) -> int:
    """The same options, as `sigma-amsi package` takes them; a format of one file is printed where no folder is named."""
    from sigma_amsi.cli.package_command import packaged  # most conversions package nothing

    return packaged(Namespace(**{**vars(options), "output": options.output or "-"}, project=None, package_version=None))


def _is_folder(output: str) -> bool:
    return output.endswith("/") or Path(output).is_dir()


def _converted(target: Target, rules: Iterable[Rule | Problem], counts: Counter[str]) -> Iterator[Result]:
    """A result for each rule. A bug of ours is told with the rule that shows it, and takes no other rule's query away."""
    for rule in rules:
        try:
            yield from list(target.convert_all([rule]))
        except Exception as error:
            counts[_BUG] += 1
            report_bug(error, report.place(rule.path, rule.line))


def _counted(results: Iterable[Result], counts: Counter[str]) -> Iterator[Result]:
    """The results, each reported on standard error and counted by the name of its verdict; what could not be read counts as `unreadable`."""
    for result in results:
        if isinstance(result, Query):
            counts[result.verdict.name] += 1
            _report_query(result)
        else:
            counts["refused" if result.rule is not None else "unreadable"] += 1
            print(report.problem_line(result.verdict.problem, refused=result.rule is not None), file=sys.stderr)
        yield result


def _report_query(query: Query) -> None:
    rule = query.rule
    where = report.place(rule.path, rule.line if rule.line > 1 else 0)
    for line in report.verdict_lines(where, query.verdict):
        print(line, file=sys.stderr)
    for field, reason in query.approximate.items():
        print(f"  approximate: {field}: {reason}", file=sys.stderr)
    for problem in rule.problems:
        print(f"  warning: {report.problem_line(problem)}", file=sys.stderr)


def _texts(asked: _Asked, results: Iterable[Result]) -> Iterator[Block]:
    """A block for each result, empty where there is no query to show."""
    for result in results:
        if isinstance(result, Query) and asked.shows(result):
            label = "" if result.proved else f" ({result.verdict.name})"
            yield Block(result.rule, f"{_heading(result)}{label}", f"{result.text}\n")
        else:
            yield Block(result.rule, "", "")


def _heading(query: Query) -> str:
    """The line above a query among several: id and title, on one line whatever the title holds."""
    shown = " ".join(filter(None, (query.rule.id, query.rule.title)))
    return "# " + "".join(character if character.isprintable() else " " for character in shown)


def _objects(asked: _Asked, results: Iterable[Result]) -> Iterator[Block]:
    for result in results:
        yield Block(result.rule, "", json.dumps(_object(asked, result), ensure_ascii=False, default=str) + "\n")


def _object(asked: _Asked, result: Result) -> dict[str, Any]:
    names = {"target": asked.target.backend.name, "pipeline": asked.target.pipeline.name}
    if isinstance(result, Declined):
        return {**report.refusal_object(result.rule, result.verdict), **names}
    shown = {"rule": report.rule_object(result.rule), **names, "format": "default"}
    if asked.shows(result):
        shown["query"] = result.text
    return {
        **shown,
        "fields": {field: list(columns) for field, columns in result.fields.items()},
        **report.verdict_object(result.verdict),
        "approximate": dict(result.approximate),
        "warnings": [report.problem_object(problem) for problem in result.rule.problems],
    }
