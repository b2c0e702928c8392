"""Logical expressions of SPL as trees of text, and how they are written.

`search` joins OR before AND, `where` and `eval` AND before OR ("Boolean expressions with logical operators"). So every group inside another
stands in parentheses, and a query means the same under both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Leaf:
    """Text that stands for itself: a comparison or a function call. `opposite` is its negation where that has a text of its own."""

    text: str
    opposite: str = ""


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """The part does not hold."""

    part: "Expression"


Expression: TypeAlias = Leaf | Every | Some | Negated


def every(parts: Iterable[Expression]) -> Expression:
    """The conjunction: flat, without doubles; a single part is itself."""
    flat = tuple(dict.fromkeys(inner for part in parts for inner in (part.parts if isinstance(part, Every) else (part,))))
    return flat[0] if len(flat) == 1 else Every(flat)


def some(parts: Iterable[Expression]) -> Expression:
    """The disjunction: flat, without doubles; a single part is itself."""
    flat = tuple(dict.fromkeys(inner for part in parts for inner in (part.parts if isinstance(part, Some) else (part,))))
    return flat[0] if len(flat) == 1 else Some(flat)


def negated(part: Expression) -> Expression:
    """The negation, with a double one undone."""
    if isinstance(part, Negated):
        return part.part
    return Leaf(part.opposite, part.text) if isinstance(part, Leaf) and part.opposite else Negated(part)


def written(expression: Expression, conjunction: str) -> str:
    """The expression as text. `conjunction` is what stands between the parts of a conjunction: ` AND `, or in `search` a blank."""
    match expression:
        case Leaf(text):
            return text
        case Negated(part):
            return f"NOT ({written(part, conjunction)})"
        case Every(parts):
            return conjunction.join([_part(part, conjunction) for part in parts])
        case Some(parts):
            return " OR ".join([_part(part, conjunction) for part in parts])


def _part(part: Expression, conjunction: str) -> str:
    text = written(part, conjunction)
    return f"({text})" if isinstance(part, Every | Some) else text
