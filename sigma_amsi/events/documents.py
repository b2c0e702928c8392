"""Events from JSON: exported from EVTX, documents of Winlogbeat and the Elastic Common Schema, or flat."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from sigma_amsi.events.ecs import event_of_document
from sigma_amsi.events.flatten import flat_event, merged, values, windows_event
from sigma_amsi.events.json_values import Json
from sigma_amsi.events.model import Event, Named, failure
from sigma_amsi.predicate.evaluate import Cell, Scalar

_BARE_GUID = re.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_GUID_NAMES = ("guid", "activityid")


def event_of_json(value: Json, path: Path | None = None, position: int = 0, line: int = 0) -> Event:
    """The event that a JSON value is, by its form. Raises EventError event-shape."""
    if not isinstance(value, dict):
        raise failure("event-shape", "an event has to be an object", path, line)
    for wrapper in ("_source", "Event"):
        inner = value.get(wrapper)
        if isinstance(inner, dict):
            value = inner
    system, section = value.get("System"), next((name for name in ("EventData", "UserData") if isinstance(value.get(name), dict)), "")
    if isinstance(system, dict) or section:
        about = system if isinstance(system, dict) else {name: each for name, each in value.items() if name != section}
        data = value.get(section)
        return windows_event(_system(about), _data(section, data) if isinstance(data, dict) else (), section, path, position, line)
    fields = dotted(value)
    if any(name.startswith("winlog.") for name in fields):
        return event_of_document(fields, path, position, line)
    return flat_event(fields, path, position, line)


def dotted(value: Mapping[str, Json]) -> dict[str, Cell]:
    """The members of objects in objects under names with dots between them; those of objects in a list are several values."""
    return merged(_dotted(value, ""))


def _dotted(value: Mapping[str, Json], before: str) -> Iterator[Named]:
    for name, each in value.items():
        if isinstance(each, dict):
            yield from _dotted(each, f"{before}{name}.")
            continue
        if isinstance(each, list):
            for item in each:
                if isinstance(item, dict):
                    yield from _dotted(item, f"{before}{name}.")
        scalars = _cell(each)
        if scalars != ():
            yield before + name, scalars


def _system(about: Mapping[str, Json]) -> Iterator[Named]:
    for name, value in about.items():
        if isinstance(value, dict):
            yield from _attributes(name, value)
            value = value.get("#text")
        if value is not None:
            yield name, _as_windows_writes(name, _cell(value))


def _data(section: str, data: Mapping[str, Json]) -> Iterator[Named]:
    """The values of a data section. `X_1`, `X_2` beside `X` are what evtx calls the second and third element X."""
    yield from _attributes(section, data)
    for name, value in data.items():
        if name == "#attributes":
            continue
        original, _, number = name.rpartition("_")
        repeated = original in data and number.isdecimal() and all(f"{original}_{each}" in data for each in range(1, int(number)))
        yield from _leaves(original if repeated else name, value)


def _leaves(name: str, value: Json) -> Iterator[Named]:
    if isinstance(value, dict):
        yield from _attributes(name, value)
        for inner, each in value.items():
            if inner == "#text":
                yield from _leaves(name, each)
            elif inner != "#attributes":
                yield from _leaves(inner, each)
    else:
        present = ["" if each is None else each for each in values(_cell(value))]
        yield name, _as_windows_writes(name, tuple(present) if isinstance(value, list) else present[0])


def _attributes(name: str, value: Mapping[str, Json]) -> Iterator[Named]:
    attributes = value.get("#attributes")
    if isinstance(attributes, dict):
        for attribute, each in attributes.items():
            if not attribute.startswith("xmlns"):
                yield f"{name}_{attribute}", _as_windows_writes(f"{name}_{attribute}", _cell(each))


def _cell(value: Json) -> Cell:
    """The scalars of a value. Objects where none belongs are left out."""
    if isinstance(value, list):
        scalars = tuple(each for each in value if not isinstance(each, list | dict))
        return scalars[0] if len(scalars) == 1 else scalars
    return () if isinstance(value, dict) else value


def _as_windows_writes(name: str, cell: Cell) -> Cell:
    """The value with the braces around a GUID that Windows writes and evtx leaves out. A text of that form is told by its name."""
    if not name.lower().endswith(_GUID_NAMES):
        return cell
    written: tuple[Scalar, ...] = tuple(
        f"{{{value}}}" if isinstance(value, str) and _BARE_GUID.fullmatch(value) else value for value in values(cell)
    )
    return written if isinstance(cell, tuple) else written[0]
