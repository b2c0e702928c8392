"""Writes EQL event queries: `any where log source and detection`.

Names are written without `?`: a field that no index maps is then an error ("Optional fields" in the EQL syntax reference), where an optional one would
make a filter on it undefined, in silence.
"""

from functools import lru_cache
from typing import TypeAlias

from sigma_amsi.backend import Statement
from sigma_amsi.characters import Chars, other_case
from sigma_amsi.columns import grouped, on_columns
from sigma_amsi.elastic_capabilities import REGEX_LENGTH
from sigma_amsi.elastic_checks import check_clauses, check_expression, check_pattern, check_value
from sigma_amsi.errors import Refused
from sigma_amsi.layout import Block, Chain, bracketed, laid_out
from sigma_amsi.pattern import Pattern
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.tree import And, Compare, InNetwork, Matches, Not, Null, Or, Predicate, Regex, Test
from sigma_amsi.predicate.walk import tests_of
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.lowered import lowered
from sigma_amsi.regex.of_pattern import tree_of
from sigma_amsi.regex.tree import Choice, Literal, OneOf, RegexTree, Repeat, Sequence, choice, sequence
from sigma_amsi.regex.write_lucene import write_lucene
from sigma_amsi.term import Column

from . import text

_Operation: TypeAlias = tuple[str, str]
"""An operator and its right side. `cidrMatch` counts as an operator."""


def generate(statement: Statement) -> str:
    """The query that says the statement. Raises Refused for what EQL cannot say."""
    whole = on_columns(statement, _sayable)
    check_clauses(sum(1 for _ in tests_of(whole)))
    return laid_out(_Writer(statement.table).written(whole), "any where ")


def _sayable(test: Test, column: ColumnType) -> Predicate:
    if not isinstance(test.holds, Null):
        _operation(test, column)
    return test


# -- conditions --------------------------------------------------------------------------------------------------------------------------


class _Writer:
    """Writes conditions on the columns of a table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def written(self, predicate: Predicate) -> Block:
        match predicate:
            case And(parts):
                blocks = [self.written(part) for part in parts]
                return Chain(" and ", tuple(map(bracketed, blocks))) if blocks else "true"
            case Or(parts):
                blocks = [self._clause(group) for group in grouped(parts, self._listing)]
                return blocks[0] if len(blocks) == 1 else Chain(" or ", tuple(map(bracketed, blocks)))
            case Not(Test(Column(name), Null())):
                return f"{text.name(name)} != null"
            case Not(part):
                return _negated(self.written(part))
        return self._clause((predicate,))

    def _listing(self, part: Predicate) -> tuple[Column, str] | None:
        """The field and operator whose values can stand in one list."""
        if not isinstance(part, Test) or not isinstance(part.subject, Column) or isinstance(part.holds, Null | Compare):
            return None
        column = self._column(part.subject)
        operator, _ = _operation(part, column)
        return None if column.kind == "address" and operator == "==" else (part.subject, operator)

    def _clause(self, group: tuple[Predicate, ...]) -> Block:
        first = group[0]
        if not isinstance(first, Test):
            return self.written(first)
        assert isinstance(first.subject, Column)
        name = text.name(first.subject.name)
        if isinstance(first.holds, Null):
            return f"{name} == null"
        operations = [_operation(test, self._column(first.subject)) for test in group if isinstance(test, Test)]
        operator, values = operations[0][0], tuple(value for _, value in operations)
        if operator == "cidrMatch":
            return Chain(", ", (name, *values), "cidrMatch(", ")")
        if len(values) == 1 and operator != "in~":
            return f"{name} {operator} {values[0]}"
        if operator.startswith("regex") and sum(map(len, values)) + len(values) > REGEX_LENGTH.value:
            return Chain(" or ", tuple(f"{name} {operator} {value}" for value in values))
        return Chain(", ", values, f"{name} {'in' if operator == '==' else operator} (", ")")

    def _column(self, column: Column) -> ColumnType:
        found = self._table.column(column.name)
        assert found is not None
        return found


def _negated(block: Block) -> Block:
    block = bracketed(block)
    return f"not {block}" if isinstance(block, str) else Chain(block.separator, block.parts, f"not {block.opening}", block.closing)


# -- operations --------------------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16384)
def _operation(test: Test, column: ColumnType) -> _Operation:
    """How the column is asked. Raises Refused where it cannot be asked so."""
    match test.holds:
        case Compare(operator, number):
            return operator, str(number)
        case InNetwork(network):
            return "cidrMatch", text.string(str(network))
        case Matches(pattern) if column.kind == "address":
            return "==", text.string(pattern.literal or "")
        case Matches(pattern) if column.kind != "text":
            return "==", pattern.literal or ""
        case Matches(pattern, cased):
            return _text(test, pattern, cased, column)
        case Regex(tree, cased):
            return _regex(test, tree, cased, column)
    raise AssertionError(test)


def _text(test: Test, pattern: Pattern, cased: bool, column: ColumnType) -> _Operation:
    literal = pattern.literal
    if literal is None:
        check_pattern(pattern, test)
    if not cased and column.compares != "folded" and _has_letters_beyond_ascii(pattern):
        return _regex(test, tree_of(pattern), cased, column)
    if literal is not None:
        check_value(literal, test)
        if cased:
            return "==", text.string(literal)
        return ":" if text.is_like(pattern) else "in~", text.string(literal)  # `in~` reads no wildcards
    if text.is_like(pattern):
        return "like" if cased else ":", text.pattern(pattern)
    return _regex(test, tree_of(pattern), cased, column)


def _has_letters_beyond_ascii(pattern: Pattern) -> bool:
    """Whether the operators without case depend on the version: Lucene 8 ignores the case of ASCII letters only."""
    return any(
        not character.isascii() and other_case(character) != character
        for token in pattern.tokens
        if isinstance(token, str)
        for character in token
    )


def _regex(test: Test, tree: RegexTree, cased: bool, column: ColumnType) -> _Operation:
    counts_case = column.compares != "folded"
    try:
        written = write_lucene((tree if cased else _with_both_cases(tree)) if counts_case else lowered(tree), folded=False)
    except RegexConstruct as construct:
        raise Refused("regex-construct", f"Lucene's regular expressions cannot say it: {construct.reason}", test=test) from construct
    check_expression(written, test)
    return "regex" if cased and counts_case else "regex~", text.raw_string(written)


def _with_both_cases(tree: RegexTree) -> RegexTree:
    """The expression with sets closed under case, and sets for letters outside ASCII: `regex~` only ignores the case of single letters."""
    match tree:
        case Literal(letters):
            return sequence([Literal(each) if each.isascii() else OneOf(Chars.of([each, other_case(each)])) for each in letters])
        case OneOf(chars):
            return OneOf(chars.folded())
        case Sequence(items):
            return sequence([_with_both_cases(item) for item in items])
        case Choice(options):
            return choice([_with_both_cases(option) for option in options])
        case Repeat(item, minimum, maximum):
            return Repeat(_with_both_cases(item), minimum, maximum)
    return tree
