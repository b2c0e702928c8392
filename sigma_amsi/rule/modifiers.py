"""Chains of modifiers: which of them the specification has, which may follow which, and what a chain asks for as a whole."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, TypeAlias, cast, get_args

from msgspec import Struct

from sigma_amsi.hints import near
from sigma_amsi.predicate.tree import TimeUnit
from sigma_amsi.rule.problems import failure, shown

Kind: TypeAlias = Literal["text", "re", "cidr", "fieldref", "exists", "compare", "time"]
Shape: TypeAlias = Literal["equals", "contains", "startswith", "endswith"]
Operator: TypeAlias = Literal["<", "<=", ">", ">="]

_SHAPES = frozenset({"contains", "startswith", "endswith"})
_WIDE = frozenset({"utf16le", "utf16be", "utf16", "wide"})
_BASE64 = frozenset({"base64", "base64offset"})
_FLAGS = frozenset({"i", "m", "s"})
_TIME_UNITS = frozenset(get_args(TimeUnit))
_OPERATORS: Mapping[str, Operator] = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_TEXT = frozenset({"windash", "expand", "cased"})
_ANYWHERE = frozenset({"all", "neq"})
_NOTHING: frozenset[str] = frozenset()

_MAY_FOLLOW: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_SHAPES, _TEXT | _WIDE | _BASE64 | {"fieldref"}),
    "windash": _SHAPES | {"expand", "cased"},
    "expand": _SHAPES | _FLAGS | {"windash", "cased", "re"},
    "cased": _SHAPES | _WIDE | _BASE64 | {"windash", "expand", "fieldref"},
    **dict.fromkeys(_WIDE, _TEXT),
    **dict.fromkeys(_BASE64, _TEXT | _WIDE),
    "re": _NOTHING,
    **dict.fromkeys(_FLAGS, _FLAGS | {"re", "expand"}),
    "cidr": _NOTHING,
    "fieldref": _NOTHING,
    **dict.fromkeys(_OPERATORS, _TIME_UNITS),
    **dict.fromkeys(_TIME_UNITS, _NOTHING),
    "exists": _NOTHING,
}
"""Modifier -> those that may stand before it, besides `all` and `neq`. Modifiers work in the order in which they stand, so what would encode,
test or refer to wildcards that another one has put there may not follow it."""

_ALONE = frozenset({"exists"})

MODIFIERS = (*_MAY_FOLLOW, *_ANYWHERE)
"""Every modifier of the specification 2.1."""

FIELD_ONLY = _ALONE | _TIME_UNITS | _OPERATORS.keys() | {"startswith", "endswith", "cidr", "fieldref"}
"""Modifiers that a keyword cannot have: they ask for the beginning, type or existence of one field."""


class Chain(Struct, frozen=True, eq=False):
    """What the modifiers of one item ask for. There is one object for each chain, which is compared by identity.

    encodings: the byte encodings in their order. unit: the part of a time. operator: the order comparison.
    """

    names: tuple[str, ...]
    kind: Kind
    shape: Shape
    encodings: tuple[str, ...]
    flags: frozenset[str]
    unit: TimeUnit | None
    operator: Operator | None
    windash: bool
    expand: bool
    cased: bool
    all: bool
    neq: bool

    def __str__(self) -> str:
        return "|".join(self.names)


@lru_cache(maxsize=1024)
def chain_of(names: tuple[str, ...]) -> Chain:
    """What a chain asks for. Raises RuleError: unknown-modifier, modifier-combination."""
    before: set[str] = set()
    for name in names:
        if name not in MODIFIERS:
            raise failure("unknown-modifier", f"the specification has no modifier {shown(name)}", hint=near(name, MODIFIERS))
        if name in before:
            raise failure("modifier-combination", f"`{name}` stands twice in {'|'.join(names)}")
        if name in _FLAGS and "re" not in before:
            raise failure("modifier-combination", f"`{name}` without `re` before it")
        clash = _clash(name, before)
        if clash:
            raise failure("modifier-combination", f"`{name}` cannot follow `{clash}`")
        before.add(name)
    unit = next((name for name in names if name in _TIME_UNITS), None)
    operator = next((_OPERATORS[name] for name in names if name in _OPERATORS), None)
    return Chain(
        names=names,
        kind=_kind(names, unit, operator),
        shape=cast(Shape, next((name for name in names if name in _SHAPES), "equals")),
        encodings=tuple(name for name in names if name in _WIDE | _BASE64),
        flags=frozenset(name for name in names if name in _FLAGS),
        unit=cast("TimeUnit | None", unit),
        operator=operator,
        windash="windash" in names,
        expand="expand" in names,
        cased="cased" in names,
        all="all" in names,
        neq="neq" in names,
    )


def _clash(name: str, before: set[str]) -> str:
    if name in _ANYWHERE:
        return next(iter(before & _ALONE), "")
    allowed = _MAY_FOLLOW[name] | (_NOTHING if name in _ALONE else _ANYWHERE)
    return min(before - allowed, default="")


def _kind(names: tuple[str, ...], unit: str | None, operator: Operator | None) -> Kind:
    for name in ("re", "cidr", "fieldref", "exists"):
        if name in names:
            return cast(Kind, name)
    return "time" if unit else "compare" if operator else "text"
