"""`sigma-amsi prove`: judges a query that someone else wrote, or what another converter makes of rules."""

import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sigma_amsi import pysigma
from sigma_amsi.cli import DONE, SOME_REFUSED, report
from sigma_amsi.cli.options import add_output_format, add_target_options, chosen_target, command_parser
from sigma_amsi.errors import Problem, Refused, RuleError, Unreadable
from sigma_amsi.judge import Judgement, judge
from sigma_amsi.proof.verdict import Refusal, Verdict, Witness
from sigma_amsi.rule import Rule, load, load_rule, read_text
from sigma_amsi.rule.document import documents
from sigma_amsi.rule.source import read_file, read_standard_input
from sigma_amsi.targets import Target

EPILOG = """\
Two things are shown apart: that the query keeps to the rule's log source, and that within it the query says the rule's detection. Either holds, or
an event is shown that the query adds or misses. Exit code 0: all is proved, be it under the facts that are named.

  sigma-amsi prove -t kusto -p microsoft_xdr rule.yml --query live.kql
  sigma-amsi prove -t splunk -p splunk_windows --backend-output pysigma --pysigma-pipeline splunk_windows rules/"""

_NEAR = 40
"""Characters of a query that are shown on both sides of the place where it cannot be read."""


class _Judged(Struct, frozen=True):
    """A rule with the queries that were judged, and what came of it.

    An outcome is a judgement; a problem of the rule, of the other converter or of reading its query; or a refusal of ours.
    """

    rule: Rule | None
    outcome: Judgement | Problem | Refusal
    queries: tuple[str, ...] = ()
    offset: int = -1

    @property
    def name(self) -> str:
        """What it counts as."""
        if isinstance(self.outcome, Judgement):
            return self.outcome.verdict.name
        return self.outcome.name if isinstance(self.outcome, Refusal) else self.outcome.code if self.rule else "unreadable"

    @property
    def proved(self) -> bool:
        """Whether the queries say what the rule says."""
        return isinstance(self.outcome, Judgement) and self.outcome.proved


def run(arguments: Sequence[str]) -> int:
    """Judges, and prints a verdict for every rule."""
    options = _options(arguments)
    target = chosen_target(options)
    results = [_foreign(target, options)] if options.query else _official(target, options)
    counts: Counter[str] = Counter()
    proved = True
    for result in results:
        counts[result.name] += 1
        proved = proved and result.proved
        if options.output_format == "ndjson":
            print(json.dumps({**_object(result), **_names(target, options)}, ensure_ascii=False, default=str))
        else:
            print("\n".join(_lines(result)))
    if counts.total() > 1:
        print(report.tally("rule", counts), file=sys.stderr)
    return DONE if proved else SOME_REFUSED


def _options(arguments: Sequence[str]) -> Namespace:
    parser = command_parser("prove", "Judges whether queries mean what rules mean, with an event that shows the difference.", epilog=EPILOG)
    add_target_options(parser)
    parser.add_argument("--query", metavar="FILE", help="the query to judge against the one rule; - for standard input")
    parser.add_argument("--backend-output", choices=("pysigma",), help="judge what an installed backend of pySigma makes of the rules")
    parser.add_argument(
        "--pysigma-pipeline", metavar="NAME", action="append", default=[], help="a pipeline of pySigma; repeat it for several"
    )
    add_output_format(parser, "text", "ndjson")
    parser.add_argument("inputs", metavar="RULE", nargs="+", help="one rule; with --backend-output rule files, folders of them, or -")
    options = parser.parse_intermixed_args(arguments)
    if bool(options.query) == bool(options.backend_output):
        parser.error("say what to judge: --query FILE, or --backend-output pysigma")
    if options.query and (len(options.inputs) != 1 or options.inputs == [options.query]):
        parser.error("--query is judged against one rule")
    return options


# -- a query of anybody ------------------------------------------------------------------------------------------------------------------


def _foreign(target: Target, options: Namespace) -> _Judged:
    """The query of a file against the one rule."""
    path = None if options.query == "-" else Path(options.query)
    try:
        rule = load_rule(options.inputs[0])
        query = read_file(path) if path else read_standard_input()
    except RuleError as error:
        return _Judged(None, error.problem)
    return _judged(target, rule, (query,), path)


