"""Tests on plain columns, brought to what a column of the type can be asked in every typed query language.

After it a presence is `Not(Null)`, a number, boolean or address is compared with its canonical text, an order with whole numbers, and patterns and
regular expressions stand on text alone. What the type cannot answer is refused here, with one wording for all languages.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from msgspec import Struct
from msgspec.structs import replace

from sigma_amsi.backend import Statement
from sigma_amsi.characters import Chars, fold
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, ONE, AnyMany, Pattern, exactly
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.places import covers
from sigma_amsi.predicate.evaluate import passes
from sigma_amsi.predicate.tree import (
    FALSE,
    TRUE,
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


def on_columns(statement: Statement, rewrite: Rewrite, *, searches_words: bool = False) -> Predicate:
    """What the statement says, the log source first, in tests on columns as `rewrite` leaves them.

    searches_words: whether the language looks for a pattern in the single words of an analysed text.
    Raises Refused, which names the test of the statement that cannot be said.
    """
    speaker = _Speaker(statement.table, _impossible(statement), rewrite, searches_words)
    return all_of([speaker.say(statement.where, TRUE), speaker.say(statement.detection, statement.where)])


def grouped(parts: Iterable[Predicate], key: Callable[[Predicate], Hashable | None]) -> list[tuple[Predicate, ...]]:
    """The parts with those of one key together, where the first of them stood; parts without a key stay alone."""
    groups: dict[Hashable, list[Predicate]] = {}
    for index, part in enumerate(parts):
        own = key(part)
        groups.setdefault(("alone", index) if own is None else ("key", own), []).append(part)
    return [tuple(group) for group in groups.values()]


def one_field(part: Predicate) -> Column | None:
    """The column of a test whose values can stand in one bracket with those of others on it: neither a presence nor an order."""
    if isinstance(part, Test) and isinstance(part.subject, Column) and not isinstance(part.holds, Null | Compare):
        return part.subject
    return None


def ignores_case(test: Test) -> bool:
    """Whether the matcher treats the two cases of every letter alike, by its flag or for want of letters."""
    match test.holds:
        case Matches(pattern, cased):
            return not cased or not pattern.has_case
        case Regex(tree, cased):
            return not cased or not has_letters(tree)
    return True


class _Speaker(Struct, frozen=True):
    """Says predicates over the columns of a table.

    impossible: column -> what no value of it matches.
    """

    table: Table
    impossible: Mapping[str, Sequence[Pattern]]
    rewrite: Rewrite
    searches_words: bool

    def say(self, predicate: Predicate, given: Predicate) -> Predicate:
        """The predicate on the rows that satisfy `given`."""
        try:
            said = self._said(predicate, given)
        except Refused as refusal:
            for test in tests_of(predicate):
                self._say_alone(test, given)
            raise refusal
        if said == FALSE:
            raise Refused("unmapped-value", "no event of the log source can pass: the SIEM never writes what the rule asks for")
        return said

    def _say_alone(self, test: Test, given: Predicate) -> None:
        """Raise Refused with this test if it cannot be said even alone."""
        try:
            self._said(test, given)
        except Refused as refusal:
            raise Refused(refusal.problem.code, refusal.problem.message, hint=refusal.problem.hint, test=test) from None

    def _said(self, predicate: Predicate, given: Predicate) -> Predicate:
        for test in tests_of(predicate):
            if isinstance(test.subject, Column):
                _check_value(test, self._column(test))
        typed = _on_leaves(push_down(predicate, self.table, given), lambda test: _typed(test, self._column(test)))
        return _on_leaves(typed, self._rewritten)

    def _rewritten(self, test: Test) -> Predicate:
        column = self._column(test)
        if isinstance(test.holds, Matches) and any(
            covers(wide, test.holds.pattern, cased=False) for wide in self.impossible.get(column.name, ())
        ):
            return FALSE
        return _on_leaves(_among_values(test, column), lambda leaf: self._asked(leaf, column))

    def _asked(self, test: Test, column: ColumnType) -> Predicate:
        if column.native in ANALYSED and not isinstance(test.holds, Null):
            self._check_analysed(test, column)
        if column.kind == "text" and column.compares == "folded" and not ignores_case(test):
            message = f"{column.name} is stored in lower case, so that upper and lower case cannot be told apart"
            raise Refused("case-insensitive-column", message, hint="use a target whose column counts case", test=test)
        return self.rewrite(test, column)

    def _check_analysed(self, test: Test, column: ColumnType) -> None:
        """Of an analysed text only what lies inside of a word can be asked for, and only where the rules that cut it into words are known."""
        if self.searches_words and column.words is not None and _lies_in_a_word(test.holds, column.words):
            return
        message = f"{column.name} ({column.native}) is stored word by word, so that no pattern can be held against the whole text"
        names = (fact.name for fact in self.table.facts if any(name.startswith(f"{column.name}.") for name in fact.columns))
        fact = next(names, None)
        kept_whole = "if your index template gives it a sub-field with the whole text, of type wildcard, declare that"
        raise Refused("analysed-text", message, hint=kept_whole + (f": --assume {fact}" if fact else " in your site file"), test=test)

    def _column(self, test: Test) -> ColumnType:
        if isinstance(test.subject, AnyField):
            message = "no column holds the whole event, and a search in all columns finds whole words only"
            raise Refused("keyword-search", message, hint="name the fields in the rule", test=test)
        assert isinstance(test.subject, Column)
        column = self.table.column(test.subject.name)
        assert column is not None, f"{test.subject.name} is no column of the schema"
        return column if column.name == test.subject.name else replace(column, name=test.subject.name)  # a member of an open bag


def _lies_in_a_word(holds: Matcher, words: Chars) -> bool:
    """Whether a text has a passing value exactly when one of its words has: a word keeps what is looked for whole."""
    match holds:
        case Matches(Pattern((AnyMany(), str(text), AnyMany()))):
            return all(character in words for character in text)
    return False


def _impossible(statement: Statement) -> dict[str, list[Pattern]]:
    """The patterns that the official facts exclude for single columns."""
    found: dict[str, list[Pattern]] = {}
    for fact in (*statement.schema.facts, *statement.table.facts):
        if fact.basis == "official" and isinstance(fact.holds, Not):
            excluded = fact.holds.part
            for part in excluded.parts if isinstance(excluded, Or) else (excluded,):
                match part:
                    case Test(Column(name), Matches(pattern, cased)) if not cased or not pattern.has_case:
                        found.setdefault(name, []).append(pattern)
    return found


def _on_leaves(predicate: Predicate, change: Callable[[Test], Predicate]) -> Predicate:
    """The predicate with every test changed, simplified on the way."""
    match predicate:
        case And(parts):
            return all_of([_on_leaves(part, change) for part in parts])
        case Or(parts):
            return any_of([_on_leaves(part, change) for part in parts])
        case Not(part):
            return negation(_on_leaves(part, change))
    return change(predicate)


def _among_values(test: Test, column: ColumnType) -> Predicate:
    """The test as a comparison with those of the column's listed values that pass it."""
    if column.values is None or not isinstance(test.holds, Matches | Regex):
        return test
    cased = column.compares != "folded"
    return any_of(Test(test.subject, Matches(exactly(value), cased)) for value in column.values if passes(value, test.holds, {}))


