"""The words of Kusto: names, literals, operators. Pages: *The string data type*, *Entity names*, *Scalar data types*."""

import re
from typing import NoReturn

from sigma_amsi import parsing
from sigma_amsi.errors import Unreadable

_TOKEN = re.compile(
    r"""
    (?: [ \t\r\n]+ | //[^\r\n\u2028\u2029]* )*  # Microsoft's lexer ends a comment at any of these
    (?: (?P<plain>  "[^"\\\r\n]*" )
      | (?P<common> !?in~ | (?![dghtH]) [A-Za-z_][A-Za-z0-9_]* )  # the most frequent first: no other token begins like these
      | (?P<bracket> [(),;\[\]] )
      | (?P<symbol> == | != | =~ | !~ | <= | >= | <> | \.\. | && | \|\| | [=<>.{}|:+\-*/%?] )
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
      | (?P<rest>   [~@] )
      | (?P<end>    \Z )
      | (?P<unknown> . )
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"common": "name", "name": "name", "negated": "name", "bracket": "symbol", "symbol": "symbol", "rest": "symbol"}
"""Group -> kind, of what is spelled as it is meant."""

_LONGEST_NUMBER = 40
_HUGE = re.compile("[eE][+-]?0*[1-9][0-9]{2}")  # an exponent of three digits

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPED = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t"}


class Token(parsing.Token, frozen=True):
    """A token of the kind `name`, `symbol`, `string`, `number`, `time` or `end`. word: the spelling of a name or a symbol, empty for all others."""

    word: str = ""


def tokens(text: str) -> list[Token]:
    """The tokens of a query, with one of kind `end` behind them. Strings come as their values; `in~` and `!in~` as one word."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        assert kind is not None
        spelling = match[kind]
        if kind in _WORDS:
            found.append(Token(_WORDS[kind], spelling, match.start(kind), spelling))
        elif kind == "plain":
            found.append(Token("string", spelling[1:-1], match.start(kind)))
        elif kind == "end":
            break
        else:
            found.append(_literal(kind, spelling, match.start(kind), text))
    return [*found, Token("end", "", len(text))]


def _literal(kind: str, spelling: str, offset: int, text: str) -> Token:
    if kind == "unknown":
        _explain(text, offset)
    if kind in ("moment", "time"):
        return Token("time", spelling, offset)
    if kind in ("hexadecimal", "number"):
        if len(spelling) > _LONGEST_NUMBER or _HUGE.search(spelling):
            raise Unreadable("a number beyond all that a column can hold", offset)
        return Token("number", str(int(spelling, 16)) if kind == "hexadecimal" else spelling, offset)
    body = spelling.lstrip("hH")
    if kind == "block":
        return Token("string", body[3:-3], offset)
    if kind == "verbatim":
        return Token("string", body[2:-1].replace(body[1] * 2, body[1]), offset)
    value = _ESCAPE.sub(lambda match: _unescaped(match, offset + len(spelling) - len(body) + 1), body[1:-1])
    return Token("string", value, offset)


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
