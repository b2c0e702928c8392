"""Query text as nested chains of parts, and how it is laid out on lines: on one where it fits, else broken at the outermost separators."""

from typing import TypeAlias

from msgspec import Struct

WIDTH = 120
INDENT = 2


class Chain(Struct, frozen=True):
    """Parts with a separator between them, in brackets where `opening` and `closing` are given.

    A separator of a word (` and `) begins the next line where the chain is broken, a comma ends the line before.
    """

    separator: str
    parts: tuple["Block", ...]
    opening: str = ""
    closing: str = ""


Block: TypeAlias = str | Chain


def bracketed(block: Block) -> Block:
    """The block in round brackets, unless it is a single part or has brackets of its own."""
    return Chain(block.separator, block.parts, "(", ")") if isinstance(block, Chain) and not block.opening else block


def flat(block: Block) -> str:
    """The text on one line."""
    if isinstance(block, str):
        return block
    return block.opening + block.separator.join(map(flat, block.parts)) + block.closing


def laid_out(block: Block, start: str = "") -> str:
    """The text, behind `start` on the first line, on as many lines as it takes."""
    return start + _lines(block, INDENT if start else 0, len(start))


def _lines(block: Block, indent: int, column: int) -> str:
    """The text that begins at `column`; lines after the first are indented."""
    line = flat(block)
    if isinstance(block, str) or column + len(line) <= WIDTH or (len(block.parts) == 1 and not block.opening):
        return line
    inner = indent + INDENT if block.opening else indent
    margin = "\n" + " " * inner
    before, after = ("", ",") if block.separator == ", " else (block.separator.lstrip(), "")
    first = _lines(block.parts[0], inner, inner if block.opening else column)
    rest = [before + _lines(part, inner, inner + len(before)) for part in block.parts[1:]]
    text = f"{after}{margin}".join([first, *rest])
    return f"{block.opening}{margin}{text}\n{' ' * indent}{block.closing}" if block.opening else text
