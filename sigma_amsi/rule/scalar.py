"""The values of YAML 1.1 scalars, as PyYAML's safe loader resolves them; only dates keep the text that stands in the rule."""

import re
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from sigma_amsi.rule.document import ListNode, Node, Scalar
from sigma_amsi.rule.problems import failure, shown

Value: TypeAlias = str | int | float | bool | None
Data: TypeAlias = Value | list["Data"] | dict[str, "Data"]

_Number = TypeVar("_Number", int, float)
_MAXIMUM_DIGITS = 400

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    spelling: meaning
    for words, meaning in (("yes true on", True), ("no false off", False))
    for word in words.split()
    for spelling in (word, word.capitalize(), word.upper())
}
_SPECIAL_STARTS = frozenset("-+.0123456789~nNyYtTfFoO")
_INTEGER = re.compile(
    r"[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+", re.ASCII
)
_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    re.ASCII,
)


def value_of(scalar: Scalar) -> Value:
    """The value of a scalar. Raises RuleError invalid-number for what looks like a number and is none, or has thousands of digits."""
    text, tag = scalar.text, scalar.tag
    if tag == "":
        if text and text[0] not in _SPECIAL_STARTS:
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        tag = "int" if _INTEGER.fullmatch(text) else "float" if _FLOAT.fullmatch(text) else "str"
    if tag in ("str", "timestamp"):
        return text
    if tag == "null":
        return None
    if tag == "bool" and text in _BOOLEANS:
        return _BOOLEANS[text]
    try:
        if tag == "int":
            return _integer(text)
        if tag == "float":
            return _float(text)
    except (ValueError, OverflowError):
        pass
    raise failure(
        "invalid-number", f"{shown(text)} is not a value that can be read as {tag}", scalar.line, "quote it if it is meant as a text"
    )


def data_of(node: Node) -> Data:
    """The plain Python data of a node."""
    if isinstance(node, Scalar):
        return value_of(node)
    if isinstance(node, ListNode):
        return [data_of(item) for item in node.items]
    return {key: data_of(value) for key, (_, value) in node.entries.items()}


def type_name(value: Value) -> str:
    """What a message calls the type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
    return "a text"


def _integer(text: str) -> int:
    if len(text) > _MAXIMUM_DIGITS:
        raise ValueError
    text = text.replace("_", "")
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    if digits.startswith("0b"):
        return sign * int(digits[2:], 2)
    if digits.startswith("0x"):
        return sign * int(digits[2:], 16)
    if ":" in digits:
        return sign * _sexagesimal(digits, int)
    return sign * int(digits, 8 if digits.startswith("0") and digits != "0" else 10)


def _float(text: str) -> float:
    text = text.replace("_", "").lower()
    sign = -1.0 if text.startswith("-") else 1.0
    digits = text.lstrip("+-")
    if digits in (".inf", ".nan"):
        return sign * float(digits[1:])
    return sign * (_sexagesimal(digits, float) if ":" in digits else float(digits))


def _sexagesimal(digits: str, number: Callable[[str], _Number]) -> _Number:
    *places, last = digits.split(":")
    total = 0
    for place in places:
        total = total * 60 + int(place)
    return total * 60 + number(last)
