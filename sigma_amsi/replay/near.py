"""The edges of a rule as events: near hits and near misses inside its log source, and a hit as other kinds of events would have it.

`sigma_amsi.near` makes the fields of events that one test of the rule decides. Here they become events of the log source, and the log source itself is
flipped: another event id, another operation. Also here: which of its edges a rule's own samples show.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from sigma_amsi.events.flatten import flat_event
from sigma_amsi.events.log_sources import as_windows_spells, coverage, covers, event_of_fields, example, related_log_sources
from sigma_amsi.events.model import Event
from sigma_amsi.near import Nearby, nearby
from sigma_amsi.pattern import AnyMany, Token
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import FALSE, TRUE, Matches, Predicate, Test
from sigma_amsi.predicate.walk import map_tests, tests_of
from sigma_amsi.rule.model import Rule
from sigma_amsi.term import Field


class Near(Struct, frozen=True):
    """An event near an edge of a rule. fires: whether the rule does."""

    event: Event
    fires: bool


class Shown(Struct, frozen=True):
    """Which edges of a rule some events show: each test once where it decides by holding, and once where it decides by not holding.

    missing: the edges that none shows, as the test and whether it would hold.
    """

    edges: int
    missing: tuple[tuple[Test, bool], ...]


class Edges(Struct, frozen=True, dict=True):
    """The edges of a rule. Raises Refused for a rule whose detection is no predicate."""

    rule: Rule

    @cached_property
    def near(self) -> Nearby:
        """What was made from the detection: fields of events, and the tests that can never matter."""
        return nearby(self.rule.detection)

    @cached_property
    def events(self) -> tuple[Near, ...]:
        """The events near the edges."""
        condition = coverage(self.rule.log_source)
        given = ({**example(condition), **sample.fields} for sample in self.near.samples)
        made = (event_of_fields(as_windows_spells(condition, fields)) for fields in given)
        found = [Near(event, covers(condition, event) and evaluate(self.rule.detection, event.fields)) for event in made]
        hit = next((near.event for near in found if near.fires), None)
        return (*found, *(_elsewhere(hit, self.rule) if hit is not None else ()))

    def shown_by(self, events: Iterable[Event]) -> Shown:
        """Which edges the given events show. Of a test that can never matter, none is asked for."""
        detection, condition = self.rule.detection, coverage(self.rule.log_source)
        tests = [test for test in dict.fromkeys(tests_of(detection)) if test not in self.near.dead]
        missing = dict.fromkeys((test, holds) for test in tests for holds in (True, False))
        edges = len(missing)
        for event in events:
            if covers(condition, event):
                answer = evaluate(detection, event.fields)
                for test in tests:
                    holds = evaluate(test, event.fields)
                    if (test, holds) in missing and evaluate(_answered(detection, test, not holds), event.fields) != answer:
                        del missing[test, holds]
        return Shown(edges, tuple(missing))


def _answered(detection: Predicate, test: Test, holds: bool) -> Predicate:
    """The detection with the answer of one test given."""
    answer = TRUE if holds else FALSE
    return map_tests(detection, lambda each: answer if each == test else each)


def _elsewhere(hit: Event, rule: Rule) -> Iterator[Near]:
    """The event as other kinds of events of the same channel would have it. The rule must not fire."""
    condition = coverage(rule.log_source)
    for others in related_log_sources(rule.log_source):
        event = flat_event({**dict(hit.data), **hit.system, **others})
        if not covers(condition, event):
            yield Near(event, False)


def shown(test: Test) -> str:
    """The test in a few words: its field, and the value as Sigma writes it."""
    name = test.subject.name if isinstance(test.subject, Field) else "a keyword"
    if isinstance(test.holds, Matches):
        return f"{name} = {''.join(_token(token) for token in test.holds.pattern.tokens)}"
    return f"{name} ({type(test.holds).__name__.lower()})"


def _token(token: Token) -> str:
    if isinstance(token, str):
        return token
    return "*" if isinstance(token, AnyMany) else "?"