# -- what the types take -----------------------------------------------------------------------------------------------------------------


def _typed(test: Test, column: ColumnType) -> Predicate:
    """What the test amounts to on a column of the type."""
    assert isinstance(test.subject, Column)
    match test.holds:
        case Null():
            return test
        case Exists():
            return Not(Test(test.subject, Null()))
        case Empty():
            return _matched(test.subject, Matches(exactly("")), column)
        case Matches() as holds:
            return _matched(test.subject, holds, column)
        case Regex(tree, cased) as holds:
            patterns = patterns_of(tree)
            if patterns is not None:
                return any_of(_matched(test.subject, Matches(pattern, cased), column) for pattern in patterns)
            return _searched(test.subject, holds, column)
        case Compare() as holds:
            return _compared(test.subject, holds, column)
        case InNetwork(network):
            if column.kind != "address":
                message = f"{column.name} is of type {column.native or column.kind}, not an address"
                raise Refused("network-on-type", message, hint="use a target whose column holds addresses", test=test)
            return any_of(Test(test.subject, InNetwork(part)) for part in _without_mapped(network))
        case Same():
            raise Refused("field-comparison", "two columns cannot be compared", hint="use a language that can (Kusto, Splunk)", test=test)
        case TimePart():
            message = "a part of a time cannot be tested"
            raise Refused("time-part", message, hint="leave the schedule to the detection that runs the query", test=test)
    raise AssertionError(test.holds)


def _matched(subject: Column, holds: Matches, column: ColumnType) -> Predicate:
    tokens, literal = holds.pattern.tokens, holds.pattern.literal
    never_empty = column.kind != "text" or "" in column.absent_for
    if tokens == (ANY_MANY,) or (never_empty and tokens in ((ONE, ANY_MANY), (ANY_MANY, ONE))):
        return Not(Test(subject, Null()))
    if literal in column.absent_for and not holds.pattern.has_case:
        return FALSE
    if column.kind == "text":
        return Test(subject, holds)
    if literal is not None:
        value = _value_of_type(literal, holds.cased, column)
        return FALSE if value is None else Test(subject, Matches(exactly(value)))
    if column.kind == "boolean":
        return any_of(Test(subject, Matches(exactly(value))) for value in ("true", "false") if passes(value, holds, {}))
    if column.kind == "address" and not _may_be_in_an_address(holds):
        return FALSE
    network = _network_of(holds) if column.kind == "address" else None
    if network is None:
        message = f"{column.name} is of type {column.native or column.kind}, which takes no wildcards"
        raise Refused("wildcard-on-type", message, hint="use whole values, comparisons or networks", test=Test(subject, holds))
    return Test(subject, InNetwork(network))


