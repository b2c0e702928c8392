"""`sigma-amsi convert`: rules to queries, each proved before it is printed."""

import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec import Struct

from sigma_amsi.cli import BUG, DONE, SOME_REFUSED, bug_report, report
from sigma_amsi.cli.options import add_inputs, add_output_format, add_target_options, chosen_target, command_parser
from sigma_amsi.cli.output import Block, open_output
from sigma_amsi.cli.workers import spread
from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.registry import find_backend
from sigma_amsi.rule.model import Rule
from sigma_amsi.rule.read import Source, files_of, rules_in
from sigma_amsi.targets import Declined, Query, Result, Target

EPILOG = """\
A query is printed only when it is proved to say what its rule says: `proved` for all rows that the schema allows, `proved-assuming` under the
facts that are named. Verdicts, refusals and warnings go to standard error. Exit code 1: some rule has no proved query.

  sigma-amsi convert -t splunk -p splunk_windows rule.yml
  sigma-amsi convert -t kusto -p microsoft_xdr -o queries/ rules/
  sigma-amsi convert -t lucene -p ecs_windows --output-format ndjson rules/ | jq .verdict"""

_BUG = "stopped by a bug"


class _Asked(Struct, frozen=True):
    """What the options ask for."""

    target: Target
    allow_unproved: bool
    ndjson: bool

    def shows(self, query: Query) -> bool:
        """Whether the text of a query may be shown."""
        return query.proved or self.allow_unproved


class _Outcome(Struct, frozen=True):
    """What is printed for one rule, what is said of it on standard error, and the name that it counts under."""

    block: Block
    said: str
    name: str


def run(arguments: Sequence[str]) -> int:
    """Converts, and reports a verdict for every rule."""
    options = _options(arguments)
    if options.format != "default":
        return _packaged(options)
    counts: Counter[str] = Counter()
    suffix = find_backend(options.target).suffix
    with open_output(options.output, options.inputs, suffix, whole=options.output_format == "ndjson") as output:
        outcomes = spread(partial(_converter, options), files_of(options.inputs))
        output.write(_reported(chain.from_iterable(outcomes), counts))
    if counts.total() > 1:
        print(report.tally("rule", counts), file=sys.stderr)
    accepted = {"proved", "proved-assuming", *(("refused",) if options.skip_unsupported else ())}
    if options.allow_unproved:
        accepted |= {"wider", "narrower", "different", "unproved"}
    if counts[_BUG]:
        return BUG
    return DONE if set(counts) <= accepted else SOME_REFUSED


def _reported(outcomes: Iterable[_Outcome], counts: Counter[str]) -> Iterator[Block]:
    """What is printed; what is said of it goes to standard error, and is counted."""
    for outcome in outcomes:
        counts[outcome.name] += 1
        print(outcome.said, file=sys.stderr)
        yield outcome.block


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


def _converter(options: Namespace) -> Callable[[Source | Problem], list[_Outcome]]:
    """What makes outcomes of the rules of one file."""
    asked = _Asked(chosen_target(options), options.allow_unproved, options.output_format == "ndjson")

    def converted(source: Source | Problem) -> list[_Outcome]:
        return [_outcome(asked, rule) for rule in rules_in(source)]

    return converted


def _outcome(asked: _Asked, rule: Rule | Problem) -> _Outcome:
    """A bug of ours is told with the rule that shows it, and takes no other rule's query away."""
    try:
        (result,) = asked.target.convert_all([rule])
        text = _object_line(asked, result) if asked.ndjson else _text(asked, result)
    except Exception as error:
        return _Outcome(Block(_source(rule)), bug_report(error, report.place(rule.path, rule.line)), _BUG)
    if isinstance(result, Declined):
        name = "refused" if result.rule is not None else "unreadable"
        return _Outcome(Block(_source(rule), "", text), report.problem_line(result.verdict.problem, refused=result.rule is not None), name)
    return _Outcome(Block(_source(rule), _heading(result), text), "\n".join(_said(result)), result.verdict.name)


def _source(rule: Rule | Problem) -> Path | None:
    return None if isinstance(rule, Problem) else rule.path or Path("stdin")


def _said(query: Query) -> Iterator[str]:
    rule = query.rule
    yield from report.verdict_lines(report.place(rule.path, rule.line if rule.line > 1 else 0), query.verdict)
    for field, reason in query.approximate.items():
        yield f"  approximate: {field}: {reason}"
    for problem in rule.problems:
        yield f"  warning: {report.problem_line(problem)}"


def _text(asked: _Asked, result: Result) -> str:
    return f"{result.text}\n" if isinstance(result, Query) and asked.shows(result) else ""


def _heading(query: Query) -> str:
    """The line above a query among several: id and title, on one line whatever the title holds, and the verdict where it is no proof."""
    label = "" if query.proved else f"({query.verdict.name})"
    shown = " ".join(filter(None, (query.rule.id, query.rule.title, label)))
    return "# " + (shown if shown.isprintable() else "".join(each if each.isprintable() else " " for each in shown))


def _object_line(asked: _Asked, result: Result) -> str:
    return json.dumps(_object(asked, result), ensure_ascii=False, default=str) + "\n"


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
