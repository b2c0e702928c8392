"""Reads JSON values from a text of any size: one value, a list of them, or one after the other with or without line ends between them."""

import json
from collections.abc import Iterator
from io import TextIOBase
from pathlib import Path
from typing import TypeAlias

from sigma_amsi.events.model import EventError, failure

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

MAXIMUM_SIZE = 64 * 1024 * 1024
"""Of one value, in characters."""

_CHUNK = 1 << 16
_TAIL = 16
"""An error of the decoder this close to the end of what was read may only mean that more is to come: no token without quotes is longer."""


def json_values(file: TextIOBase, path: Path | None) -> Iterator[tuple[int, Json]]:
    """The values with the line that each begins in; those of a list at the top one by one. Raises EventError: event-json, event-size."""
    return _Reader(file, path).values()


class _Reader:
    """What was read and not yet decoded: `text` from `start` on. `line` is the line of `start`."""

    def __init__(self, file: TextIOBase, path: Path | None) -> None:
        self.file = file
        self.path = path
        self.text = ""
        self.start = 0
        self.line = 1
        self.ended = False
        self.decode = json.JSONDecoder(object_pairs_hook=_object).raw_decode

    def values(self) -> Iterator[tuple[int, Json]]:
        in_list = False
        while character := self._next():
            if not in_list and character == "[":
                in_list = True
                self.start += 1
            elif in_list and character in ",]":
                in_list = character == ","
                self.start += 1
            else:
                yield self.line, self._value()
        if in_list:
            raise self._failure("the list at the top does not end", self.line)

    def _next(self) -> str:
        """The next character that is no blank, not taken; empty at the end."""
        while True:
            rest = self.text[self.start : self.start + 256]
            stripped = rest.lstrip(" \t\r\n\ufeff")
            self._advance(self.start + len(rest) - len(stripped))
            if stripped:
                return stripped[0]
            if self.start >= len(self.text) and not self._more(_CHUNK):
                return ""

    def _value(self) -> Json:
        wanted = _CHUNK
        while True:
            try:
                value, end = self.decode(self.text, self.start)
            except json.JSONDecodeError as error:
                line = self.line + self.text.count("\n", self.start, error.pos)
                unfinished = error.pos >= len(self.text) - _TAIL or error.msg.startswith("Unterminated string")
                if not (unfinished and self._more(wanted)):
                    raise self._failure(error.msg, line) from None
                wanted *= 2  # so that a large value costs time in proportion to its size
            except ValueError as error:  # a number of thousands of digits
                raise self._failure(str(error), self.line) from None
            except RecursionError:
                raise self._failure("the value is nested too deeply", self.line) from None
            else:
                self._advance(end)
                return value  # type: ignore[no-any-return]  # the decoder's type is Any

    def _more(self, wanted: int) -> bool:
        if self.ended:
            return False
        try:
            chunk = self.file.read(wanted)
        except UnicodeDecodeError as error:
            line = self.line + self.text.count("\n", self.start)
            raise failure("event-encoding", f"behind this line: {error.reason}", self.path, line, "save the file as UTF-8") from None
        self.ended = not chunk
        self.text = self.text[self.start :] + chunk
        self.start = 0
        if len(self.text) > MAXIMUM_SIZE:
            message = f"a value of more than {MAXIMUM_SIZE // 1024 // 1024} million characters"
            raise failure("event-size", message, self.path, self.line)
        return not self.ended

    def _advance(self, end: int) -> None:
        self.line += self.text.count("\n", self.start, end)
        self.start = end

    def _failure(self, message: str, line: int) -> EventError:
        return failure("event-json", message[0].lower() + message[1:], self.path, line)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """The members as a dict. A name that occurs twice, as evtx writes repeated <Data>, becomes a list of its values."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    several: dict[str, list[Json]] = {}
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    return {name: found if len(found) > 1 else found[0] for name, found in several.items()}
