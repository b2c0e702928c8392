"""Runs a rule and its query on the rule's own samples, and on its near misses and near hits."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from msgspec import Struct, field

from sigma_amsi.errors import ConfigurationError, Refused
from sigma_amsi.events.model import Event, EventError
from sigma_amsi.events.rows import NotCollected, Row, Shape, load_shape
from sigma_amsi.replay.model import Outcome, Sample
from sigma_amsi.replay.near import Edges, Near, Shown, shown
from sigma_amsi.replay.samples import samples_of
from sigma_amsi.replay.subjects import QuerySubject, RuleSubject, query_subject, rule_subject
from sigma_amsi.rule.model import Rule
from sigma_amsi.targets import Target

NEAR = "near misses and hits"
"""What the generated events are called among the samples."""

_TOLD = 5
"""So many events are named in a message; the others are counted."""


class Replay(Struct, frozen=True, dict=True):
    """How rules are run: alone, or with their queries on a target."""

    target: Target | None = None

    @cached_property
    def shape(self) -> Shape | None:
        """What the target's SIEM makes of events. Raises ConfigurationError for a pipeline of which that is not known."""
        return load_shape(self.target.pipeline.name) if self.target else None

    @property
    def name(self) -> str:
        """What the query is called in outcomes."""
        return f"{self.target.backend.name} {self.target.pipeline.name}" if self.target else ""

    def row(self, event: Event) -> Row | NotCollected:
        """What the target's SIEM makes of the event."""
        assert self.shape is not None
        return self.shape.row(event)

    def query(self, rule: Rule) -> QuerySubject | Refused | None:
        """The rule's query, or why there is none; None without a target."""
        if self.target is None:
            return None
        try:
            return query_subject(rule, self.target)
        except Refused as refused:
            return refused

    def samples(self, rule: Rule) -> Iterator[Outcome]:
        """The outcomes of all samples of a rule, which are read as a stream."""
        try:
            samples = list(samples_of(rule))
            if not samples:
                yield Outcome(rule, "", "rule", "untested", "no regression_tests_path, no key `tests` and no file of tests beside the rule")
                return
            subject = rule_subject(rule)
        except (ConfigurationError, Refused) as error:
            yield Outcome(rule, "", "rule", "failed", str(error.problem))
            return
        query = self.query(rule)
        for sample in samples:
            try:
                yield from self._sample(rule, sample, subject, query)
            except EventError as error:
                yield Outcome(rule, sample.name, "rule", "failed", str(error.problem))

    def near(self, rule: Rule) -> Iterator[Outcome]:
        """The outcomes of the rule's near misses and near hits. What can never matter in it is told with the rule's own outcome."""
        edges = Edges(rule)
        try:
            events = edges.events
        except Refused as refused:
            yield Outcome(rule, NEAR, "rule", "skipped", f"{refused.problem.code}: {refused.problem.message}")
            return
        yield Outcome(rule, NEAR, "rule", "passed", "; ".join(_remarks(edges)), len(events), sum(near.fires for near in events))
        query = self.query(rule)
        if isinstance(query, Refused):
            yield Outcome(rule, NEAR, self.name, "skipped", _refusal(query), len(events))
        elif query is not None:
            yield self._near(rule, query, events)

    def coverage(self, rule: Rule) -> Shown:
        """Which of the rule's edges its own samples show. Raises ConfigurationError, EventError or Refused where they cannot be run."""
        return Edges(rule).shown_by(event for sample in samples_of(rule) for event in sample.events())

    def _sample(self, rule: Rule, sample: Sample, subject: RuleSubject, query: QuerySubject | Refused | None) -> Iterator[Outcome]:
        """The rule's outcome; and the query's, which has to find the rows of the very events that the rule fires on."""
        of_rule, of_query, differences = _Count(sample), _Count(sample), _Places()
        lost = ""
        for event in sample.events():
            fires = subject.matches(event)
            of_rule.add(event, fires)
            if isinstance(query, QuerySubject):
                row = self.row(event)
                finds = isinstance(row, Row) and query.matches(row)
                of_query.add(event, finds)
                if fires and isinstance(row, NotCollected):
                    lost = lost or row.reason
                elif fires != finds:
                    differences.add(f"{'misses' if fires else 'also finds'} {event.place}")
        yield of_rule.outcome(rule, "rule")
        if isinstance(query, Refused):
            yield Outcome(rule, sample.name, self.name, "skipped", _refusal(query), of_rule.events)
        elif differences.count:
            yield Outcome(rule, sample.name, self.name, "failed", f"the query {differences}", of_query.events, of_query.matched)
        elif lost:
            yield Outcome(rule, sample.name, self.name, "skipped", f"not collected: {lost}", of_query.events, of_query.matched)
        elif query is not None:
            yield of_query.outcome(rule, self.name)

    def _near(self, rule: Rule, query: QuerySubject, events: Sequence[Near]) -> Outcome:
        """The query's outcome on those events that the SIEM keeps as they are, and apart from one another.

        Made as small as they are, some events are like no real one. And where a hit and a miss have the same row, no query can tell them apart: an
        empty text and none, for example, are one where the SIEM drops empty texts, as the verdict then says.
        """
        rows = [(near, row) for near in events if isinstance(row := self.row(near.event), Row)]
        columns = query.columns()
        seen = [(near, row, frozenset(cell for cell in row.columns.items() if cell[0] in columns)) for near, row in rows]
        hits, misses = ({key for near, _, key in seen if near.fires == fires} for fires in (True, False))
        ambiguous = hits & misses
        kept = [(near, query.matches(row), key in ambiguous) for near, row, key in seen if query.keeps(near.event, row)]
        differences = _Places()
        for near, finds, is_ambiguous in kept:
            if finds != near.fires and not is_ambiguous:
                differences.add(f"{'misses' if near.fires else 'also finds'} {_fields(near.event)}")
        found = sum(finds for _, finds, _ in kept)
        if differences.count:
            return Outcome(rule, NEAR, self.name, "failed", f"the query {differences}", len(kept), found)
        if not kept:
            return Outcome(rule, NEAR, self.name, "skipped", "the SIEM keeps none of the events as it is", len(events))
        return Outcome(rule, NEAR, self.name, "passed", "", len(kept), found)


