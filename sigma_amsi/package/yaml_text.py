"""Writes YAML: the same bytes with every release of every library, and no character that hides another."""

import json
import re
from collections.abc import Iterator

from sigma_amsi.package.writing import HIDDEN, Json

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
"""Plain texts that YAML 1.1 takes for something else, in whatever case."""

_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "$": "\\x24"}


def yaml_text(value: dict[str, Json], *, unexpanded: bool = False) -> str:
    """A document with the keys in the order given.

    unexpanded: for readers that put environment variables in place of `$NAME` before they read the YAML. No dollar sign stands in the document.
    """
    return "\n".join(_entries(value, "", "$" if unexpanded else "")) + "\n"


def _entries(table: dict[str, Json], indent: str, forbidden: str) -> Iterator[str]:
    for key, value in table.items():
        yield from _below(f"{indent}{_quoted(key, forbidden)}:", value, indent, forbidden)


def _items(items: list[Json], indent: str, forbidden: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict) and item:
            # The first entry stands behind the hyphen, where its key is indented as those of the others.
            first, *others = _entries(item, indent + "  ", forbidden)
            yield f"{indent}- {first.lstrip()}"
            yield from others
        else:
            yield from _below(f"{indent}-", item, indent, forbidden)


def _below(opening: str, value: Json, indent: str, forbidden: str) -> Iterator[str]:
    """A value behind its key or hyphen, or on the lines below it."""
    if isinstance(value, dict) and value:
        yield opening
        yield from _entries(value, indent + "  ", forbidden)
    elif isinstance(value, list) and value:
        yield opening
        yield from _items(value, indent + "  ", forbidden)
    elif isinstance(value, str) and _is_block(value, forbidden):
        yield f"{opening} |{'' if value.endswith(chr(10)) else '-'}"
        yield from (f"{indent}  {line}" if line else "" for line in value.removesuffix("\n").split("\n"))
    elif isinstance(value, str):
        yield f"{opening} {_quoted(value, forbidden)}"
    else:
        yield f"{opening} {json.dumps(value)}"


def _is_block(text: str, forbidden: str) -> bool:
    """Whether a text can stand as it is on lines of its own: nothing in it needs an escape, and its first line shows the indentation."""
    lines = text.removesuffix("\n").split("\n")
    if "\n" not in text or not lines[0] or lines[0].startswith(" ") or not lines[-1]:
        return False
    return HIDDEN.search(text) is None and not (forbidden and forbidden in text) and all(not line or line.strip() for line in lines)


def _quoted(text: str, forbidden: str) -> str:
    """A text of one line, with as few quotes and escapes as it needs."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if "\n" not in text and HIDDEN.search(text) is None and not (forbidden and forbidden in text):
        doubled = text.replace("'", "''")
        return f"'{doubled}'"
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    code = ord(character)
    return (f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}") if HIDDEN.match(character) else character
