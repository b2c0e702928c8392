"""An event as Windows renders it: XML, with `&`, `<` and `>` of values as entities and attributes in single quotation marks."""

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from sigma_amsi.events.flatten import values
from sigma_amsi.events.model import Event
from sigma_amsi.predicate.evaluate import Cell, Scalar, text_of

_NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_ELEMENTS = (
    *("Provider", "EventID", "Version", "Level", "Task", "Opcode", "Keywords", "TimeCreated", "EventRecordID", "Correlation", "Execution"),
    *("Channel", "Computer", "Security"),
)


def event_markup(event: Event) -> str:
    """The whole event."""
    system = "".join(_system_element(name, event.system) for name in _ELEMENTS)
    section = event.section or "EventData"
    return f"<Event xmlns='{_NAMESPACE}'><System>{system}</System><{section}>{section_markup(event)}</{section}></Event>"


def section_markup(event: Event) -> str:
    """What stands between the tags of the data section."""
    if event.section == "UserData":
        inner = "".join(f"<{name}>{_text(value)}</{name}>" for name, cell in event.data for value in values(cell) if _is_element(name))
        return f"<EventXML>{inner}</EventXML>"
    return "".join(_data_element(name, value) for name, cell in event.data for value in values(cell))


def _data_element(name: str, value: Scalar) -> str:
    return f"<Data>{_text(value)}</Data>" if name == "Data" else f"<Data Name='{escape(name)}'>{_text(value)}</Data>"


def _is_element(name: str) -> bool:
    return name.isidentifier()


def _system_element(name: str, system: Mapping[str, Cell]) -> str:
    attributes = "".join(_attributes(f"{name}_", system))
    if name in system:
        return f"<{name}{attributes}>{_text(values(system[name])[0])}</{name}>"
    return f"<{name}{attributes}/>" if attributes else ""


def _attributes(before: str, system: Mapping[str, Cell]) -> Iterator[str]:
    for name, cell in system.items():
        if name.startswith(before):
            yield f" {name.removeprefix(before)}='{_text(values(cell)[0])}'"


def _text(value: Scalar) -> str:
    return "" if value is None else escape(text_of(value))
