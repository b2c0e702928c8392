"""Writes regular expressions in the Perl-like dialects: PCRE for Splunk, and Kusto's.

Only constructs are used that mean the same in every version of the dialect: characters and classes of characters (never `\\d`, `\\w` or `\\s`, which
Kusto extends to all of Unicode), groups, repetitions and anchors. A leading `(?i)` or `(?s)` stands only where it is needed.
"""

from typing import assert_never

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.perl import Dialect
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence

_SPECIAL = frozenset("\\.^$|?*+()[]{}")
_SPECIAL_IN_CLASS = frozenset("\\]^-[&~#|")

_ANCHORS: dict[Dialect, dict[Place, str]] = {
    Dialect.PCRE: {
        Place.TEXT_START: "^",
        Place.TEXT_END: "\\z",
        Place.TEXT_END_OR_LAST_NEWLINE: "$",
        Place.LINE_START: "(?m:^)",
        Place.LINE_END: "(?m:$)",
        Place.WORD_EDGE: "\\b",
        Place.NO_WORD_EDGE: "\\B",
    },
    # Kusto's `$` is the end of the text alone and its `\b` knows the letters of all scripts (Regex syntax, learn.microsoft.com).
    Dialect.KUSTO: {
        Place.TEXT_START: "^",
        Place.TEXT_END: "$",
        Place.LINE_START: "(?m:^)",
        Place.LINE_END: "(?m:$)",
    },
}


def write_perl(tree: RegexTree, dialect: Dialect, *, cased: bool = True) -> str:
    """The text of an expression that finds `tree`, in any case unless `cased`.

    Raises RegexConstruct for an anchor that the dialect does not have.
    """
    body = _written(_without_last_newline(tree) if dialect is Dialect.KUSTO else tree, dialect)
    flags = ("" if cased else "i") + ("s" if _has_any_character(tree) else "")
    return f"(?{flags}){body}" if flags else body


def _without_last_newline(tree: RegexTree) -> RegexTree:
    """`$` of Perl at the very end of an expression, as an optional newline before the end: found in the same values."""
    items = tree.items if isinstance(tree, Sequence) else (tree,)
    if items and items[-1] == Anchor(Place.TEXT_END_OR_LAST_NEWLINE):
        newline = Repeat(Literal("\n"), 0, 1)
        return Sequence((*items[:-1], newline, Anchor(Place.TEXT_END)))
    return tree


def _has_any_character(tree: RegexTree) -> bool:
    match tree:
        case OneOf(chars):
            return chars == ANY_CHARACTER
        case Sequence(parts) | Choice(parts):
            return any(_has_any_character(part) for part in parts)
        case Repeat(item):
            return _has_any_character(item)
    return False


def _written(tree: RegexTree, dialect: Dialect) -> str:
    match tree:
        case Literal(text):
            return "".join(_character(character, _SPECIAL) for character in text)
        case OneOf(chars):
            return _class(chars)
        case Sequence(items):
            return "".join(f"(?:{_written(item, dialect)})" if isinstance(item, Choice) else _written(item, dialect) for item in items)
        case Choice(options):
            return "|".join(_written(option, dialect) for option in options)
        case Repeat(item, minimum, maximum):
            written = _written(item, dialect)
            single = isinstance(item, OneOf) or (isinstance(item, Literal) and len(item.text) == 1)
            return (written if single else f"(?:{written})") + _count(minimum, maximum)
        case Anchor(place):
            if place not in _ANCHORS[dialect]:
                raise RegexConstruct(f"{dialect.value} has no way to ask for a place {place.value}")
            return _ANCHORS[dialect][place]
    assert_never(tree)


def _count(minimum: int, maximum: int | None) -> str:
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((minimum, maximum))
    if short is not None:
        return short
    return f"{{{minimum}}}" if minimum == maximum else f"{{{minimum},{'' if maximum is None else maximum}}}"


def _class(chars: Chars) -> str:
    if chars == ANY_CHARACTER:
        return "."
    if not chars.ranges:
        raise RegexConstruct("a class without characters cannot be written")
    outside = ~chars
    # The complement of a small set reads better, and says the same.
    negated, shown = ("^", outside) if len(outside.ranges) < len(chars.ranges) or len(outside) < len(chars) else ("", chars)
    if not shown.ranges:
        return "."
    return f"[{negated}{''.join(_range(low, high) for low, high in shown.ranges)}]"


def _range(low: int, high: int) -> str:
    first, last = (_character(chr(point), _SPECIAL_IN_CLASS) for point in (low, high))
    if low == high:
        return first
    return first + last if high == low + 1 else f"{first}-{last}"


def _character(character: str, special: frozenset[str]) -> str:
    if character in special:
        return "\\" + character
    return character if character.isprintable() else f"\\x{{{ord(character):x}}}"
