"""Runs rules and their queries: on the samples of each rule, or all rules on all events."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter

from sigma_amsi.errors import ConfigurationError, Refused
from sigma_amsi.events.log_sources import covers
from sigma_amsi.events.model import Event, EventError
from sigma_amsi.events.rows import NotCollected, Row, Shape, load_shape
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.replay.model import Outcome, Sample
from sigma_amsi.replay.near import Edges, Near, Shown, shown
from sigma_amsi.replay.samples import samples_of
from sigma_amsi.replay.subjects import QuerySubject, RuleSubject, query_subject, rule_subject
from sigma_amsi.rule.model import Rule
from sigma_amsi.targets import Target


@dataclass(frozen=True)
class Replay:
    """How rules are run: alone, or with their queries on a target. Raises ConfigurationError for a pipeline of which no row shape is known."""

    target: Target | None = None
    shape: Shape | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", load_shape(self.target.pipeline.name) if self.target else None)

    @property
    def name(self) -> str:
        """What the query is called in outcomes."""
        return f"{self.target.backend.name} {self.target.pipeline.name}" if self.target else ""

    def samples(self, rule: Rule) -> Iterator[Outcome]:
        """The outcomes of all samples of a rule."""
        try:
            samples = list(samples_of(rule))
        except ConfigurationError as error:
            yield Outcome(rule, "", "rule", "failed", str(error.problem))
            return
        if not samples:
            yield Outcome(rule, "", "rule", "untested", "no regression_tests_path, no key `tests` and no file of tests beside the rule")
            return
        try:
            subject = rule_subject(rule)
        except Refused as refused:
            yield Outcome(rule, "", "rule", "failed", f"{refused.problem.code}: {refused.problem.message}")
            return
        query = self.query(rule)
        for sample in samples:
            yield from self._sample(rule, sample, subject, query)

    def near(self, rule: Rule) -> Iterator[Outcome]:
        """The outcomes of the rule's near misses and near hits. What can never matter in it is told with the rule's own outcome."""
        edges = Edges(rule)
        try:
            events = edges.events
        except Refused as refused:
            yield Outcome(rule, NEAR, "rule", "skipped", f"{refused.problem.code}: {refused.problem.message}")
            return
        subject = rule_subject(rule)
        assert all(subject.matches(near.event) == near.fires for near in events)  # the prover and the evaluator mean the same by a rule
        yield Outcome(rule, NEAR, "rule", "passed", "; ".join(_remarks(edges)), len(events), sum(near.fires for near in events))
        query = self.query(rule)
        if isinstance(query, Refused):
            reason = f"refused {query.problem.code}: {query.problem.message}"
            yield Outcome(rule, NEAR, self.name, "skipped", reason, len(events))
        elif query is not None:
            yield self._near(rule, query, events)

    def coverage(self, rule: Rule) -> Shown:
        """Which of the rule's edges its own samples show. Raises ConfigurationError, EventError or Refused where they cannot be run."""
        return Edges(rule).shown_by(event for sample in samples_of(rule) for event in sample.events())

    def _near(self, rule: Rule, query: QuerySubject, events: Sequence[Near]) -> Outcome:
        """The query's outcome on those events that the SIEM keeps as they are: made as small as they are, some are like no real one."""
        assert self.shape is not None
        rows = [(near, self.shape.row(near.event)) for near in events]
        kept = [(near, row) for near, row in rows if isinstance(row, Row) and query.keeps(near.event, row)]
        wrong = [near for near, row in kept if query.matches(row) != near.fires]
        found = sum(query.matches(row) for _, row in kept)
        if not wrong:
            return Outcome(rule, NEAR, self.name, "passed" if kept else "skipped", "" if kept else NOT_KEPT, len(kept), found)
        told = "; ".join(f"{'misses' if near.fires else 'also finds'} {_fields(near.event)}" for near in wrong[:3])
        return Outcome(rule, NEAR, self.name, "failed", f"the query {told}", len(kept), found)

    def query(self, rule: Rule) -> QuerySubject | Refused | None:
        if self.target is None:
            return None
        try:
            return query_subject(rule, self.target)
        except Refused as refused:
            return refused

    def _sample(self, rule: Rule, sample: Sample, subject: RuleSubject, query: QuerySubject | Refused | None) -> Iterator[Outcome]:
        try:
            events = list(sample.events())
        except EventError as error:
            yield Outcome(rule, sample.name, "rule", "failed", str(error.problem))
            return
        fired = [subject.matches(event) for event in events]
        yield _judged(rule, sample, "rule", events, fired)
        if isinstance(query, Refused):
            reason = f"refused {query.problem.code}: {query.problem.message}"
            yield Outcome(rule, sample.name, self.name, "skipped", reason, len(events))
        elif query is not None:
            yield self._compared(rule, sample, query, events, fired)

    def _compared(self, rule: Rule, sample: Sample, query: QuerySubject, events: Sequence[Event], fired: Sequence[bool]) -> Outcome:
        """The query's outcome: it has to find the rows of the very events that the rule fires on."""
        assert self.shape is not None
        rows = [self.shape.row(event) for event in events]
        found = [isinstance(row, Row) and query.matches(row) for row in rows]
        missing = [row.reason for row, fires in zip(rows, fired, strict=True) if fires and isinstance(row, NotCollected)]
        if missing:
            return Outcome(rule, sample.name, self.name, "skipped", f"not collected: {missing[0]}", len(events), sum(found))
        wrong = [
            f"{'misses' if fires else 'also finds'} {event.place}"
            for event, fires, finds in zip(events, fired, found, strict=True)
            if fires != finds
        ]
        if wrong:
            return Outcome(rule, sample.name, self.name, "failed", f"the query {'; '.join(wrong)}", len(events), sum(found))
        return _judged(rule, sample, self.name, events, found)


