"""Which events a rule's log source covers, apart from any SIEM: channel, event id and operation."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from sigma_amsi.characters import fold
from sigma_amsi.events.conditions import read_event_condition
from sigma_amsi.events.flatten import flat_event
from sigma_amsi.events.model import Event
from sigma_amsi.events.rows.read import read_rows_file
from sigma_amsi.pipeline.nodes import MapNode, check_keys, mapping, text, texts
from sigma_amsi.predicate.evaluate import Cell, evaluate
from sigma_amsi.predicate.tree import And, Matches, Null, Predicate, Test, all_of, any_of, negation
from sigma_amsi.predicate.walk import tests_of
from sigma_amsi.rule.model import LogSource
from sigma_amsi.term import Field


@lru_cache
def coverage(source: LogSource) -> Predicate:
    """The condition that an event of the log source satisfies: on channel and id in <System>, and on the operation.

    Of a log source that is not known here, or of another product, is every event that has no channel, since nothing says otherwise of it.
    """
    other = Test(Field("Channel"), Null())
    known = _known()
    named = [(table, name.lower()) for table, name in ((known.categories, source.category), (known.services, source.service)) if name]
    if source.product.lower() not in ("windows", "") or any(name not in table for table, name in named):
        return other
    if not named:
        return negation(other)
    condition = all_of(table[name] for table, name in named)
    return condition if source.product else any_of([condition, other])


_OPERATION = "EventType"
"""The one field beside those of <System> that tells log sources apart: what Sysmon calls the operation."""


def covers(condition: Predicate, event: Event) -> bool:
    """Whether an event satisfies the condition of a log source. What <System> says of channel and id counts, not a value of the same name."""
    operation = event.fields.get(_OPERATION)
    return evaluate(condition, event.system if operation is None else {**event.system, _OPERATION: operation})


def defaults(source: LogSource) -> Mapping[str, Cell]:
    """What is the same in all events of the log source, such as the channel: where a sample leaves it out, it is meant."""
    condition = coverage(source)
    found: dict[str, Cell] = {}
    parts = condition.parts if isinstance(condition, And) else (condition,)
    for part in parts:
        if isinstance(part, Test) and isinstance(part.subject, Field) and isinstance(part.holds, Matches):
            literal = part.holds.pattern.literal
            if literal is not None:
                found[part.subject.name] = int(literal) if literal.isdecimal() else literal
    return found


def event_of_fields(fields: Mapping[str, Cell], path: Path | None = None, position: int = 0, line: int = 0) -> Event:
    """The event of fields under the names that rules use; where Windows writes a name with blanks, the event has it so."""
    names = _known().names.get(str(fields.get("Channel")), {})
    return flat_event({names.get(name, name): value for name, value in fields.items()}, path, position, line)


def related_log_sources(source: LogSource) -> Iterator[Mapping[str, Cell]]:
    """What tells other categories of the same channel from one another: event id and operation, one of them for each category."""
    channel = defaults(source).get("Channel")
    for condition in _known().categories.values():
        fields = example(condition)
        if channel is not None and fields.get("Channel") == channel:
            yield fields


def example(condition: Predicate) -> Mapping[str, Cell]:
    """Values that satisfy the condition: of each list the first."""
    found: dict[str, Cell] = {}
    for name, literal in _literals(condition):
        found.setdefault(name, literal)
    return found


def as_windows_spells(condition: Predicate, fields: Mapping[str, Cell]) -> Mapping[str, Cell]:
    """The fields, with the values that a condition asks for in its spelling: conditions do not tell cases apart, and some SIEMs do."""
    spelled = dict(fields)
    for name, literal in _literals(condition):
        cell = spelled.get(name)
        if isinstance(cell, str) and fold(cell) == fold(literal):
            spelled[name] = literal
    return spelled


def _literals(condition: Predicate) -> Iterator[tuple[str, str]]:
    for test in tests_of(condition):
        if isinstance(test.subject, Field) and isinstance(test.holds, Matches) and test.holds.pattern.literal is not None:
            yield test.subject.name, test.holds.pattern.literal


class _Known(Struct, frozen=True):
    services: Mapping[str, Predicate]
    categories: Mapping[str, Predicate]
    names: Mapping[str, Mapping[str, str]]


@lru_cache
def _known() -> _Known:
    node = read_rows_file("windows_events")
    check_keys(node, "the log sources", ["windows_events", "services", "names", "categories"])
    services = {
        name: read_event_condition(condition) for name, condition in mapping(node.entries["services"], "'services'").entries.items()
    }
    categories: dict[str, Predicate] = {}
    for name, said in mapping(node.entries["categories"], "'categories'").entries.items():
        category = mapping(said, "a category")
        service = services[text(category.entries["service"], "'service'")]
        own = {field: value for field, value in category.entries.items() if field != "service"}
        categories[name] = all_of([service, read_event_condition(MapNode(own, category.lines, category.line, category.path))])
    names = {
        channel: {name.replace(" ", blank): name for name in texts(listed, "the names") for blank in ("", "_")}
        for channel, listed in mapping(node.entries["names"], "'names'").entries.items()
    }
    return _Known(services, categories, names)
