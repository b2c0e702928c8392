"""`sigma-amsi test`: rules, and the queries that they become, on recorded events."""

import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from sigma_amsi.cli import BUG, DONE, SOME_REFUSED, bug_report, report
from sigma_amsi.cli.options import add_output_format, add_target_options, chosen_target, command_parser
from sigma_amsi.errors import Problem, SigmaAmsiError
from sigma_amsi.events.model import Event, EventError
from sigma_amsi.events.read import read_events
from sigma_amsi.replay.junit import junit
from sigma_amsi.replay.model import Outcome
from sigma_amsi.replay.near import shown
from sigma_amsi.replay.run import NEAR, Replay
from sigma_amsi.replay.sweep import Match, Prepared, matches, prepared
from sigma_amsi.rule.model import Rule
from sigma_amsi.rule.read import load
from sigma_amsi.rule.source import SAMPLES_SUFFIX

EPILOG = """\
Without EVENTS, every rule runs on its own samples (SigmaHQ's regression_tests_path, RULE.tests.yml beside RULE.yml, and the rule's key `tests`), and on
near misses and near hits, which are generated for every value of the rule. With EVENTS, all rules run on all events. With a target, each rule's
query runs as well, on the rows that the SIEM makes of the events, and has to find what the rule finds. Exit code 1: a test failed, or there was none.

  sigma-amsi test rules/
  sigma-amsi test -t splunk -p splunk_windows rules/
  sigma-amsi test -t kusto -p microsoft_xdr rules/ recordings/*.evtx"""

EVENT_SUFFIXES = (".evtx", ".json", ".jsonl", ".ndjson", ".xml")

_Any = TypeVar("_Any")


def run(arguments: Sequence[str]) -> int:
    """Tests, and prints what failed."""
    options = _options(arguments)
    replay = Replay(chosen_target(options) if options.target else None)
    problems: list[Problem] = []
    rules = _rules(options.rules, problems)
    code = _on_events(replay, rules, options) if options.events else _on_samples(replay, rules, options)
    for problem in problems:
        print(report.problem_line(problem), file=sys.stderr)
    return SOME_REFUSED if problems else code


def _options(arguments: Sequence[str]) -> Namespace:
    parser = command_parser("test", "Runs Sigma rules and their queries on recorded events.", epilog=EPILOG)
    add_target_options(parser, required=False)
    parser.add_argument(
        "--samples-only", action="store_true", help="leave out the near misses and near hits that are generated for each rule"
    )
    add_output_format(parser, "text", "junit", "ndjson")
    parser.add_argument("-v", "--verbose", action="store_true", help="show tests that passed, and every rule that has none")
    parser.add_argument("rules", metavar="RULES", help="a rule file, a folder of them, or - for standard input")
    parser.add_argument(
        "events", metavar="EVENTS", nargs="*", type=Path, help="files of events (EVTX, JSON, NDJSON, XML), or folders of them"
    )
    options = parser.parse_intermixed_args(arguments)
    if options.pipeline and not options.target:
        parser.error("-p needs a target: -t TARGET")
    if options.events and options.output_format == "junit":
        parser.error("junit reports expectations, and events that are given have none: --output-format text or ndjson")
    return options


def _rules(source: str, problems: list[Problem]) -> Iterator[Rule]:
    """The rules; what cannot be read is kept for later. A file of tests is no rule."""
    for each in load([source]):
        if isinstance(each, Rule):
            yield each
        elif each.path is None or not each.path.name.endswith(SAMPLES_SUFFIX):
            problems.append(each)


def _on_samples(replay: Replay, rules: Iterable[Rule], options: Namespace) -> int:
    outcomes: list[Outcome] = []
    bugs = _Bugs()
    for rule in _with_progress(rules, "rule"):
        with bugs.told(rule):
            found = [*replay.samples(rule), *(() if options.samples_only else replay.near(rule))]
            outcomes += found
            _print_outcomes(replay, rule, found, options)
    if options.output_format == "junit":
        print(junit(outcomes), end="")
    for line in _tallies(outcomes):
        print(line, file=sys.stderr)
    ran = [outcome.state for outcome in outcomes if outcome.state != "untested"]
    return bugs.code or (DONE if ran and "failed" not in ran else SOME_REFUSED)


def _print_outcomes(replay: Replay, rule: Rule, outcomes: Sequence[Outcome], options: Namespace) -> None:
    if options.output_format == "ndjson":
        lines: Iterable[str] = (json.dumps(_outcome_object(outcome), ensure_ascii=False) for outcome in outcomes)
    else:
        lines = _lines(replay, rule, outcomes, options.verbose) if options.output_format == "text" else ()
    for line in lines:
        print(line)


def _tallies(outcomes: Sequence[Outcome]) -> Iterator[str]:
    samples = [outcome for outcome in outcomes if outcome.sample != NEAR and outcome.state != "untested"]
    without = sum(outcome.state == "untested" for outcome in outcomes)
    rules = len({id(outcome.rule) for outcome in samples})
    untested = f"{report.counted(without, 'rule')} without samples"
    if samples:
        tally = report.tally("test", Counter(outcome.state for outcome in samples))
        yield f"{tally} of {report.counted(rules, 'rule')}" + (f"; {untested}" if without else "")
    elif without:
        yield untested
        yield "  hint: write RULE.tests.yml beside the rule: `sigma-amsi test --help`"
    near = [outcome for outcome in outcomes if outcome.sample == NEAR]
    if near:
        events = report.counted(sum(outcome.events for outcome in near if outcome.subject == "rule"), "event")
        yield f"{report.tally('test', Counter(outcome.state for outcome in near))} of near misses and hits, {events}"


