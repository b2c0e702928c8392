"""The cases that are kept: decided disagreements, made small, replayed by every run of the tests."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .compare import Outcome
from .subjects import SUBJECTS
from .values import Row

_FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Kept:
    """A query, a row and what comes of it. `says`: what was wrong once. `engines` are those that answer so; the parser always does.

    explained: the name of the explanation for what the engines answer otherwise.
    """

    language: str
    query: str
    row: Row
    outcome: Outcome
    engines: tuple[str, ...]
    says: str
    source: str
    explained: str = ""

    def __str__(self) -> str:
        return f"{self.language}: {self.query}"


def kept() -> Iterator[Kept]:
    """All cases; a file holds those of the language that it is called after."""
    for path in sorted(_FOLDER.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            engines = case.get("engines") or [name for name, subject in SUBJECTS.items() if subject.language == path.stem]
            yield Kept(
                path.stem,
                case["query"],
                case["row"],
                Outcome(case["outcome"]),
                tuple(engines),
                case["says"],
                case["source"],
                case.get("explained", ""),
            )
