"""One value of a detection item, under the modifiers of its key, as a predicate."""

import math
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_network

from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, Pattern, exactly
from sigma_amsi.predicate.evaluate import text_of
from sigma_amsi.predicate.tree import (
    AnyField,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matches,
    Not,
    Null,
    Predicate,
    Regex,
    Same,
    Test,
    TimePart,
    TimeUnit,
    any_of,
)
from sigma_amsi.regex import RegexConstruct, RegexSyntax, perl
from sigma_amsi.rule.modifiers import Chain, Operator
from sigma_amsi.rule.problems import failure, shown
from sigma_amsi.rule.scalar import Value, type_name
from sigma_amsi.rule.strings import literal_of, patterns_of, plain_percents, refuse_placeholders
from sigma_amsi.term import Field

ANY_FIELD = AnyField()

# specification, "Time Modifiers". ISO 8601 gives some years a 53rd week.
_TIME_RANGES = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "week": (1, 53), "month": (1, 12), "year": (1, 9999)}


def leaf(subject: Field | AnyField, chain: Chain, value: Value) -> Predicate:
    """What one value says. `all` and `neq` are left to the item.

    Raises RuleError: modifier-value, encoding-value, invalid-number, invalid-network, invalid-regex, field-reference, time-range,
    keyword-value. Raises Refused for what is valid and cannot be a test: placeholder, regex-construct.
    """
    match chain.kind:
        case "text":
            return _text(subject, chain, value)
        case "re":
            return Test(subject, _regex(chain, _text_value(chain, value)))
        case "cidr":
            return Test(subject, _network(_text_value(chain, value)))
        case "fieldref":
            return Test(subject, _reference(chain, _text_value(chain, value)))
        case "exists":
            if not isinstance(value, bool):
                raise failure("modifier-value", f"`exists` takes true or false, not {type_name(value)}")
            return Test(subject, Exists()) if value else Not(Test(subject, Exists()))
        case "compare":
            assert chain.operator is not None
            return Test(subject, Compare(chain.operator, Decimal(text_of(_number_value(chain, value)))))
        case "time":
            return _time(subject, chain, value)


def _text(subject: Field | AnyField, chain: Chain, value: Value) -> Predicate:
    if isinstance(value, str):
        if not value and chain.shape == "equals" and not chain.encodings:
            if isinstance(subject, AnyField):
                raise failure("keyword-value", "an empty keyword is in every event")
            return Test(subject, Empty())
        patterns = patterns_of(value, chain)
        if isinstance(subject, AnyField):
            patterns = tuple(Pattern.of(ANY_MANY, *pattern.tokens, ANY_MANY) for pattern in patterns)
        if len(patterns) == 1:
            return Test(subject, Matches(patterns[0], chain.cased))
        return any_of(Test(subject, Matches(pattern, chain.cased)) for pattern in patterns)
    if chain.shape != "equals" or chain.encodings or chain.windash or chain.expand:
        raise failure("modifier-value", f"`{chain}` takes a text, not {type_name(value)}", hint="quote the value")
    if value is None:
        if isinstance(subject, AnyField):
            raise failure("keyword-value", "null is no keyword")
        return Test(subject, Null())
    text = text_of(_finite(value))
    if isinstance(subject, AnyField):
        return Test(subject, Matches(Pattern.of(ANY_MANY, text, ANY_MANY), chain.cased))
    return Test(subject, Matches(exactly(text), chain.cased))


def _regex(chain: Chain, text: str) -> Regex:
    if chain.expand:
        refuse_placeholders(text)
        text = plain_percents(text)
    try:
        return _parsed(text, chain.flags)
    except RegexSyntax as error:
        raise failure("invalid-regex", f"{shown(text)}: {error}") from None
    except RegexConstruct as error:
        raise Refused("regex-construct", f"{shown(text)}: {error}", hint="write the expression without it") from None


@lru_cache(maxsize=1024)
def _parsed(text: str, flags: frozenset[str]) -> Regex:
    return Regex(*perl.parse(text, ignore_case="i" in flags, multiline="m" in flags, dot_all="s" in flags))


def _network(text: str) -> InNetwork:
    try:
        return InNetwork(ip_network(text))
    except ValueError as error:
        raise failure("invalid-network", str(error)) from None


def _reference(chain: Chain, text: str) -> Same:
    name = literal_of(text)
    if not name:
        raise failure("field-reference", f"`fieldref` takes the name of a field, not {shown(text)}")
    return Same(Field(name), chain.shape, chain.cased)


def _time(subject: Field | AnyField, chain: Chain, value: Value) -> Predicate:
    unit, number = chain.unit, _number_value(chain, value)
    assert unit is not None
    low, high = _TIME_RANGES[unit]
    if not isinstance(number, int) or not low <= number <= high:
        raise failure("time-range", f"`{unit}` takes a whole number from {low} to {high}")
    if chain.operator is None:
        return Test(subject, TimePart(unit, number))
    if unit == "year":
        raise failure("modifier-combination", f"`{chain}`: years have no end to count to")
    return ordered_time_part(subject, unit, chain.operator, number)


def ordered_time_part(subject: Field | AnyField, unit: TimeUnit, operator: Operator, number: int) -> Predicate:
    """An order among parts of a time as a list of them, since they are few. Raises RuleError time-range where there is none."""
    low, high = _TIME_RANGES[unit]
    holds = {"<": range(low, number), "<=": range(low, number + 1), ">": range(number + 1, high + 1), ">=": range(number, high + 1)}
    if not holds[operator]:
        raise failure("time-range", f"no `{unit}` is {operator} {number}")
    return any_of(Test(subject, TimePart(unit, each)) for each in holds[operator])


def _text_value(chain: Chain, value: Value) -> str:
    if not isinstance(value, str):
        raise failure("modifier-value", f"`{chain}` takes a text, not {type_name(value)}", hint="quote the value")
    return value


def _number_value(chain: Chain, value: Value) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise failure("modifier-value", f"`{chain}` takes a number, not {type_name(value)}")
    return _finite(value)


def _finite(value: int | float) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        raise failure("invalid-number", f"{value} is no number that an event can hold", hint="quote it if it is meant as a text")
    return value