def _lines(replay: Replay, rule: Rule, outcomes: Sequence[Outcome], verbose: bool) -> Iterator[str]:
    """What failed or is remarkable; with `verbose` everything, and what of the rule its samples show."""
    yield from (_line(outcome) for outcome in outcomes if verbose or (outcome.message and outcome.state != "untested"))
    if verbose and all(outcome.state != "untested" for outcome in outcomes):
        yield from _coverage_lines(replay, rule)


def _coverage_lines(replay: Replay, rule: Rule) -> Iterator[str]:
    """How much of the rule its own samples show, and what they do not; nothing for a rule whose samples could not be run."""
    try:
        coverage = replay.coverage(rule)
    except SigmaAmsiError:
        return  # told already, as a test that failed
    where = report.place(rule.path)
    yield f"{where}: the samples show {coverage.edges - len(coverage.missing)} of {report.counted(coverage.edges, 'edge')}"
    for test, holds in coverage.missing:
        yield f"  line {rule.line_of(test)}: no sample on which {shown(test)} decides by {'holding' if holds else 'not holding'}"


def _line(outcome: Outcome) -> str:
    state = outcome.state if outcome.state != "failed" else "FAILED"
    sample = f"{outcome.sample}: " if outcome.sample else ""
    message = f": {outcome.message}" if outcome.message else ""
    return f"{report.place(outcome.rule.path)}: {sample}{outcome.subject} {state}{message}"


def _outcome_object(outcome: Outcome) -> dict[str, Any]:
    return {
        "rule": report.rule_object(outcome.rule),
        "sample": outcome.sample or None,
        "subject": outcome.subject,
        "state": outcome.state,
        "message": outcome.message or None,
        "events": outcome.events,
        "matched": outcome.matched,
    }


def _on_events(replay: Replay, rules: Iterable[Rule], options: Namespace) -> int:
    ready: list[Prepared] = []
    bugs = _Bugs()
    for rule in _with_progress(rules, "rule"):
        with bugs.told(rule):
            ready.append(prepared(replay, rule))
    for each in ready:
        if each.refused is not None and (options.verbose or each.subject is None):
            print(report.problem_line(each.refused.problem, refused=True), file=sys.stderr)
    counts: Counter[str] = Counter()
    code = DONE if ready else SOME_REFUSED
    try:
        for match in matches(replay, ready, _with_progress(_counted(_events(options.events), counts), "event")):
            differs = match.query is not None and match.query != match.fires
            counts.update(fires=match.fires, found=bool(match.query), differences=differs)
            print(
                json.dumps(_match_object(match), ensure_ascii=False) if options.output_format == "ndjson" else _match_line(match, differs)
            )
    except EventError as error:
        print(report.problem_line(error.problem), file=sys.stderr)
        code = SOME_REFUSED
    print(_summary(replay, ready, counts), file=sys.stderr)
    return bugs.code or (SOME_REFUSED if counts["differences"] or not counts["events"] else code)


def _events(paths: Iterable[Path]) -> Iterator[Event]:
    for path in paths:
        if path.is_dir():
            yield from _events(sorted(each for each in path.rglob("*") if each.suffix.lower() in EVENT_SUFFIXES and each.is_file()))
        else:
            yield from read_events(path)


def _counted(events: Iterable[Event], counts: Counter[str]) -> Iterator[Event]:
    for event in events:
        counts["events"] += 1
        yield event


def _match_line(match: Match, differs: bool) -> str:
    what = "" if not differs else " DIFFERS: the query misses it" if match.fires else " DIFFERS: only the query finds it"
    return f"{match.event.place}: {report.place(match.rule.path)}: {match.rule.title}{what}"


def _match_object(match: Match) -> dict[str, Any]:
    event = match.event
    where = {"path": str(event.path) if event.path else None, "line": event.line or None, "position": event.position}
    return {"rule": report.rule_object(match.rule), "event": where, "fires": match.fires, "query": match.query}


def _summary(replay: Replay, ready: Sequence[Prepared], counts: Counter[str]) -> str:
    rules, events, fires = (
        report.counted(len(ready), "rule"),
        report.counted(counts["events"], "event"),
        report.counted(counts["fires"], "time"),
    )
    if replay.target is None:
        return f"{rules} on {events}: fired {fires}"
    queries = sum(each.query is not None for each in ready)
    differences = report.counted(counts["differences"], "difference")
    return f"{rules} on {events}: fired {fires}; queries of {queries:,} of them found {counts['found']:,}, {differences}"


class _Bugs(Struct):
    """A bug of ours is told with the rule that shows it, and takes no other rule's tests away. code: the exit code, 0 where there was none."""

    code: int = 0

    @contextmanager
    def told(self, rule: Rule) -> Iterator[None]:
        try:
            yield
        except (SigmaAmsiError, BrokenPipeError):
            raise
        except Exception as error:
            self.code = BUG
            print(bug_report(error, report.place(rule.path, rule.line)), file=sys.stderr)


def _with_progress(things: Iterable[_Any], noun: str) -> Iterator[_Any]:
    """The things, with a running count on a terminal. A log or a pipe gets none."""
    shown = sys.stderr.isatty()
    for number, thing in enumerate(things, 1):
        if shown and number % 50 == 0:
            print(f"\r{number:,} {noun}s", end="", file=sys.stderr, flush=True)
        yield thing
    if shown:
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)
