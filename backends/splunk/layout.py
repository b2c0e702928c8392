"""Logical expressions of SPL as trees of text, and how they are laid out on lines.

`search` joins OR before AND, `where` and `eval` AND before OR ("Boolean expressions with logical operators"). So every group inside another
stands in parentheses, and a query means the same under both.
"""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec import Struct

WIDTH = 120
"""A longer line is broken at its outermost operator."""

INDENT = 4

Conjunction: TypeAlias = Literal["", "AND"]
"""What stands between the parts of a conjunction: in `search` nothing but a blank."""


class Leaf(Struct, frozen=True):
    """Text that stands for itself: a comparison or a function call. `opposite` is its negation where that has a text of its own."""

    text: str
    opposite: str = ""


class Listing(Struct, frozen=True):
    """A field with a list of values: `head (values)`."""

    head: str
    values: tuple[str, ...]


class Every(Struct, frozen=True):
    """All parts hold."""

    parts: tuple["Expression", ...]


class Some(Struct, frozen=True):
    """At least one part holds."""

    parts: tuple["Expression", ...]


class Negated(Struct, frozen=True):
    """The part does not hold."""

    part: "Expression"


Expression: TypeAlias = Leaf | Listing | Every | Some | Negated


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


def flat(expression: Expression, conjunction: Conjunction) -> str:
    """The expression on one line."""
    match expression:
        case Leaf(text):
            return text
        case Listing(head, values):
            return f"{head} ({', '.join(values)})"
        case Negated(part):
            return f"NOT {_operand(part, conjunction)}"
        case Every(parts) | Some(parts):
            return _connective(expression, conjunction).join([flat_part(part, conjunction) for part in parts])


def laid_out(expression: Expression, conjunction: Conjunction, indent: int) -> str:
    """The expression on as many lines as it takes; lines after the first are indented by `indent` or more."""
    line = flat(expression, conjunction)
    return line if indent + len(line) <= WIDTH else _broken(expression, conjunction, indent)


def laid_out_part(part: Expression, conjunction: Conjunction, indent: int) -> str:
    """An expression that stands beside others: groups are in parentheses."""
    if not isinstance(part, Every | Some):
        return laid_out(part, conjunction, indent)
    line = flat_part(part, conjunction)
    return line if indent + len(line) <= WIDTH else _block(_broken(part, conjunction, indent + INDENT), indent)


def flat_part(part: Expression, conjunction: Conjunction) -> str:
    """An expression that stands beside others, on one line."""
    text = flat(part, conjunction)
    return f"({text})" if isinstance(part, Every | Some) else text


def _broken(expression: Expression, conjunction: Conjunction, indent: int) -> str:
    """The expression on the lines that it takes when it is too long for one."""
    match expression:
        case Leaf(text):
            return text
        case Listing(head, values):
            return f"{head} {_block(f',{_line(indent + INDENT)}'.join(values), indent)}"
        case Negated(Listing() as part):
            return f"NOT {laid_out(part, conjunction, indent)}"
        case Negated(part):
            return f"NOT {_block(laid_out(part, conjunction, indent + INDENT), indent)}"
        case Every(parts) | Some(parts):
            between = _line(indent) + _connective(expression, conjunction).lstrip()
            return between.join([laid_out_part(part, conjunction, indent) for part in parts])


def _operand(part: Expression, conjunction: Conjunction) -> str:
    text = flat(part, conjunction)
    return text if isinstance(part, Leaf | Listing) else f"({text})"


def _connective(expression: Every | Some, conjunction: Conjunction) -> str:
    word = conjunction if isinstance(expression, Every) else "OR"
    return f" {word} " if word else " "


def _line(indent: int) -> str:
    return "\n" + " " * indent


def _block(text: str, indent: int) -> str:
    return f"({_line(indent + INDENT)}{text}{_line(indent)})"
