"""Random spellings of Kusto's string literals, and random regular expressions."""

from typing import Final

from .values import Draw

_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL: Final = ".?+*|{}[]()\\^$"
_STARTS: Final = (*("",) * 6, "^", "(?i)", "(?s)", "(?i)^", "\\A", "(?m)^", "\\b")
_SETS: Final = ("[ab]", "[^a]", "[a-c]", "[A-C0-9]", "[\\\\.]", "\\d", "\\w", "\\s", "\\D", "\\W", "[[:alpha:]]")
_OTHERS: Final = ("a|b", "x*", "\\x41", "\\.", "\\\\", "\\t", "\\n", "é", "\\p{L}", "a{1,2}")


def literal(draw: Draw, text: str) -> str:
    """A literal of the text: plain, verbatim, hidden, of several lines, or with numbered escapes."""
    kind = draw.number(0, 9)
    has_line_break = "\n" in text or "\r" in text
    if kind < 2 and not has_line_break:
        return draw.choice(("@", "@", "h@")) + '"' + text.replace('"', '""') + '"'
    if kind == 2 and not has_line_break:
        return "@'" + text.replace("'", "''") + "'"
    if kind == 3 and "`" not in text:
        return f"```{text}```"
    if kind == 4:
        return draw.choice(("'", "h'")) + _escaped(text) + "'"
    if kind == 5:
        return '"' + "".join(_numbered(draw, character) for character in text) + '"'
    return '"' + _escaped(text) + '"'


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _numbered(draw: Draw, character: str) -> str:
    return f"\\u{ord(character):04x}" if character <= "\uffff" and draw.chance(0.4) else _escaped(character)


def regex(draw: Draw, depth: int = 2) -> str:
    """An expression of the syntax that Kusto shares with RE2."""
    return draw.choice(_STARTS) + _items(draw, depth) + draw.choice(("", "", "", "$", "\\z", "\\b"))


def _items(draw: Draw, depth: int) -> str:
    return "".join(_item(draw, depth) for _ in range(draw.number(1, 3)))


def _item(draw: Draw, depth: int) -> str:
    kind = draw.number(0, 19)
    if kind < 8:
        return "".join("\\" + character if character in _SPECIAL else character for character in draw.part())
    if kind < 11:
        return draw.choice((".*", ".", ".+", ".?", ".*?"))
    if kind < 15:
        return draw.choice(_SETS) + draw.choice(("", "+", "*", "{2}", "{1,}?"))
    if kind < 18 and depth:
        options = "|".join(_items(draw, depth - 1) for _ in range(draw.number(1, 2)))
        return f"{draw.choice(('(', '(?:', '(?i:'))}{options}){draw.choice(('', '', '?', '{1,2}'))}"
    return draw.choice(_OTHERS)
