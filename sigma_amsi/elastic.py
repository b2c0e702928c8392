"""What Elasticsearch's leaf queries (term, wildcard, regexp, range, exists) say of a column, for the parsers of the languages that become them.

Whether case counts is a matter of the column (a normalizer) and of the operator. A query that makes the shard fail is unreadable.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network, summarize_address_range
from typing import Literal, NoReturn, TypeAlias

from sigma_amsi.characters import fold
from sigma_amsi.errors import Unreadable
from sigma_amsi.pattern import ANY_MANY, Pattern, exactly
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.construct import unspelled
from sigma_amsi.predicate.evaluate import canonical_decimal
from sigma_amsi.predicate.tree import FALSE, Compare, InNetwork, Matches, Null, Predicate, Regex, Test, all_of, any_of, negation
from sigma_amsi.regex import RegexConstruct, RegexSyntax
from sigma_amsi.regex.letters import with_plain_letters
from sigma_amsi.regex.lucene import parse_lucene
from sigma_amsi.regex.tree import Anchor, Place, sequence
from sigma_amsi.regex.write import has_letters
from sigma_amsi.term import Column

Operator: TypeAlias = Literal["<", "<=", ">", ">="]
Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

ANALYSED = ("text", "match_only_text")
MAXIMUM_REGEX_LENGTH = 1000  # in UTF-16 units: index.max_regex_length (Elasticsearch: Index modules)
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?")
_LONG = 2**63
_MAPPED = IPv6Network("::ffff:0:0/96")
_LAST_ADDRESS = 2**128 - 1


@dataclass(frozen=True, slots=True)
class Subject:
    """A column of the table, named at some place of a query text that errors point to."""

    column: Column
    type: ColumnType
    offset: int

    @property
    def folded(self) -> bool:
        """Whether the column never minds case."""
        return self.type.compares == "folded"

    def fail(self, message: str) -> NoReturn:
        """Say that the query cannot be read for a reason that lies in the column."""
        raise Unreadable(f"{self.column.name}: {message}", self.offset)

    def check_text(self, what: str) -> None:
        """Only a keyword or the like takes such a query; on analysed text it would look at single tokens."""
        if self.type.kind != "text" or self.type.native in ANALYSED:
            self.fail(f"{what} cannot be read on a column of type {self.type.native or self.type.kind}")

    def check_wildcard(self, pattern: Pattern) -> None:
        """Analysed text takes a wildcard for each of its words: what it finds is in the text where it finds all of a run of the words' characters."""
        words = self.type.words
        if words is not None and len(pattern.tokens) == 3 and pattern.tokens[::2] == (ANY_MANY, ANY_MANY):
            inside = pattern.tokens[1]
            if isinstance(inside, str) and all(character in words for character in inside):
                return
        self.check_text("a wildcard")


def subject(table: Table, name: str, offset: int) -> Subject:
    """The column of that name, which the table must have."""
    found = table.column(name)
    if found is None or "*" in name:
        raise Unreadable(f"unknown column {name!r}", offset)
    return Subject(Column(name), found, offset)


def exists(of: Subject) -> Predicate:
    """The rows that have a value in the column."""
    return negation(Test(of.column, Null()))


def term(of: Subject, text: str, *, cased: bool = True) -> Predicate:
    """The rows in which a value of the column is `text`: a text, a number, a boolean, an address, or a block of addresses."""
    match of.type.kind:
        case "integer":
            number = _number(of, text)
            whole = number == number.to_integral_value()
            return Test(of.column, Matches(exactly(canonical_decimal(number)))) if whole else FALSE
        case "boolean":
            if text not in ("true", "false"):  # anything else: "Can't parse boolean value" (Elasticsearch source: BooleanFieldMapper)
                of.fail(f"{text!r} is no boolean")
            return Test(of.column, Matches(exactly(text)))
        case "address":
            return network(of, text) if "/" in text else Test(of.column, Matches(exactly(str(_address(of, text)))))
    of.check_text("a value")
    return Test(of.column, Matches(exactly(text), cased and not of.folded))


def wildcard(of: Subject, pattern: Pattern, *, cased: bool = True) -> Predicate:
    """The rows in which a whole value of the column matches the pattern."""
    if pattern.tokens == (ANY_MANY,):
        return exists(of)
    of.check_wildcard(pattern)
    return Test(of.column, Matches(pattern, cased and not of.folded))


def unnormalised_wildcard(of: Subject, pattern: Pattern) -> Predicate:
    """As `wildcard`, for a pattern whose letters are compared with the normalised values as they stand."""
    if not of.folded or pattern.tokens == (ANY_MANY,):
        return wildcard(of, pattern)
    of.check_wildcard(pattern)
    holds = unspelled(Matches(pattern, cased=True), "lower")
    return FALSE if holds is None else Test(of.column, holds)


