"""Events from Windows' XML: one <Event> after the other, or inside of <Events>, with or without an XML declaration."""

import re
from collections.abc import Iterator
from io import TextIOBase
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from sigma_amsi.events.flatten import windows_event
from sigma_amsi.events.model import Event, Named, failure

_CHUNK = 1 << 16
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_ROOT = "<events>"


def xml_events(file: TextIOBase, path: Path | None) -> Iterator[Event]:
    """The events of a text. Raises EventError: event-xml, event-encoding."""
    # A root of our own makes one document of any sequence of elements, and leaves no place for a document type with its entities.
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    parser.feed(_ROOT)
    opened: list[Element] = []
    position = 0
    try:
        for chunk in _chunks(file):
            parser.feed(chunk)
            for read in parser.read_events():
                kind, element = cast(tuple[str, Element], read)
                if kind == "start":
                    opened.append(element)
                    continue
                opened.pop()
                if _name(element) == "Event" and not any(_name(outer) == "Event" for outer in opened):
                    position += 1
                    yield _event(element, path, position)
                    opened[-1].clear()  # what is done with takes no memory
    except ParseError as error:
        raise failure("event-xml", str(error).partition(":")[0], path, error.position[0]) from None
    except UnicodeDecodeError as error:
        raise failure("event-encoding", error.reason, path, hint="save the file as UTF-8") from None
    if len(opened) > 1:
        raise failure("event-xml", f"<{_name(opened[-1])}> does not end", path)


def _chunks(file: TextIOBase) -> Iterator[str]:
    """The text without XML declarations, which are allowed at the very beginning only and here may stand before each event."""
    rest = ""
    while chunk := file.read(_CHUNK):
        text = _DECLARATION.sub("", rest + chunk)
        cut = text.rfind("<", max(0, len(text) - 200))  # where a declaration may have been cut
        rest = text[cut:] if cut >= 0 and ">" not in text[cut:] else ""
        yield text[: len(text) - len(rest)]
    yield rest


def _event(event: Element, path: Path | None, position: int) -> Event:
    parts = {_name(child): child for child in event}
    section = "EventData" if "EventData" in parts else "UserData" if "UserData" in parts else ""
    system = parts.get("System")
    about = () if system is None else tuple(_system(system))
    data = tuple(_leaves(parts[section], is_root=True)) if section else ()
    return windows_event(about, data, section, path, position)


def _system(system: Element) -> Iterator[Named]:
    for element in system:
        yield from _attributes(element)
        text = (element.text or "").strip()
        if text:
            yield _name(element), text


def _leaves(element: Element, *, is_root: bool = False) -> Iterator[Named]:
    name = _name(element)
    if name == "Data" and "Name" in element.attrib:
        name = element.attrib["Name"]
    else:
        yield from _attributes(element)
    for child in element:
        yield from _leaves(child)
    if len(element) == 0 and not is_root:
        yield name, element.text or ""


def _attributes(element: Element) -> Iterator[Named]:
    for attribute, value in element.attrib.items():
        yield f"{_name(element)}_{attribute.rpartition('}')[2]}", value


def _name(element: Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]
