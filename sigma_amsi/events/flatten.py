"""From the parts of a Windows event to the names that Sigma rules use: the one flattening that all formats share.

* An element of <System> is called by its name: `EventID`, `Channel`, `Computer`.
* An attribute is called by its element and its own name: `Provider_Name`, `Execution_ProcessID`, `Security_UserID`, `EventData_Name`.
* A <Data> is called by its attribute Name; one without a name is `Data`. In <UserData>, an element without elements in it is called by its own
  name, however deep it lies.
* A name that occurs several times has several values, in their order, those of <System> first.
* A name with blanks (Windows Defender's `Threat Name`) is there without them and with `_` for them, too, as rules write it both ways.
* `Computer` is there as `ComputerName`, too, which rules of old call it. The `Version` of <System>, which counts revisions of the event's form, is no
  field: rules mean that of the data section.
* Types are kept where the source has them. An element without content is the empty text.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sigma_amsi.events.model import Event, Named
from sigma_amsi.predicate.evaluate import Cell, Scalar

SYSTEM_FIELDS = frozenset(
    (
        *(
            "Provider_Name",
            "Provider_Guid",
            "Provider_EventSourceName",
            "EventID",
            "EventID_Qualifiers",
            "Version",
            "Level",
            "Task",
            "Opcode",
        ),
        *("Keywords", "TimeCreated_SystemTime", "EventRecordID", "Correlation_ActivityID", "Correlation_RelatedActivityID"),
        *("Execution_ProcessID", "Execution_ThreadID", "Channel", "Computer", "Security_UserID"),
    )
)
"""What <System> can hold, under the names of the flattening."""


def windows_event(
    system: Iterable[Named], data: Iterable[Named], section: str, path: Path | None = None, position: int = 0, line: int = 0
) -> Event:
    """The event of a <System> and a data section, given as names and values."""
    listed = tuple((name, value) for name, value in data if value != ())
    about = merged(system)
    return Event(merged([*_visible(about), *_spelled(listed)]), about, listed, section, path, position, line)


def flat_event(fields: Mapping[str, Cell], path: Path | None = None, position: int = 0, line: int = 0) -> Event:
    """The event of fields that are flat already; those that <System> can hold are taken for it."""
    about = {name: value for name, value in fields.items() if name in SYSTEM_FIELDS}
    data = tuple((name, value) for name, value in fields.items() if name not in SYSTEM_FIELDS)
    return Event(merged([*_visible(about), *_spelled(data)]), about, data, "", path, position, line)


def merged(pairs: Iterable[Named]) -> dict[str, Cell]:
    """The pairs as a mapping, with several values under a name that occurs several times, and without those that have no value."""
    found: dict[str, Cell] = {}
    for name, value in pairs:
        if name in found:
            found[name] = (*values(found[name]), *values(value))
        elif value != ():
            found[name] = value
    return found


def values(cell: Cell) -> tuple[Scalar, ...]:
    """The values of a cell."""
    return cell if isinstance(cell, tuple) else (cell,)


def _visible(about: Mapping[str, Cell]) -> Iterable[Named]:
    for name, value in about.items():
        if name != "Version":
            yield name, value
        if name == "Computer":
            yield "ComputerName", value


def _spelled(data: Iterable[Named]) -> Iterable[Named]:
    for name, value in data:
        yield name, value
        if " " in name:
            yield name.replace(" ", ""), value
            yield name.replace(" ", "_"), value
