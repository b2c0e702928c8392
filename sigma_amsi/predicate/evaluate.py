"""What a predicate means on one event or row. This evaluator is the project's definition of the meaning of a rule.

A record maps names to values. A value is a text, a number, a boolean or None (null); a tuple or list of those is a field with several
values. A name that is not in the record is absent. A test on an absent subject is false, and its negation therefore true.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import product
from typing import TypeAlias, assert_never

from sigma_amsi.characters import ANY_CHARACTER, Chars, fold
from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.predicate.tree import (
    And,
    AnyField,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matcher,
    Matches,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Same,
    Test,
    TimePart,
    TimeUnit,
)
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat
from sigma_amsi.regex.tree import Sequence as RegexSequence
from sigma_amsi.term import Absent, Column, Field, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

Scalar: TypeAlias = str | int | float | bool | Decimal | None
Cell: TypeAlias = Scalar | tuple[Scalar, ...]
"""What an event has in one field, or a row in one column: a scalar, or a tuple where there are several. None is null, which counts as absent."""
Record: TypeAlias = Mapping[str, Scalar | Sequence[Scalar]]


def evaluate(predicate: Predicate, record: Record) -> bool:
    """Whether the record satisfies the predicate."""
    match predicate:
        case And(parts):
            return all(evaluate(part, record) for part in parts)
        case Or(parts):
            return any(evaluate(part, record) for part in parts)
        case Not(part):
            return not evaluate(part, record)
        case Test(AnyField(), holds):
            return any(passes(value, holds, record) for name in record for value in _listed(record[name]))
        case Test(subject, holds):
            assert not isinstance(subject, AnyField)
            values = term_values(subject, record)
            if isinstance(holds, Null):
                return not values or None in values
            return any(passes(value, holds, record) for value in values)
    assert_never(predicate)


def passes(value: Scalar, holds: Matcher, record: Record) -> bool:
    """Whether one present value passes the matcher. `record` is what a comparison with another field looks into."""
    if value is None:
        return isinstance(holds, Null | Exists)
    match holds:
        case Matches(pattern, cased):
            return pattern_test(pattern, cased)(text_of(value))
        case Regex(tree, cased):
            return regex_test(tree, cased)(text_of(value))
        case Compare(operator, number):
            return _compares(_number_of(value), operator, number)
        case InNetwork(network):
            address = _address_of(text_of(value))
            return address is not None and address.version == network.version and address in network
        case Null():
            return False
        case Empty():
            return value == ""
        case Exists():
            return True
        case Same(other, how, cased):
            spelled: Callable[[str], str] = str if cased else fold
            own = spelled(text_of(value))
            others = (spelled(text_of(each)) for each in term_values(other, record) if each is not None)
            return any(_stands(own, how, each) for each in others)
        case TimePart(unit, number):
            moment = _moment_of(text_of(value))
            return moment is not None and part_of_time(moment, unit) == number
    assert_never(holds)


def term_values(term: Term, record: Record) -> tuple[Scalar, ...]:
    """The values of the term on the record: none where it is absent."""
    match term:
        case Field(name) | Column(name):
            return _listed(record[name]) if name in record else ()
        case Text(value):
            return (value,)
        case Absent():
            return ()
        case Join(parts):
            return _joined(parts, record)
        case First(terms):
            for each in terms:
                values = tuple(value for value in term_values(each, record) if value is not None and value != "")
                if values:
                    return values
            return ()
        case When(test, then, otherwise):
            return term_values(then if evaluate(test, record) else otherwise, record)
        case Prefix(of, table):
            return tuple(_respelled(text, table) for text in _texts(of, record))
        case Values(of, table):
            listed = {fold(own): other for own, other in reversed(table)}
            return tuple(listed[fold(text)] for text in _texts(of, record) if fold(text) in listed)
        case XmlText(of):
            return tuple(decode_xml(text) for text in _texts(of, record))
        case NumberText(of, style):
            return tuple(number_text(text, style) for text in _texts(of, record))
    assert_never(term)


def text_of(value: str | int | float | bool | Decimal) -> str:
    """The text by which a value is compared: numbers as canonical decimals (`443`, `0.5`), booleans as `true` and `false`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return canonical_decimal(value if isinstance(value, Decimal) else Decimal(repr(value)))


