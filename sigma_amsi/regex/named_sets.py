"""The sets of characters that regular expressions name: `\\d`, `\\w`, `[:alpha:]`, `\\p{Lu}`."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from sigma_amsi.characters import MAXIMUM, Chars


def _ranges(*pairs: str) -> Chars:
    return Chars.from_ranges((ord(pair[0]), ord(pair[-1])) for pair in pairs)


DIGIT = _ranges("09")
WORD = _ranges("az", "AZ", "09", "_")
SPACE = _ranges("\t\r", " ")
HORIZONTAL_SPACE = _ranges("\t", " ", "\xa0", "\u1680", "\u180e", "\u2000\u200a", "\u202f", "\u205f", "\u3000")
VERTICAL_SPACE = _ranges("\n\r", "\x85", "\u2028\u2029")
NEWLINE = _ranges("\n")

UNICODE_SPACE = _ranges("\t\r", " ", "\x85", "\xa0", "\u1680", "\u2000\u200a", "\u2028\u2029", "\u202f", "\u205f", "\u3000")

POSIX: Mapping[str, Chars] = {
    "alnum": _ranges("az", "AZ", "09"),
    "alpha": _ranges("az", "AZ"),
    "ascii": _ranges("\0\x7f"),
    "blank": _ranges("\t", " "),
    "cntrl": _ranges("\0\x1f", "\x7f"),
    "digit": DIGIT,
    "graph": _ranges("!~"),
    "lower": _ranges("az"),
    "print": _ranges(" ~"),
    "punct": _ranges("!/", ":@", "[`", "{~"),
    "space": SPACE,
    "upper": _ranges("AZ"),
    "word": WORD,
    "xdigit": _ranges("09", "af", "AF"),
}

# Alphabetic by Unicode's Other_Alphabetic although the general category says symbol: the circled, squared and parenthesised letters.
_ALPHABETIC_SYMBOLS = _ranges("\u24b6\u24e9", "\U0001f130\U0001f149", "\U0001f150\U0001f169", "\U0001f170\U0001f189")
_JOIN_CONTROLS = _ranges("\u200c\u200d")


@lru_cache(maxsize=1)
def unicode_digit() -> Chars:
    """`\\d` where it means Unicode: every decimal digit."""
    category = _categories()
    return category["Nd"]


@lru_cache(maxsize=1)
def unicode_word() -> Chars:
    """`\\w` where it means Unicode (UTS 18, annex C): alphabetic characters, marks, decimal digits, connectors and join controls."""
    parts = [general_category(name) for name in ("L", "M", "Nl", "Nd", "Pc")]
    return Chars.from_ranges(pair for part in (*parts, _ALPHABETIC_SYMBOLS, _JOIN_CONTROLS) if part for pair in part.ranges)


@lru_cache(maxsize=64)
def general_category(name: str) -> Chars | None:
    """The characters of a Unicode general category (`Lu`) or of a group of them (`L`); None when there is none of that name."""
    found = [chars for own, chars in _categories().items() if own == name or (len(name) == 1 and own[0] == name)]
    return Chars.from_ranges(pair for chars in found for pair in chars.ranges) if found else None


@lru_cache(maxsize=1)
def _categories() -> Mapping[str, Chars]:
    runs: dict[str, list[tuple[int, int]]] = {}
    start, current = 0, unicodedata.category("\0")
    for point in range(1, MAXIMUM + 1):
        category = unicodedata.category(chr(point))
        if category != current:
            runs.setdefault(current, []).append((start, point - 1))
            start, current = point, category
    runs.setdefault(current, []).append((start, MAXIMUM))
    return {name: Chars(tuple(ranges)) for name, ranges in runs.items()}
