"""The words of Kusto: names, literals, operators. Pages: *The string data type*, *Entity names*, *Scalar data types*."""

import re
from typing import NoReturn

from sigma_amsi.errors import Unreadable
from sigma_amsi.parsing import Token

_TOKEN = re.compile(
    r"""
    (?P<blank>  (?: [ \t\r\n] | //[^\n]* )+ )
  | (?P<verbatim> [hH]? @ (?: "(?:[^"\r\n]|"")*" | '(?:[^'\r\n]|'')*' ) )
  | (?P<string> [hH]? (?: "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*' ) )
  | (?P<block>  [hH]? (?: ```.*?``` | ~~~.*?~~~ ) )
  | (?P<moment> (?:datetime|date|timespan|time|guid) \s* \( [^)]* \) )
  | (?P<time> [0-9]+(?:\.[0-9]+)? (?:days?|d|hours?|hrs?|hr|h|minutes?|min|m|seconds?|sec|s|milliseconds?|millis|ms
                  |microseconds?|micros?|us|nanoseconds?|nanos?|ns|ticks?) (?![A-Za-z0-9_]) )
  | (?P<hexadecimal> 0[xX][0-9A-Fa-f]+ (?![A-Za-z0-9_]) )
  | (?P<number> [0-9]+ (?:\.(?!\.)[0-9]*)? (?:[eE][+-]?[0-9]+)? (?![A-Za-z_]) )
  | (?P<name>   [A-Za-z_][A-Za-z0-9_]* )
  | (?P<negated> ! [A-Za-z_]+ )
  | (?P<symbol> == | != | =~ | !~ | <= | >= | <> | \.\. | && | \|\| | [=<>.,;()\[\]{}|:+\-*/%~?@] )
    """,
    re.VERBOSE | re.DOTALL,
)

_LONGEST_NUMBER = 40
_HUGE = re.compile("[eE][+-]?0*[1-9][0-9]{2}")  # an exponent of three digits

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPED = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t"}


def tokens(text: str) -> list[Token]:
    """The tokens of a query. Strings come as their values; `in~` and `!in~` as one name."""
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            _explain(text, position)
        kind, spelling = match.lastgroup, match.group()
        assert kind is not None
        position = match.end()
        if kind == "blank":
            continue
        if kind in ("name", "negated") and spelling in ("in", "!in") and text.startswith("~", position):
            spelling += "~"
            position += 1
        found.append(_token(kind, spelling, match.start()))
    return [*found, Token("end", "", len(text))]


def _token(kind: str, spelling: str, offset: int) -> Token:
    if kind in ("hexadecimal", "number") and (len(spelling) > _LONGEST_NUMBER or _HUGE.search(spelling)):
        raise Unreadable("a number beyond all that a column can hold", offset)
    if kind == "hexadecimal":
        return Token("number", str(int(spelling, 16)), offset)
    if kind not in ("string", "verbatim", "block"):
        return Token({"negated": "name", "moment": "time"}.get(kind, kind), spelling, offset)
    body = spelling.lstrip("hH")
    if kind == "block":
        return Token("string", body[3:-3], offset)
    if kind == "verbatim":
        return Token("string", body[2:-1].replace(body[1] * 2, body[1]), offset)
    return Token("string", _ESCAPE.sub(lambda match: _unescaped(match, offset + len(spelling) - len(body) + 1), body[1:-1]), offset)


def _unescaped(match: re.Match[str], offset: int) -> str:
    """An escape sequence of a plain string; any other than those of the page is an error in the engine."""
    digits = match[1] or match[2] or match[3]
    if digits and int(digits, 16) <= 0x10FFFF:
        return chr(int(digits, 16))
    character = _ESCAPED.get(match[4]) if match[4] else None
    if character is None:
        raise Unreadable(f"{match[0]!r} is no escape sequence of a string", offset + match.start())
    return character


def _explain(text: str, offset: int) -> NoReturn:
    if text[offset] in "\"'`~" or re.match(r"""[hH]?@?["'`]""", text[offset : offset + 3]):
        raise Unreadable("a string that does not end, or has a line break in it", offset)
    if text[offset].isdigit():
        raise Unreadable("a number with letters after it", offset)
    raise Unreadable(f"no word of the language begins with {text[offset]!r}", offset)
