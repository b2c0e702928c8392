"""The text of a search before it has a grammar: comments, macros and the pipes between its commands."""

import re
from bisect import bisect_right
from collections.abc import Mapping

from msgspec import Struct, field

from sigma_amsi.errors import Unreadable

# Search Manual, "Add comments to searches": between triple backticks. macros.conf.spec: macros are not expanded inside quoted values.
_PIECE = re.compile(
    r'(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<comment>```.*?```)|(?P<macro>`[^`]*`)|(?P<escaped>\\.)|(?P<open>["`])|[^"`\\]+|\\', re.DOTALL
)
_WITHOUT_BACKTICKS = re.compile(r'(?:[^"\\]++|\\.|"(?:[^"\\]++|\\.)*+")*+\\?', re.DOTALL)
_COMMAND_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|(?P<pipe>\|)|(?P<subsearch>[\[\]])|[^"\\|\[\]]+|\\', re.DOTALL)

MAXIMUM_LENGTH = 200_000
"""Characters of a search with its macros expanded."""
_MAXIMUM_MACROS = 100
"""Macros in macros: limits.conf.spec lets Splunk expand as many."""


class Source(Struct):
    """A text with its macros expanded, which knows where in the original each piece came from.

    starts, origins: where pieces begin in the text, and in the original. expanded: whether the piece at the same index is the inside of a macro.
    """

    text: str
    starts: list[int] = field(default_factory=lambda: [0])
    origins: list[int] = field(default_factory=lambda: [0])
    expanded: list[bool] = field(default_factory=lambda: [False])

    def origin(self, position: int) -> int:
        """The place in the original text: inside a macro, where its name stands."""
        index = bisect_right(self.starts, position) - 1
        return self.origins[index] + (0 if self.expanded[index] else position - self.starts[index])

    def unreadable(self, message: str, position: int) -> Unreadable:
        """The error that says so of a place in the expanded text."""
        return Unreadable(message, self.origin(position))


class Command(Struct, frozen=True):
    """The text of one command, without the pipes around it, as a range of the source's text."""

    start: int
    end: int


def expand(text: str, macros: Mapping[str, str]) -> Source:
    """The text with blanks for comments and definitions for macros."""
    if len(text) > MAXIMUM_LENGTH:
        raise Unreadable(f"longer than {MAXIMUM_LENGTH} characters", MAXIMUM_LENGTH)
    if "`" not in text and _WITHOUT_BACKTICKS.fullmatch(text):
        return Source(text)
    pieces: list[str] = []
    source = Source("")
    length = 0
    for match in _PIECE.finditer(text):
        piece, inside = match.group(), False
        if match["quoted"] and "```" in piece:
            raise Unreadable("whether a comment may stand in a quoted text is not documented", match.start())
        if match["open"]:
            raise Unreadable("a quotation that does not end" if piece == '"' else "a backtick without another", match.start())
        if match["comment"]:
            piece = " " * len(piece)
        elif match["macro"]:
            piece, inside = _definition(piece[1:-1].strip(), macros, match.start(), MAXIMUM_LENGTH - length), True
        if inside or source.expanded[-1]:
            source.starts.append(length)
            source.origins.append(match.start())
            source.expanded.append(inside)
        pieces.append(piece)
        length += len(piece)
    source.text = "".join(pieces)
    return source


def commands(source: Source) -> list[Command]:
    """The commands between the pipes; a blank first one says that the text begins with a pipe."""
    if not any(character in source.text for character in "|[]"):
        return [Command(0, len(source.text))]
    found: list[Command] = []
    start = 0
    for match in _COMMAND_PIECE.finditer(source.text):
        if match["subsearch"]:
            raise source.unreadable("a subsearch is not read", match.start())
        if match["pipe"]:
            found.append(Command(start, match.start()))
            start = match.end()
    found.append(Command(start, len(source.text)))
    return found


def _definition(name: str, macros: Mapping[str, str], offset: int, room: int) -> str:
    """What a macro stands for, with the macros in it expanded. Expansion goes on until none is left or there is too much."""
    text = f"`{name}`"
    for _ in range(_MAXIMUM_MACROS):
        found = False
        pieces: list[str] = []
        for match in _PIECE.finditer(text):
            piece = match.group()
            if match["open"]:
                raise Unreadable(f"the macro `{name}` has a quotation or backtick that does not end", offset)
            if match["macro"]:
                found = True
                inner = piece[1:-1].strip()
                if inner not in macros:
                    raise Unreadable(f"the macro `{inner}` is not declared", offset)
                piece = macros[inner]
            elif match["comment"]:
                piece = " "
            pieces.append(piece)
        text = "".join(pieces)
        if not found:
            return text
        if len(text) > room:
            raise Unreadable(f"the macro `{name}` makes the search longer than {MAXIMUM_LENGTH} characters", offset)
    raise Unreadable(f"the macro `{name}` has macros in more than {_MAXIMUM_MACROS} levels", offset)
