"""What a column is made from: a closed set of operations on an event's fields, each a thing that some ingestion does.

A value has, on an event, a tuple of scalars: none where the column stays empty. Operations apply to each of several values.
"""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TypeAlias, assert_never
from xml.sax.saxutils import escape

from msgspec import Struct

from sigma_amsi.characters import fold
from sigma_amsi.events.flatten import values
from sigma_amsi.predicate.evaluate import Cell, Scalar, evaluate, text_of
from sigma_amsi.predicate.tree import Predicate


class FieldValue(Struct, frozen=True):
    """The values of a field."""

    name: str


class Constant(Struct, frozen=True):
    text: str


class Joined(Struct, frozen=True):
    """The parts' first values one after the other; nothing where one of them is missing."""

    parts: tuple["Value", ...]


class FirstOf(Struct, frozen=True):
    """The first of the options that has a value."""

    options: tuple["Value", ...]


class Choice(Struct, frozen=True):
    test: Predicate
    then: "Value"
    otherwise: "Value"


class Split(Struct, frozen=True):
    """Part number `take`, from 0, of a text that `separator` cuts into exactly `into` parts; nothing for other texts."""

    of: "Value"
    separator: str
    into: int
    take: int


class Last(Struct, frozen=True):
    """What stands before the last separator, or behind it; a text without the separator is all behind it."""

    of: "Value"
    separator: str
    behind: bool


class Hash(Struct, frozen=True):
    """The digest of one algorithm from a list `SHA1=…,MD5=…`."""

    of: "Value"
    algorithm: str


class Respelled(Struct, frozen=True):
    """The text with another beginning: the first of the table, in any case, that it has."""

    of: "Value"
    table: tuple[tuple[str, str], ...]


class Translated(Struct, frozen=True):
    """Another text for each that is listed, in any case; `keep` says whether one that is not listed stays or is dropped."""

    of: "Value"
    table: tuple[tuple[str, str], ...]
    keep: bool


class Without(Struct, frozen=True):
    """All values but these texts."""

    of: "Value"
    texts: tuple[str, ...]


class Pieces(Struct, frozen=True):
    """The pieces between matches of an expression as values of their own, empty ones left out."""

    of: "Value"
    separator: re.Pattern[str]


class Found(Struct, frozen=True):
    """The first group of an expression where it is found, dot matching line ends; nothing elsewhere."""

    of: "Value"
    expression: re.Pattern[str]


class Changed(Struct, frozen=True):
    """A change of spelling by its name, one of CHANGES."""

    of: "Value"
    change: str


Value: TypeAlias = (
    FieldValue | Constant | Joined | FirstOf | Choice | Split | Last | Hash | Respelled | Translated | Without | Pieces | Found | Changed
)


def made(value: Value, fields: Mapping[str, Cell]) -> tuple[Scalar, ...]:
    """The scalars of the value on an event's fields, without nulls."""
    match value:
        case FieldValue(name):
            return tuple(each for each in values(fields[name]) if each is not None) if name in fields else ()
        case Constant(text):
            return (text,)
        case Joined(parts):
            listed = [_texts(part, fields) for part in parts]
            return ("".join(texts[0] for texts in listed),) if all(listed) else ()
        case FirstOf(options):
            return next((found for found in (made(option, fields) for option in options) if found), ())
        case Choice(test, then, otherwise):
            return made(then if evaluate(test, fields) else otherwise, fields)
        case Split(of, separator, into, take):
            cut = [text.split(separator) for text in _texts(of, fields)]
            return tuple(parts[take] for parts in cut if len(parts) == into)
        case Last(of, separator, behind):
            return tuple(text.rpartition(separator)[2 if behind else 0] for text in _texts(of, fields))
        case Hash(of, algorithm):
            return tuple(digest for text in _texts(of, fields) if (digest := _digest(text, algorithm)))
        case Respelled(of, table):
            return tuple(_respelled(text, table) for text in _texts(of, fields))
        case Translated(of, table, keep):
            others = {fold(own): other for own, other in table}
            return tuple(others.get(fold(text), text) for text in _texts(of, fields) if keep or fold(text) in others)
        case Without(of, texts):
            return tuple(each for each in made(of, fields) if each is None or text_of(each) not in texts)
        case Pieces(of, pattern):
            return tuple(piece for text in _texts(of, fields) for piece in pattern.split(text) if piece)
        case Found(of, pattern):
            return tuple(match[1] for match in map(pattern.search, _texts(of, fields)) if match)
        case Changed(of, change):
            return tuple(changed for text in _texts(of, fields) if (changed := CHANGES[change](text)) is not None)
    assert_never(value)


def _texts(value: Value, fields: Mapping[str, Cell]) -> tuple[str, ...]:
    return tuple(text_of(each) for each in made(value, fields) if each is not None)


def _digest(text: str, algorithm: str) -> str:
    for entry in text.split(","):
        name, _, digest = entry.partition("=")
        if fold(name.strip()) == fold(algorithm):
            return digest
    return ""


def _respelled(text: str, table: tuple[tuple[str, str], ...]) -> str:
    folded = fold(text)
    for own, other in table:
        if folded.startswith(fold(own)):
            return other + text[len(own) :]
    return text


def _integer(text: str) -> str | None:
    return str(int(text)) if re.fullmatch("-?[0-9]{1,20}", text) else None


def _decimal(text: str) -> str | None:
    return str(int(text, 16)) if re.fullmatch("0[xX][0-9a-fA-F]{1,16}", text) else _integer(text)


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _boolean(text: str) -> str | None:
    return text.lower() if text.lower() in ("true", "false") else None


CHANGES: Mapping[str, Callable[[str], str | None]] = {
    "xml": escape,
    "lower": str.lower,
    "integer": _integer,
    "decimal": _decimal,
    "address": _address,
    "boolean": _boolean,
}
"""xml: `&`, `<` and `>` as entities. integer: a decimal number, canonical. decimal: a number that may be hexadecimal, in decimal. address: an address in
its shortest form. boolean: true or false. A text that is none of these is dropped."""
