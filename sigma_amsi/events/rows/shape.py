"""Row shapes: for each kind of event, the table and the columns that ingestion fills."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.events.flatten import merged, values
from sigma_amsi.events.model import Event, Named
from sigma_amsi.events.rows.markup import event_markup, section_markup
from sigma_amsi.events.rows.values import Value, made
from sigma_amsi.predicate.evaluate import Cell, Scalar, evaluate, text_of
from sigma_amsi.predicate.tree import Predicate


class Row(Struct, frozen=True):
    """What becomes of an event: a row of a table. `columns` leaves out what is empty."""

    table: str
    columns: Mapping[str, Cell]


class NotCollected(Struct, frozen=True):
    """The SIEM has no row of the event, and why."""

    reason: str


class DataColumns(Struct, frozen=True):
    """Where the values of the data section go that keep their own names.

    into: the column, with `*` for the value's name. only: the columns that there are; None for any. without: names that are moved elsewhere.
    unnamed: what a value without a name is called: `paramN` with its place among all values, or lost. clean: what becomes `_` in a
    name. several: whether a repeated name has several values, or only the first. value: how a value is written,
    as a value made from the field `.`.
    """

    section: str
    into: str
    value: Value
    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    unnamed: str = ""
    clean: re.Pattern[str] | None = None
    several: bool = True


class Kind(Struct, frozen=True):
    """One kind of event. drops: texts that no column keeps."""

    when: Predicate
    table: str
    columns: tuple[tuple[str, Value], ...]
    data: tuple[DataColumns, ...]
    drops: tuple[str, ...]


class Missing(Struct, frozen=True):
    """A kind of event that the SIEM does not collect."""

    when: Predicate
    reason: str


Rule: TypeAlias = Kind | Missing


class Shape(Struct, frozen=True):
    """What a SIEM makes of events: the first rule whose condition an event satisfies."""

    name: str
    rules: tuple[Rule, ...]

    def row(self, event: Event) -> Row | NotCollected:
        """The event's row, or why there is none."""
        fields = {**event.fields, **event.system}
        for rule in self.rules:
            if evaluate(rule.when, fields):
                return NotCollected(rule.reason) if isinstance(rule, Missing) else _row(rule, event, fields)
        return NotCollected("nothing is known about events of this kind")


def _row(kind: Kind, event: Event, fields: Mapping[str, Cell]) -> Row:
    fields = {**fields, ".event": event_markup(event), f".{event.section or 'EventData'}": section_markup(event)}
    pairs = [(column, made(value, fields)) for column, value in kind.columns]
    for data in kind.data:
        pairs.extend(_data(data, event))
    kept = ((column, tuple(each for each in found if each is not None and text_of(each) not in kind.drops)) for column, found in pairs)
    return Row(kind.table, merged((column, found[0] if len(found) == 1 else found) for column, found in kept if found))


def _data(data: DataColumns, event: Event) -> Iterator[tuple[str, tuple[Scalar, ...]]]:
    seen: set[str] = set()
    for place, (name, cell) in enumerate(_singly(event.data), 1):
        if event.section and event.section != data.section:
            return
        if name == "Data":
            if not data.unnamed:
                continue
            name = f"{data.unnamed}{place}"
        column = data.into.replace("*", data.clean.sub("_", name) if data.clean else name)
        if name in data.without or (data.only is not None and column not in data.only) or (not data.several and name in seen):
            continue
        seen.add(name)
        yield column, made(data.value, {".": cell})


def _singly(data: tuple[Named, ...]) -> Iterator[Named]:
    for name, cell in data:
        for value in values(cell):
            yield name, value
