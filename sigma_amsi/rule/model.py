"""What a Sigma rule is to the rest of the project."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from sigma_amsi.errors import Problem, Refused
from sigma_amsi.predicate.tree import Predicate, Test
from sigma_amsi.predicate.walk import tests_of
from sigma_amsi.rule.scalar import Data


class LogSource(Struct, frozen=True):
    """The kind of events that a rule is about. A part that the rule does not name is empty."""

    category: str = ""
    product: str = ""
    service: str = ""
    definition: str = ""


class Related(Struct, frozen=True):
    """Another rule, and what it is to this one: derived, obsolete, merged, renamed, similar, correlation."""

    id: str
    type: str


class Rule(Struct, frozen=True):
    """A Sigma rule. Texts that the rule does not have are empty.

    path: the file, None for a text that came from elsewhere. line: where the document starts in it, from 1. date, modified: as written.
    custom: the top-level keys that the specification does not know, as plain data.
    digest: a hash of the document's text. problems: what is against the specification but leaves no doubt about the meaning.
    refusals: what is valid but keeps the detection from being a predicate, such as a placeholder.
    """

    path: Path | None
    line: int
    title: str
    log_source: LogSource
    digest: str
    id: str = ""
    name: str = ""
    status: str = ""
    level: str = ""
    description: str = ""
    author: str = ""
    license: str = ""
    date: str = ""
    modified: str = ""
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    custom: Mapping[str, Data] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    refusals: tuple[Problem, ...] = ()
    _predicate: Predicate | None = None
    _items: tuple[tuple[int, Predicate], ...] = ()

    def __repr__(self) -> str:
        return f"Rule({self.title!r}, path={str(self.path)!r}, line={self.line})"

    @property
    def detection(self) -> Predicate:
        """The detection as a predicate over fields. Raises Refused, with the place, for the first of `refusals`."""
        if self.refusals:
            problem = self.refusals[0]
            refused = Refused(problem.code, problem.message, hint=problem.hint)
            refused.problem = replace(problem, path=self.path)
            raise refused
        assert self._predicate is not None
        return self._predicate

    def line_of(self, test: Test) -> int:
        """The line of the detection item that the test comes from, the first of them; 0 for a test that is not in the detection."""
        return next((line for line, predicate in self._items if test in tests_of(predicate)), 0)