def _may_be_in_an_address(holds: Matches) -> bool:
    """Whether the pattern's texts are made of characters that addresses are written with. A zone (`%`) is none of the address that is stored."""
    return all(character in _ADDRESS for token in holds.pattern.tokens if isinstance(token, str) for character in token)


def _searched(subject: Column, holds: Regex, column: ColumnType) -> Predicate:
    test = Test(subject, holds)
    if column.kind == "boolean":
        return any_of(Test(subject, Matches(exactly(value))) for value in ("true", "false") if passes(value, holds, {}))
    if column.kind != "text":
        message = f"{column.name} is of type {column.native or column.kind}, which takes no regular expression"
        raise Refused("regex-unsupported", message, hint="use whole values, comparisons or networks", test=test)
    return test


def _compared(subject: Column, holds: Compare, column: ColumnType) -> Predicate:
    test = Test(subject, holds)
    if column.kind != "integer":
        message = f"{column.name} is of type {column.native or column.kind}, which has no order of numbers"
        raise Refused("number-order", message, hint="use a target whose column is numeric", test=test)
    bound = holds.number.to_integral_value(ROUND_FLOOR if holds.operator in ("<=", ">") else ROUND_CEILING)
    if int(bound) not in _RANGE:
        raise Refused("value-of-wrong-type", f"{holds.number} is out of the range of {column.name} ({column.native})", test=test)
    return Test(subject, Compare(holds.operator, Decimal(int(bound))))


def _check_value(test: Test, column: ColumnType) -> None:
    """Raise Refused for a comparison of the column itself with a text that a column of its type never holds."""
    literal = test.holds.pattern.literal if isinstance(test.holds, Matches) else None
    if literal is not None and column.kind != "text" and _value_of_type(literal, False, column) is None:
        message = f"{column.name} is of type {column.native or column.kind} and never holds {literal!r}"
        raise Refused("value-of-wrong-type", message, hint="check the rule's value", test=test)


_ADDRESS = frozenset("0123456789abcdefABCDEF:.")
_RANGE = range(-(1 << 63), 1 << 63)
_is_integer = re.compile("0|-?[1-9][0-9]{0,18}").fullmatch


def _value_of_type(text: str, cased: bool, column: ColumnType) -> str | None:
    """The text as a column of the type spells it, None where such a column never holds it."""
    if column.kind == "integer":
        return text if _is_integer(text) and int(text) in _RANGE else None
    spelled = text if cased else fold(text)
    if column.kind == "boolean":
        return spelled if spelled in ("true", "false") else None
    if column.kind == "address":
        try:
            address = ip_address(spelled)
        except ValueError:
            return None
        is_mapped = isinstance(address, IPv6Address) and address in _MAPPED
        return None if is_mapped or "%" in spelled or str(address) != spelled else spelled
    return None


_MAPPED = IPv6Network("::ffff:0:0/96")
"""IPv4 addresses as IPv6 addresses. An address column spells them as IPv4, and an IPv6 network that has them in it would find them there."""


def _without_mapped(network: IPv4Network | IPv6Network) -> list[IPv4Network | IPv6Network]:
    """The network without the IPv4 addresses that engines store as mapped ones."""
    if isinstance(network, IPv4Network) or not network.overlaps(_MAPPED):
        return [network]
    return list(network.address_exclude(_MAPPED)) if network.supernet_of(_MAPPED) else []


_octets = re.compile(r"((?:0|[1-9][0-9]{0,2})\.){1,3}").fullmatch
_group = re.compile("[1-9a-f][0-9a-f]{0,3}:").fullmatch


def _network_of(holds: Matches) -> IPv4Network | IPv6Network | None:
    """The network of the addresses whose text begins with the pattern's: whole octets, or a first group, which is never shortened to `::`."""
    match holds.pattern.tokens:
        case (str(text), AnyMany()):
            beginning = text if holds.cased else fold(text)
        case _:
            return None
    if _group(beginning):
        return IPv6Network(f"{beginning}:/16")
    octets = beginning.split(".")[:-1] if _octets(beginning) else []
    if not octets or any(int(octet) > 255 for octet in octets):
        return None
    return IPv4Network(f"{'.'.join([*octets, *['0'] * (4 - len(octets))])}/{8 * len(octets)}")
