"""The exceptions of the project.

    SigmaAmsiError
    ├── RuleError            a rule that cannot be read: broken YAML, or against the specification
    ├── ConfigurationError   a pipeline, schema, site or project file, or an option, that cannot be used
    ├── EventError           a file of events that cannot be read (sigma_amsi.events)
    ├── Refused              a rule that the target cannot express
    └── Unreadable           a query text that a parser does not know how to read

All carry a code of `sigma_amsi.codes`, a message, and where known the file, the line and a hint what to do instead. Anything else that is raised is a
bug of ours.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:  # an annotation is no reason to load the predicates at every start
    from sigma_amsi.predicate.tree import Test


class Problem(Struct, frozen=True):
    """One thing that is wrong, where, and what to do about it. Lines and columns count from 1; 0 is unknown."""

    code: str
    message: str
    path: Path | None = None
    line: int = 0
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.path or '<input>'}:{self.line}: " if self.line else f"{self.path}: " if self.path else ""
        return f"{place}{self.code}: {self.message}" + (f"\n  hint: {self.hint}" if self.hint else "")


class SigmaAmsiError(Exception):
    """Base of all errors that are not bugs."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class RuleError(SigmaAmsiError):
    """A rule cannot be read."""


class ConfigurationError(SigmaAmsiError):
    """A pipeline, schema, site or project file, or an option, cannot be used."""


class Refused(SigmaAmsiError):
    """The target cannot express the rule. `test` is the test that it fails on, where there is one."""

    def __init__(self, code: str, message: str, *, hint: str = "", test: "Test | None" = None) -> None:
        super().__init__(Problem(code, message, hint=hint))
        self.test = test


class Unreadable(SigmaAmsiError):
    """A query text cannot be read. `offset` is the place in the text, in characters from 0."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(Problem("unreadable-query", f"at character {offset + 1}: {message}"))
        self.offset = offset
