"""Reading plain data, of a project file or of a rule, with the place of everything that is wrong."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import NoReturn, TypeVar

from msgspec import Struct

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.hints import near
from sigma_amsi.package.durations import read_duration

_Wanted = TypeVar("_Wanted")


class File(Struct, frozen=True):
    """Where data come from. `line_of` says the line of a key by the keys that lead to it; 0 is unknown.

    environment: the variables that the file may take values from; None for a file that may not, such as a rule, which others have written.
    """

    path: Path | None
    line_of: Callable[[tuple[str, ...]], int]
    environment: Mapping[str, str] | None = None


class Part(Struct, frozen=True):
    """A value, the keys that lead to it, and the file that it is in."""

    value: object
    keys: tuple[str, ...]
    file: File

    @property
    def name(self) -> str:
        """The value as messages call it: its dotted keys."""
        return ".".join(self.keys) or "the file"

    @property
    def line(self) -> int:
        """The line that the value stands on, or what holds it; 0 is unknown."""
        return self.file.line_of(self.keys)

    def fail(self, code: str, message: str, hint: str = "") -> NoReturn:
        """Raises ConfigurationError at the value's place."""
        raise ConfigurationError(Problem(code, message, self.file.path, self.line, hint))

    def entries(self) -> Mapping[str, "Part"]:
        """The entries of a table."""
        table = self._of(dict, "a table")
        return {str(key): Part(value, (*self.keys, str(key)), self.file) for key, value in table.items()}

    def closed(self, known: Collection[str], required: Collection[str] = ()) -> Mapping[str, "Part"]:
        """The entries of a table that has no other keys than those known, and all of those required."""
        entries = self.entries()
        for key, part in entries.items():
            if key not in known:
                part.fail("configuration-unknown-key", f"{self.name} has no key '{key}'", near(key, known))
        for key in required:
            if key not in entries:
                self.fail("configuration-missing-key", f"{self.name} lacks '{key}'")
        return entries

    def items(self) -> list["Part"]:
        """The elements of a list."""
        return [Part(value, (*self.keys, str(number)), self.file) for number, value in enumerate(self._of(list, "a list"))]

    def text(self) -> str:
        return self._of(str, "a text")

    def texts(self) -> tuple[str, ...]:
        """A list of texts; one text alone counts as a list of one."""
        return (self.value,) if isinstance(self.value, str) else tuple(item.text() for item in self.items())

    def boolean(self) -> bool:
        return self._of(bool, "true or false")

    def integer(self) -> int:
        if isinstance(self.value, bool):
            self.fail("configuration-type", f"{self.name} has to be a whole number")
        return self._of(int, "a whole number")

    def duration(self) -> timedelta:
        """A text such as `90s`, `5m`, `1h`, `2d`."""
        duration = read_duration(self.text())
        if duration is None:
            self.fail("configuration-value", f"{self.name} is no duration: {self.value!r}", "for example 90s, 15m, 1h, 7d")
        return duration

    def choice(self, choices: Collection[str]) -> str:
        """One of several texts."""
        text = self.text()
        if text not in choices:
            self.fail("configuration-value", f"{self.name} cannot be {text!r}", near(text, choices))
        return text

    def _of(self, wanted: type[_Wanted], called: str) -> _Wanted:
        if not isinstance(self.value, wanted):
            self.fail("configuration-type", f"{self.name} has to be {called}")
        return self.value