def _judged(rule: Rule, sample: Sample, subject: str, events: Sequence[Event], matched: Sequence[bool]) -> Outcome:
    """Whether the matches are those that the sample expects. A sample without events shows nothing and fails."""
    count = sum(matched)
    if not events:
        return Outcome(rule, sample.name, subject, "failed", "there is no event in it")
    if sample.expected == "some":
        message = f"matches {count} of {len(events)} events, and {sample.count} are expected" if count != sample.count else ""
        return Outcome(rule, sample.name, subject, "passed" if count >= sample.count else "failed", message, len(events), count)
    wrong = [event.place for event, each in zip(events, matched, strict=True) if each != (sample.expected == "all")]
    says = "does not match" if sample.expected == "all" else "matches"
    return Outcome(
        rule, sample.name, subject, "failed" if wrong else "passed", f"{says} {', '.join(wrong)}" if wrong else "", len(events), count
    )


NEAR = "near misses and hits"
NOT_KEPT = "the SIEM keeps none of the events as it is"


def _remarks(edges: Edges) -> Iterator[str]:
    for test in edges.near.dead:
        yield f"line {edges.rule.line_of(test)}: {shown(test)} can never matter: the rule says the same without it"
    if edges.near.open:
        _, reason = edges.near.open[0]
        yield f"of {len(edges.near.open)} values it is open whether they matter: {reason}"


def _fields(event: Event) -> str:
    return ", ".join(f"{name}={value}" for name, value in event.fields.items())


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fires on an event, or whose query finds the event's row.

    query: whether the query finds it; None without a query, or where the SIEM has no row of the event.
    """

    rule: Rule
    event: Event
    fires: bool
    query: bool | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A rule with what is run. refused: why there is no query, or no rule to run."""

    rule: Rule
    subject: RuleSubject | None
    query: QuerySubject | None
    refused: Refused | None = None


def prepared(replay: Replay, rules: Iterable[Rule]) -> Iterator[Prepared]:
    """Each rule with its query, ready to run on any number of events."""
    for rule in rules:
        try:
            subject = rule_subject(rule)
        except Refused as refused:
            yield Prepared(rule, None, None, refused)
            continue
        query = replay.query(rule)
        yield Prepared(rule, subject, None, query) if isinstance(query, Refused) else Prepared(rule, subject, query)


def matches(replay: Replay, rules: Sequence[Prepared], events: Iterable[Event]) -> Iterator[Match]:
    """Every rule that fires on an event or whose query finds it, event by event.

    Memory does not grow with the number of events: they are taken in batches, so that what is compiled for a rule serves many of them.
    """
    numbers: dict[Predicate, int] = {}  # of log sources, which are few where rules are many
    for each in rules:
        if each.subject is not None:
            numbers.setdefault(each.subject.log_source, len(numbers))
    rest = iter(events)
    while batch := list(islice(rest, _BATCH)):
        rows = [replay.shape.row(event) if replay.shape else None for event in batch]
        covered = [[covers(condition, event) for event in batch] for condition in numbers]
        found: list[tuple[int, Match]] = []
        for each in rules:
            if each.subject is not None:
                found.extend(_matches(each, each.subject, batch, rows, covered[numbers[each.subject.log_source]]))
        yield from (match for _, match in sorted(found, key=itemgetter(0)))


_BATCH = 1000


def _matches(
    rule: Prepared, subject: RuleSubject, events: Sequence[Event], rows: Sequence[Row | NotCollected | None], covered: Sequence[bool]
) -> Iterator[tuple[int, Match]]:
    """The matches of one rule, each with the number of its event."""
    for number, (event, row, is_covered) in enumerate(zip(events, rows, covered, strict=True)):
        fires = is_covered and evaluate(subject.detection, event.fields)
        finds = rule.query.matches(row) if rule.query is not None and isinstance(row, Row) else None
        if fires or finds:
            yield number, Match(rule.rule, event, fires, finds)
