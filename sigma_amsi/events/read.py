"""Reads the events of a file, whatever its format, one after the other: memory does not grow with the file."""

from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

from sigma_amsi.events.documents import event_of_json
from sigma_amsi.events.json_values import json_values
from sigma_amsi.events.model import Event, failure
from sigma_amsi.events.xml import xml_events

_EVTX_MAGIC = b"ElfFile\0"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_events(path: Path) -> Iterator[Event]:
    """The events of an EVTX, XML, JSON or NDJSON file, told apart by how it begins. Raises EventError, with the file and where known the line.

    JSON may be what evtx exports, documents of Winlogbeat or Elastic Agent, or flat objects of fields.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4096)
            if start.startswith(_EVTX_MAGIC):
                yield from _evtx_events(path)
                return
            file.seek(0)
            encoding = "utf-16" if start.startswith(_UTF_16_MARKS) else "utf-8-sig"
            first = start.decode(encoding, "ignore").lstrip()[:1]
            text = TextIOWrapper(file, encoding)
            if first == "<":
                yield from xml_events(text, path)
            elif first in ("{", "["):
                for position, (line, value) in enumerate(json_values(text, path), 1):
                    yield event_of_json(value, path, position, line)
            elif first:
                hint = "EVTX, XML and JSON are read"
                raise failure("event-format", f"a file that begins with {first!r} is of no format that is known", path, 1, hint)
    except OSError as error:
        raise failure("event-file", error.strerror or str(error), path) from None


def _evtx_events(path: Path) -> Iterator[Event]:
    try:
        from evtx import PyEvtxParser  # a package with a library of its own, for those who read binary logs
    except ImportError:
        raise failure("no-evtx", "the package evtx, which reads the binary logs of Windows, is not installed", path) from None
    from io import StringIO

    position = 0
    try:
        for record in PyEvtxParser(str(path)).records_json():
            position += 1
            assert record is not None
            ((_, value),) = json_values(StringIO(record["data"]), path)
            yield event_of_json(value, path, position)
    except RuntimeError as error:  # what the package raises for everything
        raise failure("event-evtx", f"behind record {position}: {error}", path) from None
