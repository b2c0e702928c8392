"""Rows at the boundaries of predicates: their texts, one character more or less, the other case, the parts of composed terms, and nothing at all."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_address
from random import Random

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import AnyMany, Pattern, Token
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.evaluate import Cell
from sigma_amsi.predicate.tree import AnyField, Compare, InNetwork, Matches, Predicate, Regex, Same, Test
from sigma_amsi.predicate.walk import columns_of, subterms, terms_of, tests_of
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, RegexTree, Repeat
from sigma_amsi.regex.tree import Sequence as RegexSequence
from sigma_amsi.term import Prefix, Term, Text, Values, When

from . import opinion
from .opinion import Row

_INTEGER = re.compile("0|-?[1-9][0-9]{0,18}")
_POOL = 200
"""Rows that are kept to be changed further."""
_COMBINED = 6
"""Other patterns that each is combined with."""
_PARTS = re.compile(r"[\\/=,:]")


def boundary_rows(
    predicates: Sequence[Predicate], facts: Sequence[Predicate], table: Table, seeds: Sequence[Row], chance: Random, count: int
) -> Iterator[Row]:
    """Rows that the schema and the facts allow, `count` of them where that many are found in three times as many attempts.

    seeds: rows to start from. Those that satisfy the first predicate are changed most, and new ones of them join in.
    """
    values = _values(predicates, table, chance)
    names = list(values)
    satisfying = [row for row in seeds if opinion.holds(predicates[0], row)]
    found = 0
    for _ in range(count * 3):
        row = dict(chance.choice(satisfying if satisfying and chance.random() < 0.7 else seeds or [{}]))
        for name in chance.sample(names, min(chance.choice((1, 1, 1, 2, 3)), len(names))):
            _change(row, name, values[name], column_type(table, name), chance)
        if all(opinion.holds(fact, row) for fact in facts):
            if len(satisfying) < _POOL and opinion.holds(predicates[0], row):
                satisfying.append(row)
            yield row
            found += 1
            if found == count:
                return


def _change(row: dict[str, Cell], name: str, values: Sequence[Cell], column: ColumnType, chance: Random) -> None:
    """Put another value into a column: one of its own, a neighbour of what is there, or nothing."""
    old = row.pop(name, None)
    if isinstance(old, str) and chance.random() < 0.4:
        values = _allowed(list(_around(old)), column, chance)
    value = chance.choice(values)
    if value is not None:
        row[name] = value


def _values(predicates: Sequence[Predicate], table: Table, chance: Random) -> Mapping[str, list[Cell]]:
    """What to put into each column that a predicate reads; None is nothing."""
    found: dict[str, dict[Cell, None]] = {}
    patterns: dict[Term, list[Pattern]] = {}
    for predicate in predicates:
        for test in _all_tests(predicate):
            if isinstance(test.subject, AnyField):
                raise opinion.NoOpinion("a keyword")
            samples = _samples(test, chance)
            if isinstance(test.holds, Matches):
                samples += _combined(test.holds.pattern, patterns.setdefault(test.subject, []), chance)
                patterns[test.subject].append(test.holds.pattern)
            for term in terms_of(test):
                for text in _spellings(term, samples):
                    for name in columns_of(term):
                        found.setdefault(name, {None: None})[text] = None
    return {name: _allowed(list(texts), column_type(table, name), chance) for name, texts in found.items()}


def _all_tests(predicate: Predicate) -> Iterator[Test]:
    """The tests of the predicate, and those in the conditions of its terms."""
    for test in tests_of(predicate):
        yield test
        for term in terms_of(test):
            for part in subterms(term):
                if isinstance(part, When):
                    yield from _all_tests(part.test)


def _samples(test: Test, chance: Random) -> list[str]:
    match test.holds:
        case Matches(pattern):
            return _of_pattern(pattern, chance)
        case Regex(tree):
            return [_of_regex(tree, chance) for _ in range(4)]
        case Compare(number=number):
            return [str(number + step) for step in (Decimal(-1), Decimal(0), Decimal(1))]
        case InNetwork(network):
            return _of_network(network)
        case Same():
            return ["same", "SAME", "other"]
    return ["x"]


def _around(text: str) -> list[str]:
    """The text, and what differs from it in one thing."""
    changed = [text, text.swapcase(), text.upper(), text[1:], text[:-1], f"x{text}", f"{text}x", f"\\{text}", f"{text}\\", f"{text}\n"]
    if len(text) > 2:
        middle = len(text) // 2
        changed += [text[:middle] + text[middle + 1 :], text[:middle] + "x" + text[middle + 1 :], text[:middle] + "x" + text[middle:]]
    return changed


def _of_pattern(pattern: Pattern, chance: Random) -> list[str]:
    """Matches of the pattern with short, long and hostile fillings, and the overlap of its first and last text."""
    fillings = [["".join(_fill(token, filling, chance) for token in pattern.tokens) for filling in ("", "x", "\\", "a\nb")]]
    fillings += [
        [other for token in pattern.tokens if isinstance(token, str) for other in (token, token.split("\\")[-1], token.rpartition("\\")[0])]
    ]
    return [text for texts in fillings for text in texts]


def _combined(pattern: Pattern, others: Sequence[Pattern], chance: Random) -> list[str]:
    """Texts that match the pattern and another one on the same subject: one after the other, or overlapping in a character."""
    found = []
    for other in chance.sample(others, min(len(others), _COMBINED)):
        for first, last in ((pattern, other), (other, pattern)):
            start, end = _of_pattern(first, chance)[0], _of_pattern(last, chance)[0]
            found += [start + end, start[: -1 if start[-1:] == end[:1] else None] + end]
    return found


def _fill(token: Token, filling: str, chance: Random) -> str:
    if isinstance(token, str):
        return token
    return filling if isinstance(token, AnyMany) else _one_of(token, chance)


def _of_regex(tree: RegexTree, chance: Random) -> str:
    match tree:
        case Literal(text):
            return text
        case OneOf(chars):
            return _one_of(chars, chance)
        case RegexSequence(items):
            return "".join(_of_regex(item, chance) for item in items)
        case Choice(options):
            return _of_regex(chance.choice(options), chance)
        case Repeat(item, minimum, maximum):
            times = minimum if maximum is None or maximum > minimum + 3 else maximum
            return "".join(_of_regex(item, chance) for _ in range(chance.choice((minimum, times, minimum + (maximum is None)))))
        case Anchor():
            return ""
    raise AssertionError(tree)


def _one_of(chars: Chars, chance: Random) -> str:
    handy = [character for character in "ax0 .\\-/" if character in chars]
    return chance.choice(handy) if handy else chr(chars.ranges[0][0]) if chars.ranges else ""


def _of_network(network: IPv4Network | IPv6Network) -> list[str]:
    first, last = int(network.network_address), int(network.broadcast_address)
    kind = type(network.network_address)
    inside = [str(kind(first)), str(kind(last))]
    outside = [str(kind(number)) for number in (first - 1, last + 1) if 0 <= number < 2**network.max_prefixlen]
    return [*inside, *outside, "x", "1.2.3.4", "2001:db8::1"]


def _spellings(term: Term, samples: Sequence[str]) -> Iterator[str]:
    """The texts, as the columns of a composed term would have to spell them, and their parts."""
    yield from samples
    composed = [part for part in subterms(term) if not isinstance(part, Text)]
    for part in composed:
        if isinstance(part, Values):
            yield from (old for old, _ in part.table)
        if isinstance(part, Prefix):
            for old, new in part.table:
                yield from (old + text[len(new) :] for text in samples if text.lower().startswith(new.lower()))
                yield from (old + text for text in samples[:2])
    if len(composed) > 1:
        for text in samples[:40]:
            for found in _PARTS.finditer(text):
                yield from (text[: found.start()], text[found.end() :])
            decimal = re.search("0x([0-9a-fA-F]{1,16})", text)
            if decimal:
                yield str(int(decimal[1], 16))


def _allowed(values: list[Cell], column: ColumnType, chance: Random) -> list[Cell]:
    """Those of the values that a column of the type can hold."""
    if column.values is not None:
        return [None, *column.values]
    if column.kind == "boolean":
        return [None, "true", "false"]
    kept: list[Cell] = [value for value in values if value is None or (isinstance(value, str) and fits(value, column))]
    kept += [None, None]
    if column.many and len(kept) > 3:
        kept += [tuple(each for each in chance.sample(kept, 2) if isinstance(each, str)) or None for _ in range(3)]
    if column.kind == "integer":
        kept += ["0", "7"]
    return kept


def fits(value: str, column: ColumnType) -> bool:
    """Whether a column of the type can hold the text."""
    if value in column.absent_for or (column.values is not None and value.lower() not in map(str.lower, column.values)):
        return False
    if column.texts is not None and not opinion.found(column.texts, value):
        return False
    if column.kind == "integer":
        return _INTEGER.fullmatch(value) is not None
    if column.kind == "address":
        try:
            return str(ip_address(value)) == value
        except ValueError:
            return False
    return column.kind in ("text", "dynamic")


def column_type(table: Table, name: str) -> ColumnType:
    """The type of a column that there is."""
    found = table.column(name)
    assert found is not None, name
    return found