class _Places(Struct):
    """What is told of events: of the first few each, of the others how many."""

    count: int = 0
    told: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.count += 1
        if self.count <= _TOLD:
            self.told.append(text)

    def __str__(self) -> str:
        more = f", and {self.count - _TOLD:,} more" if self.count > _TOLD else ""
        return ", ".join(self.told) + more


class _Count(Struct):
    """The matches on the events of a sample, counted as they come."""

    sample: Sample
    events: int = 0
    matched: int = 0
    wrong: _Places = field(default_factory=_Places)

    def add(self, event: Event, matches: bool) -> None:
        self.events += 1
        self.matched += matches
        if self.sample.expected != "some" and matches != (self.sample.expected == "all"):
            self.wrong.add(event.place)

    def outcome(self, rule: Rule, subject: str) -> Outcome:
        """Whether the matches are those that the sample expects. A sample without events shows nothing and fails."""
        sample = self.sample
        failed = not self.events or self.wrong.count > 0
        message = ""
        if not self.events:
            message = "there is no event in it"
        elif self.wrong.count:
            message = f"{'does not match' if sample.expected == 'all' else 'matches'} {self.wrong}"
        elif sample.expected == "some" and self.matched != sample.count:
            message = f"matches {self.matched:,} of {self.events:,} events, and {sample.count:,} are expected"
            failed = self.matched < sample.count
        return Outcome(rule, sample.name, subject, "failed" if failed else "passed", message, self.events, self.matched)


def _refusal(refused: Refused) -> str:
    return f"refused {refused.problem.code}: {refused.problem.message}"


def _remarks(edges: Edges) -> Iterator[str]:
    for test in edges.near.dead:
        yield f"line {edges.rule.line_of(test)}: {shown(test)} can never matter: the rule says the same without it"
    if edges.near.open:
        _, reason = edges.near.open[0]
        yield f"of {len(edges.near.open)} values it is open whether they matter: {reason}"


def _fields(event: Event) -> str:
    return " ".join(f"{name}={value}" for name, value in event.fields.items())
