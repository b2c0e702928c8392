"""How Splunk's .conf files are written. The format knows one escape only: a backslash at the end of a line continues the value on the next line."""

import re
from collections.abc import Iterable, Mapping

from sigma_amsi.errors import Refused

# AppInspect guesses the encoding from the first 32 bytes, which a title in other letters would mislead.
_HEAD = "# Written by sigma-amsi from Sigma rules: change those, not this file.\n"

# Some readers of the format end a line at each of these; in one of them a text could begin a stanza of its own.
_LINE_ENDS = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_UNWRITABLE = re.compile(f"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff{_LINE_ENDS}]")


def conf_file(stanzas: Iterable[tuple[str, Mapping[str, str]]]) -> bytes:
    """A file of stanzas, each with its keys in the order given. Names and values are legal already: `exact` or `prose` made them so."""
    return "\n".join([_HEAD, *(_stanza(name, entries) for name, entries in stanzas)]).encode()


def _stanza(name: str, entries: Mapping[str, str]) -> str:
    assert name == name.strip() and not set(name) & set("[]\\\n"), f"not a stanza's name: {name!r}"  # noqa: PT018 - one thing
    lines = [f"{key} = {_value(value)}\n" for key, value in entries.items()]
    return f"[{name}]\n{''.join(lines)}"


def _value(value: str) -> str:
    assert value == exact(value), f"not a value: {value!r}"
    return value.replace("\n", "\\\n")


def exact(value: str) -> str:
    """The value, if a file can hold it to the character. Raises Refused where it cannot.

    There is no way to write a backslash at the end of a line: it would take the next line, the next key, into the value. Blanks at either end are lost.
    """
    if value != value.strip():
        raise Refused("unwritable-text", "a .conf file cannot hold blanks at either end of a value")
    if unwritable := _UNWRITABLE.search(value):
        raise Refused("unwritable-text", f"a .conf file has no safe way to write the character U+{ord(unwritable[0]):04X}")
    if any(line.rstrip().endswith("\\") for line in value.split("\n")):
        raise Refused("unwritable-text", "a .conf file cannot hold a line that ends in a backslash")
    return value


def prose(text: str) -> str:
    """A text for people in the form that a file can hold: what it cannot is written out by number, and a backslash at a line's end gets a full stop."""
    shown = _UNWRITABLE.sub(lambda found: f"<U+{ord(found[0]):04X}>", text.replace("\r\n", "\n"))
    lines = [line.rstrip() for line in shown.strip().split("\n")]
    return "\n".join(f"{line}." if line.endswith("\\") else line for line in lines)
