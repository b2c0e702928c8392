"""Kusto expressions as trees of text, and how they are laid out on lines."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec import Struct

WIDTH = 120
"""A longer line is broken at its outermost operator."""

INDENT = 4
LONGEST_CHAIN = 300
"""A chain nests as deep as it is long, and Kusto's parser gives up at a depth of some 490. Longer chains are cut into groups."""

_GROUP = 100


class Leaf(Struct, frozen=True):
    """Text that stands for itself: a comparison, a name, a literal. `depth` is how deep its own syntax nests."""

    text: str
    depth: int = 8


class Listing(Struct, frozen=True):
    """A comparison with a list: `head (items)`."""

    head: str
    items: tuple[str, ...]


class Call(Struct, frozen=True):
    """A function call. `together`: how many arguments share a line where they do not all fit on one."""

    function: str
    arguments: tuple["Expression", ...]
    together: int = 1


class Chain(Struct, frozen=True):
    """Two or more parts joined by one logical operator. A chain inside a chain stands in parentheses."""

    word: Literal["and", "or"]
    parts: tuple["Expression", ...]


Expression: TypeAlias = Leaf | Listing | Call | Chain


def chain(word: Literal["and", "or"], parts: Iterable[Expression]) -> Expression:
    """The parts joined, flat; a single part is itself, and no part at all is what the operator says of nothing."""
    listed = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Chain) and part.word == word else (part,)))
    if not listed:
        return Leaf("true" if word == "and" else "false")
    while len(listed) > LONGEST_CHAIN:
        listed = tuple(Chain(word, listed[start : start + _GROUP]) for start in range(0, len(listed), _GROUP))
    return listed[0] if len(listed) == 1 else Chain(word, listed)


def negated(part: Expression) -> Expression:
    """`not` is a function in Kusto."""
    return Call("not", (part,))


def flat(expression: Expression) -> str:
    """The expression on one line."""
    match expression:
        case Leaf():
            return expression.text
        case Listing():
            return f"{expression.head} ({', '.join(expression.items)})"
        case Call():
            return f"{expression.function}({', '.join([flat(argument) for argument in expression.arguments])})"
        case Chain():
            return f" {expression.word} ".join([f"({flat(part)})" if isinstance(part, Chain) else flat(part) for part in expression.parts])


def laid_out(expression: Expression, indent: int) -> str:
    """The expression on as many lines as it takes; lines after the first are indented by `indent` or more."""
    if isinstance(expression, Leaf):
        return expression.text
    line = _line(expression, WIDTH - indent)
    if line is not None:
        return line
    match expression:
        case Listing(head, items):
            return f"{head} {_block(list(items), ',', indent)}"
        case Call(function, arguments, together):
            groups = [arguments[start : start + together] for start in range(0, len(arguments), together)]
            return f"{function}{_block([_on_lines(group, indent + INDENT) for group in groups], ',', indent)}"
        case Chain(word, parts):
            return f"\n{' ' * indent}{word} ".join([_part(part, indent) for part in parts])


def depth(expression: Expression) -> int:
    """How deep the expression nests for Kusto's parser, counted as its syntax tree does, on the safe side."""
    match expression:
        case Leaf():
            return expression.depth
        case Listing():
            return 6
        case Call():
            return 4 + max([depth(argument) for argument in expression.arguments], default=0)
        case Chain(_, parts):
            # `a or b or c` is `(a or b) or c`: the first part lies deepest.
            further = range(len(parts), 1, -1)
            return max([len(parts) + depth(parts[0]), *[steps + depth(part) for steps, part in zip(further, parts[1:], strict=True)]])


def _line(expression: Expression, room: int) -> str | None:
    """The expression on one line if it fits in there. Most that do not are known by the length of their parts."""
    match expression:
        case Listing():
            shortest = sum(map(len, expression.items))
        case Chain():
            shortest = sum([len(part.text) for part in expression.parts if isinstance(part, Leaf)])
        case _:
            shortest = 0
    if shortest > room:
        return None
    line = flat(expression)
    return line if len(line) <= room else None


def _on_lines(arguments: tuple[Expression, ...], indent: int) -> str:
    """Arguments that belong together: on one line, or the further ones below the first, deeper."""
    line = ", ".join(map(flat, arguments))
    if indent + len(line) <= WIDTH:
        return line
    deeper = indent + 2 * INDENT
    first, *further = arguments
    return f",\n{' ' * deeper}".join([laid_out(first, indent), *(laid_out(argument, deeper) for argument in further)])


def _part(part: Expression, indent: int) -> str:
    if not isinstance(part, Chain):
        return laid_out(part, indent)
    line = _line(part, WIDTH - indent - len("()"))
    return f"({line})" if line is not None else _block([laid_out(part, indent + INDENT)], "", indent)


def _block(lines: list[str], separator: str, indent: int) -> str:
    inner = f"{separator}\n".join(" " * (indent + INDENT) + line for line in lines)
    return f"(\n{inner}\n{' ' * indent})"
