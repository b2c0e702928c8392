"""All rules on all events: which rule fires where, and whether its query says the same."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter

from msgspec import Struct

from sigma_amsi.errors import Refused
from sigma_amsi.events.log_sources import covers
from sigma_amsi.events.model import Event
from sigma_amsi.events.rows import NotCollected, Row
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.replay.run import Replay
from sigma_amsi.replay.subjects import QuerySubject, RuleSubject, rule_subject
from sigma_amsi.rule.model import Rule

_BATCH = 1000


class Match(Struct, frozen=True):
    """A rule that fires on an event, or whose query finds the event's row.

    query: whether the query finds it; None without a query, or where the SIEM has no row of the event.
    """

    rule: Rule
    event: Event
    fires: bool
    query: bool | None


class Prepared(Struct, frozen=True):
    """A rule with what is run. refused: why there is no query, or no rule to run."""

    rule: Rule
    subject: RuleSubject | None
    query: QuerySubject | None
    refused: Refused | None = None


def prepared(replay: Replay, rule: Rule) -> Prepared:
    """The rule with its query, ready to run on any number of events."""
    try:
        subject = rule_subject(rule)
    except Refused as refused:
        return Prepared(rule, None, None, refused)
    query = replay.query(rule)
    return Prepared(rule, subject, None, query) if isinstance(query, Refused) else Prepared(rule, subject, query)


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
        rows = [replay.row(event) if replay.target else None for event in batch]
        covered = [[covers(condition, event) for event in batch] for condition in numbers]
        found: list[tuple[int, Match]] = []
        for each in rules:
            if each.subject is not None:
                found.extend(_matches(each, each.subject, batch, rows, covered[numbers[each.subject.log_source]]))
        yield from (match for _, match in sorted(found, key=itemgetter(0)))


def _matches(
    rule: Prepared, subject: RuleSubject, events: Sequence[Event], rows: Sequence[Row | NotCollected | None], covered: Sequence[bool]
) -> Iterator[tuple[int, Match]]:
    """The matches of one rule, each with the number of its event."""
    for number, (event, row, is_covered) in enumerate(zip(events, rows, covered, strict=True)):
        fires = is_covered and evaluate(subject.detection, event.fields)
        finds = rule.query.matches(row) if rule.query is not None and isinstance(row, Row) else None
        if fires or finds:
            yield number, Match(rule.rule, event, fires, finds)