def regexp(of: Subject, text: str, *, cased: bool = True) -> Predicate:
    """The rows in which a whole value of the column matches the Lucene expression. A normalizer lower-cases the expression's text too."""
    of.check_text("a regular expression")
    if sum(1 + (character > "\uffff") for character in text) > MAXIMUM_REGEX_LENGTH:
        of.fail(f"a regular expression of more than {MAXIMUM_REGEX_LENGTH} characters")
    try:
        tree = parse_lucene(fold(text) if of.folded else text)
    except (RegexSyntax, RegexConstruct) as error:
        of.fail(f"the regular expression cannot be read: {error}")
    if cased and not of.folded and not has_letters(tree):
        tree, cased = with_plain_letters(tree), False
    holds = Regex(sequence([Anchor(Place.TEXT_START), tree, Anchor(Place.TEXT_END)]), cased)
    if not of.folded:
        return Test(of.column, holds)
    normalised = unspelled(holds, "lower")
    return FALSE if normalised is None else Test(of.column, normalised)


def compare(of: Subject, operator: Operator, text: str) -> Predicate:
    """The rows in which a number stands in that order to `text`. The order of texts and of times is not one that predicates have."""
    if of.type.kind == "address":
        bound = (text, operator.endswith("="))
        return _addresses(of, bound, None) if operator.startswith(">") else _addresses(of, None, bound)
    if of.type.kind != "integer":
        of.fail("an order can only be read on numbers and addresses")
    return Test(of.column, Compare(operator, _number(of, text)))


def between(of: Subject, low: tuple[str, bool] | None, high: tuple[str, bool] | None) -> Predicate:
    """The rows in which one value lies between the bounds, each with whether it is included; None is an open end."""
    if low is None and high is None:
        return exists(of)
    if of.type.kind == "address":
        return _addresses(of, low, high)
    if low is None or high is None:
        text, included = low or high or ("", False)
        operator: Operator = (">=" if included else ">") if high is None else ("<=" if included else "<")
        return compare(of, operator, text)
    if of.type.many:
        of.fail("a range with two bounds, which one value must meet, cannot be read on a column of several values")
    return all_of([compare(of, ">=" if low[1] else ">", low[0]), compare(of, "<=" if high[1] else "<", high[0])])


def network(of: Subject, text: str) -> Predicate:
    """The rows with an address of the block. An IPv4 address is the IPv6 address that it is mapped to (Elasticsearch: IP field type)."""
    if of.type.kind != "address":
        of.fail("a block of addresses can only be read on addresses")
    try:
        block = ip_network(text, strict=False) if re.fullmatch(r"[0-9A-Fa-f.:]+/[0-9]{1,3}", text) else None
    except ValueError:
        block = None
    if block is None:
        of.fail(f"{text!r} is no block of addresses")
    return any_of(Test(of.column, InNetwork(each)) for each in _families(block))


def _families(block: Network) -> list[Network]:
    if isinstance(block, IPv4Network):
        return [block]
    if block.subnet_of(_MAPPED):
        return [IPv4Network((int(block.network_address) & 0xFFFFFFFF, block.prefixlen - 96))]
    return [block, IPv4Network("0.0.0.0/0")] if block.supernet_of(_MAPPED) else [block]


def _addresses(of: Subject, low: tuple[str, bool] | None, high: tuple[str, bool] | None) -> Predicate:
    """The addresses between the bounds, all of them in the order of IPv6 (Elasticsearch: IP field type)."""
    start = _position(of, low[0]) + (not low[1]) if low else 0
    end = _position(of, high[0]) - (not high[1]) if high else _LAST_ADDRESS
    if start > end:
        return FALSE
    blocks = summarize_address_range(IPv6Address(start), IPv6Address(end))
    return any_of(Test(of.column, InNetwork(part)) for block in blocks for part in _families(block))


def _position(of: Subject, text: str) -> int:
    address = _address(of, text)
    return int(address) + (int(_MAPPED.network_address) if isinstance(address, IPv4Address) else 0)


def _address(of: Subject, text: str) -> Address:
    try:
        found = ip_address(text)
    except ValueError:
        of.fail(f"{text!r} is no address")
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            of.fail(f"{text!r} has a zone")
        return found.ipv4_mapped or found
    return found


def _number(of: Subject, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        of.fail(f"{text!r} is no number")
    number = Decimal(text)
    if not -_LONG <= number < _LONG:
        of.fail(f"{text} is out of the range of a long")
    return number
