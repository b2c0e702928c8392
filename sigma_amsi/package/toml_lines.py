"""On which line of a TOML file each key stands: `tomllib` does not say."""

import re
import tomllib
from collections.abc import Mapping
from typing import TypeAlias

Path: TypeAlias = tuple[str, ...]
"""Keys from the top; an element of an array of tables counts by its number."""

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEYS = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_KEYS})[ \t]*\]\]?")
_ENTRY = re.compile(rf"[ \t]*({_KEYS})[ \t]*=")
# What has to be stepped over to know where a value ends: strings, comments, brackets.
_PIECE = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|'  # up to two quotation marks may stand before those that end it
    r"'''.*?'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'|#[^\n]*|[\[{]|[\]}]|\n|[^\"'#\[\]{}\n]+",
    re.DOTALL,
)


def lines_of(text: str) -> Mapping[Path, int]:
    """The lines of tables and keys, from 1. The text is valid TOML. Keys within an inline table or array are on the line of what holds them."""
    lines: dict[Path, int] = {}
    arrays: dict[Path, int] = {}
    table: Path = ()
    at, line = 0, 1
    while at < len(text):
        if header := _HEADER.match(text, at):
            table = _placed(_keys(header[2]), arrays, opens=header[1] == "[[")
            for depth in range(1, len(table) + 1):
                lines.setdefault(table[:depth], line)
            at = header.end()
        elif entry := _ENTRY.match(text, at):
            keys = _keys(entry[1])
            for depth in range(1, len(keys) + 1):
                lines.setdefault((*table, *keys[:depth]), line)
            at = entry.end()
        end = _end_of_statement(text, at)
        line += text.count("\n", at, end)
        at = end
    return lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a key, or of the nearest thing around it that has one; 0 for the whole file."""
    return next((lines[path[:depth]] for depth in range(len(path), 0, -1) if path[:depth] in lines), 0)


def _placed(keys: Path, arrays: dict[Path, int], *, opens: bool) -> Path:
    """The path of a table, with the number of the element of each array of tables on the way."""
    path: Path = ()
    for key in keys[:-1]:
        path = (*path, key)
        if path in arrays:
            path = (*path, str(arrays[path]))
    path = (*path, keys[-1])
    if not opens:
        return path
    arrays[path] = arrays.get(path, -1) + 1
    return (*path, str(arrays[path]))


def _end_of_statement(text: str, at: int) -> int:
    """Behind the line feed that ends the statement: one outside of strings and brackets."""
    depth = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        assert piece is not None, "tomllib has read this text"
        at = piece.end()
        if piece[0] in ("[", "{"):
            depth += 1
        elif piece[0] in ("]", "}"):
            depth -= 1
        elif piece[0] == "\n" and depth == 0:
            return at
    return at


def _keys(written: str) -> Path:
    """The keys of a dotted key, by TOML's own reader."""
    keys: list[str] = []
    value: object = tomllib.loads(f"{written} = 0")
    while isinstance(value, dict):
        ((key, value),) = value.items()
        keys.append(key)
    return tuple(keys)
