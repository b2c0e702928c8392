"""Tests on plain columns, brought to what a column of the type can be asked in every typed query language.

After it a presence is `Not(Null)`, a number, boolean or address is compared with its canonical text, an order with whole numbers, and patterns and
regular expressions stand on text alone. What the type cannot answer is refused here, with one wording for all languages.
"""

import re
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NoReturn, assert_never

from sigma_amsi.characters import fold, other_case
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, exactly
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.evaluate import passes
from sigma_amsi.predicate.tree import (
    FALSE,
    And,
    AnyField,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matches,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Same,
    Test,
    TimePart,
    all_of,
    any_of,
    negation,
)
from sigma_amsi.predicate.walk import tests_of
from sigma_amsi.pushdown import push_down
from sigma_amsi.regex.as_pattern import patterns_of
from sigma_amsi.regex.write import has_letters
from sigma_amsi.term import Column

ANALYSED = ("text", "match_only_text")
"""Native types whose texts are cut into words when they are stored: a pattern is held against single words."""

Rewrite = Callable[[Test, ColumnType], Predicate]
"""Says a test on a column in tests that a language has, or raises Refused."""


def on_columns(predicate: Predicate, table: Table, given: Predicate, rewrite: Rewrite) -> Predicate:
    """The predicate, on the rows that satisfy `given`, in tests on columns as `rewrite` leaves them.

    Raises Refused, which names the test of `predicate` that cannot be said.
    """
    try:
        return _rewritten(push_down(predicate, table, given), table, rewrite)
    except Refused as refusal:
        for test in tests_of(predicate):
            _say_alone(test, table, given, rewrite)
        raise refusal


def _say_alone(test: Test, table: Table, given: Predicate, rewrite: Rewrite) -> None:
    """Raise Refused with this test if it cannot be said even alone."""
    try:
        _rewritten(push_down(test, table, given), table, rewrite)
    except Refused as refusal:
        raise Refused(refusal.problem.code, refusal.problem.message, hint=refusal.problem.hint, test=test) from None


def _rewritten(predicate: Predicate, table: Table, rewrite: Rewrite) -> Predicate:
    match predicate:
        case And(parts):
            return all_of([_rewritten(part, table, rewrite) for part in parts])
        case Or(parts):
            return any_of([_rewritten(part, table, rewrite) for part in parts])
        case Not(part):
            return negation(_rewritten(part, table, rewrite))
        case Test(AnyField()):
            raise Refused("keyword-search", "no column holds the whole event, and a search of all columns looks for whole words", test=predicate)
        case Test(Column(name)):
            column = table.column(name)
            assert column is not None, f"{name} is no column of the schema"
            typed = _typed(predicate, column)
            if typed == predicate:
                return rewrite(predicate, column)
            return _rewritten(typed, table, rewrite)
    raise AssertionError(f"not pushed down: {predicate}")


def ignores_case(test: Test) -> bool:
    """Whether the matcher treats the two cases of every letter alike, by its flag or for want of letters."""
    match test.holds:
        case Matches(pattern, cased):
            return not cased or not pattern_has_letters(pattern)
        case Regex(tree, cased):
            return not cased or not has_letters(tree)
    return True


def pattern_has_letters(pattern: Pattern) -> bool:
    """Whether the pattern tells the cases of some letter apart."""
    for token in pattern.tokens:
        if isinstance(token, str):
            if any(other_case(character) != character for character in token):
                return True
        elif token not in (ANY_MANY, ONE) and token.folded() != token:
            return True
    return False


def _typed(test: Test, column: ColumnType) -> Predicate:
    """The test, or what it amounts to on a column of the type."""
    present = Not(Test(test.subject, Null()))
    match test.holds:
        case Null():
            return test
        case Exists():
            return present
        case Empty():
            return Test(test.subject, Matches(exactly("")))
        case Same():
            raise Refused("field-comparison", "two columns cannot be compared", test=test)
        case TimePart():
            raise Refused("time-part", "a part of a time cannot be tested", test=test)
        case Matches(pattern):
            if pattern.tokens == (ANY_MANY,):
                return present
            if pattern.tokens in ((ONE, ANY_MANY), (ANY_MANY, ONE)) and (column.kind != "text" or "" in column.absent_for):
                return present
            if pattern.literal in column.absent_for and not pattern_has_letters(pattern):
                return FALSE
            if column.kind != "text":
                return _of_type(test, pattern, column)
        case Regex(tree, cased):
            if column.kind == "text" and column.native in ANALYSED:
                _refuse_words(test, column)
            patterns = patterns_of(tree)
            if patterns is not None:
                return any_of(Test(test.subject, Matches(pattern, cased)) for pattern in patterns)
            if column.kind != "text":
                raise Refused("regex-unsupported", f"{column.name} is no text ({column.native}), which takes no regular expression", test=test)
        case Compare():
            return _compared(test, test.holds, column)
        case InNetwork(network):
            if column.kind != "address":
                message = f"{column.name} is no address column ({column.native or column.kind})"
                raise Refused("network-on-type", message, hint="map the field to an address column in your site file", test=test)
            return any_of(Test(test.subject, InNetwork(part)) for part in _own_family(network)) if isinstance(network, IPv6Network) else test
    return _of_text(test, column)


def _of_text(test: Test, column: ColumnType) -> Predicate:
    if column.native in ANALYSED:
        _refuse_words(test, column)
    if column.values is None or not isinstance(test.holds, Matches | Regex):
        return test
    cased = column.compares != "folded"
    listed = any_of(Test(test.subject, Matches(exactly(value), cased)) for value in column.values if passes(value, test.holds, {}))
    return test if listed == test else listed
