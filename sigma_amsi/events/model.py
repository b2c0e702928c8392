"""What an event is to the rest of the project, and what is wrong with one that cannot be read."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.errors import Problem, SigmaAmsiError
from sigma_amsi.predicate.evaluate import Cell

Named: TypeAlias = tuple[str, Cell]


class Event(Struct, frozen=True):
    """One event, as rules see it.

    fields: every value under the name that rules use (see `flatten`). system: what Windows' <System> says, under the same names.
    data: the data section in its order, names as the event spells them; a value without a name is called `Data`.
    section: which data section it is, `EventData` or `UserData`; empty where the source does not say.
    path: the file, None for an event that came from elsewhere. position: which event of the file, from 1. line: where it begins, 0 if unknown.
    """

    fields: Mapping[str, Cell]
    system: Mapping[str, Cell]
    data: tuple[Named, ...]
    section: str = ""
    path: Path | None = None
    position: int = 0
    line: int = 0

    @property
    def place(self) -> str:
        """Where the event comes from, for messages."""
        where = str(self.path) if self.path else "<input>"
        return f"{where}:{self.line}" if self.line else f"{where}, event {self.position}"


class EventError(SigmaAmsiError):
    """A file of events cannot be read."""


def failure(code: str, message: str, path: Path | None, line: int = 0, hint: str = "") -> EventError:
    """The error, to be raised."""
    return EventError(Problem(code, message, path, line, hint))