def _judged(target: Target, rule: Rule, queries: tuple[str, ...], path: Path | None) -> _Judged:
    """`path`: where an unreadable query is said to be."""
    try:
        return _Judged(rule, judge(target, rule, queries), queries)
    except Refused as refused:
        return _Judged(rule, Refusal(refused.problem), queries)
    except Unreadable as unreadable:
        problem = replace(unreadable.problem, path=path, line=queries[0].count("\n", 0, unreadable.offset) + 1 if len(queries) == 1 else 0)
        return _Judged(rule, problem, queries, unreadable.offset)


# -- another converter's queries ---------------------------------------------------------------------------------------------------------


def _official(target: Target, options: Namespace) -> Iterator[_Judged]:
    """What a backend of pySigma makes of each rule."""
    for rule, text in _rules(options.inputs):
        if isinstance(rule, Problem):
            yield _Judged(None, rule)
            continue
        try:
            queries = pysigma.backend_output(target.backend.name, options.pysigma_pipeline, text)
        except RuleError as error:
            yield _Judged(rule, replace(error.problem, path=rule.path, line=rule.line))
            continue
        yield _judged(target, rule, queries, rule.path)


def _rules(inputs: Sequence[str]) -> Iterator[tuple[Rule | Problem, str]]:
    """Each rule with the text of its document."""
    for source in inputs:
        if source != "-":
            for rule in load(source):
                text = read_file(rule.path) if isinstance(rule, Rule) and rule.path else ""
                yield rule, _document(text, rule)
            continue
        try:
            text = read_standard_input()
        except RuleError as error:
            yield error.problem, ""
            continue
        for rule in read_text(text):
            yield rule, _document(text, rule)


def _document(text: str, rule: Rule | Problem) -> str:
    return next((each.text for each in documents(text) if not isinstance(each, Problem) and each.root.line == rule.line), "")


# -- what is printed ---------------------------------------------------------------------------------------------------------------------


def _lines(result: _Judged) -> Iterator[str]:
    outcome = result.outcome
    if isinstance(outcome, Refusal):
        yield report.problem_line(outcome.problem, refused=True)
    elif isinstance(outcome, Problem):
        yield report.problem_line(outcome)
        if result.offset >= 0 and len(result.queries) == 1:
            yield f"  near:       {_near(result.queries[0], result.offset)}"
    else:
        assert result.rule is not None
        yield from report.verdict_lines(report.place(result.rule.path, result.rule.line if result.rule.line > 1 else 0), outcome.verdict)
        for event in _events(outcome.verdict):
            yield f"  {'as event:':<12}{event}"
        if outcome.unknown_columns:
            yield f"  columns:    not in the schema, read as absent: {', '.join(outcome.unknown_columns)}"


def _events(verdict: Verdict) -> Iterator[str]:
    """The witnesses as the rule sees them, each once; not those whose row is the same."""
    parts = (verdict.obligations.log_source, verdict.obligations.detection)
    found = [("adds", part.adds) for part in parts] + [("misses", part.misses) for part in parts]
    seen = [(how, witness) for how, witness in found if witness and witness.event and witness.event != witness.row]
    yield from dict.fromkeys(f"{how} {Witness(witness.event, {})}" for how, witness in seen)


def _near(query: str, offset: int) -> str:
    start, end = max(0, offset - _NEAR), offset + _NEAR
    shown = f"{'…' if start else ''}{query[start:end]}{'…' if end < len(query) else ''}"
    return " ".join(shown.split())


def _names(target: Target, options: Namespace) -> dict[str, Any]:
    """What was asked for, as programs see it."""
    asked = {"target": target.backend.name, "pipeline": target.pipeline.name}
    return {**asked, "pysigma_pipelines": options.pysigma_pipeline} if options.backend_output else asked


def _object(result: _Judged) -> dict[str, Any]:
    outcome, queries = result.outcome, list(result.queries)
    if isinstance(outcome, Refusal):
        return {**report.refusal_object(result.rule, outcome), "queries": queries}
    if isinstance(outcome, Problem):
        return {
            "rule": report.rule_object(result.rule, outcome),
            "verdict": None,
            "problem": report.problem_object(outcome),
            "queries": queries,
        }
    return {
        "rule": report.rule_object(result.rule),
        **report.verdict_object(outcome.verdict),
        "unknown_columns": list(outcome.unknown_columns),
        "queries": queries,
    }