def canonical_decimal(number: Decimal) -> str:
    """The number without exponent, trailing zeros or negative zero."""
    if number == 0:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def decode_xml(text: str) -> str:
    """The text with `&lt;`, `&gt;` and `&amp;` decoded, once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def number_text(text: str, style: str) -> str:
    """The spelling that `NumberText` gives a decimal text; any other text stays."""
    bits = 32 if style == "dword" else 64
    if not re.fullmatch("0|[1-9][0-9]{0,19}", text) or int(text) >= 1 << bits:
        return text
    number = int(text)
    if style == "dword":
        return f"DWORD (0x{number:08x})"
    if style == "qword":
        return f"QWORD (0x{number >> 32:08x}-0x{number & 0xFFFFFFFF:08x})"
    return f"0x{number:x}"


def part_of_time(moment: datetime, unit: TimeUnit) -> int:
    """The numbered part of a date and time; a week is the ISO week."""
    if unit == "week":
        return moment.isocalendar().week
    number: int = getattr(moment, unit)
    return number


@lru_cache(maxsize=8192)
def pattern_test(pattern: Pattern, cased: bool) -> Callable[[str], bool]:
    """A function that says whether a text matches the whole pattern."""
    spelled: Callable[[str], str] = str if cased else fold
    source = "".join(_pattern_source(token, spelled) for token in pattern.tokens)
    found = re.compile(source, re.DOTALL).fullmatch
    return lambda text: found(spelled(text)) is not None


@lru_cache(maxsize=4096)
def regex_test(tree: RegexTree, cased: bool) -> Callable[[str], bool]:
    """A function that says whether the expression is found somewhere in a text."""
    found = re.compile(_regex_source(tree, cased), re.DOTALL | re.MULTILINE).search
    return lambda text: found(text) is not None


def _pattern_source(token: str | Chars | AnyMany, spelled: Callable[[str], str]) -> str:
    if isinstance(token, str):
        return re.escape(spelled(token))
    if isinstance(token, AnyMany):
        return ".*"
    return _class_source(token if spelled is str else token.folded())


def _regex_source(tree: RegexTree, cased: bool) -> str:
    match tree:
        case Literal(text):
            if cased:
                return re.escape(text)
            return "".join(_class_source(Chars.of(character).folded()) for character in text)
        case OneOf(chars):
            return _class_source(chars if cased else chars.folded())
        case RegexSequence(items):
            return "".join(_regex_source(item, cased) for item in items)
        case Choice(options):
            return "(?:" + "|".join(_regex_source(option, cased) for option in options) + ")"
        case Repeat(item, minimum, maximum):
            count = f"{{{minimum},{'' if maximum is None else maximum}}}"
            return f"(?:{_regex_source(item, cased)}){count}"
        case Anchor(place):
            return _ANCHORS[place]
    assert_never(tree)


# In Python with MULTILINE: `$` also holds before a newline, `\Z` only at the very end.
_ANCHORS = {
    Place.TEXT_START: r"\A",
    Place.TEXT_END: r"\Z",
    Place.TEXT_END_OR_LAST_NEWLINE: r"(?=\n?\Z)",
    Place.LINE_START: "^",
    Place.LINE_END: "$",
    Place.WORD_EDGE: r"(?a:\b)",
    Place.NO_WORD_EDGE: r"(?!(?a:\b))",
}


def _class_source(chars: Chars) -> str:
    if chars == ANY_CHARACTER:
        return "."
    if not chars.ranges:
        return "(?!)"
    return "[" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in chars.ranges) + "]"


def _listed(value: Scalar | Sequence[Scalar]) -> tuple[Scalar, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return (value,)
    return tuple(value)


def _texts(term: Term, record: Record) -> tuple[str, ...]:
    return tuple(text_of(value) for value in term_values(term, record) if value is not None)


def _joined(parts: tuple[Term, ...], record: Record) -> tuple[str, ...]:
    present = [_texts(part, record) for part in parts]
    if not any(values for part, values in zip(parts, present, strict=True) if not isinstance(part, Text)):
        return ()
    return tuple("".join(texts) for texts in product(*(values or ("",) for values in present)))


def _respelled(text: str, table: tuple[tuple[str, str], ...]) -> str:
    folded = fold(text)
    for own, other in table:
        if folded.startswith(fold(own)):
            return other + text[len(own) :]
    return text


def _stands(own: str, how: str, other: str) -> bool:
    if how == "equals":
        return own == other
    if how == "contains":
        return other in own
    return own.startswith(other) if how == "startswith" else own.endswith(other)


def _number_of(value: str | int | float | bool | Decimal) -> Decimal | None:
    if isinstance(value, bool):
        return None
    text = text_of(value)
    if not re.fullmatch(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # longer than the decimal context carries
        return None


def _compares(value: Decimal | None, operator: str, number: Decimal) -> bool:
    if value is None:
        return False
    match operator:
        case "<":
            return value < number
        case "<=":
            return value <= number
        case ">":
            return value > number
    return value >= number


def _address_of(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _moment_of(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment
