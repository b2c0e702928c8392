"""Writes Lucene queries as Elasticsearch's `query_string` reads them.

The operators of the language only mark their neighbours as required or forbidden, so that `a OR b AND c` means `a +b +c`. With brackets round every
group of one operator and round every NOT it is ordinary logic (Elastic, "Query string query": Boolean operators).
"""

from functools import lru_cache

from sigma_amsi.backend import Statement
from sigma_amsi.columns import grouped, on_columns, one_field
from sigma_amsi.elastic_checks import check_clauses, check_expression, check_length, check_pattern, check_value
from sigma_amsi.errors import Refused
from sigma_amsi.layout import Block, Chain, bracketed, laid_out
from sigma_amsi.pattern import Pattern
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.tree import And, Compare, InNetwork, Matches, Not, Null, Or, Predicate, Regex, Test
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.lowered import lowered
from sigma_amsi.regex.of_pattern import tree_of
from sigma_amsi.regex.tree import RegexTree
from sigma_amsi.regex.write_lucene import write_lucene
from sigma_amsi.term import Column

from . import text


def generate(statement: Statement) -> str:
    """The query that says the statement. Raises Refused for what `query_string` cannot say."""
    whole = on_columns(statement, _sayable, searches_words=True)
    check_clauses(_clauses(whole))
    return laid_out(_written(whole, statement.table))


def _clauses(predicate: Predicate) -> int:
    """The clauses that Lucene counts: the tests, and the match-all that Elasticsearch adds to every negation that stands alone."""
    if isinstance(predicate, Test):
        return 1
    if isinstance(predicate, Not):
        return 1 + _clauses(predicate.part)
    return sum(map(_clauses, predicate.parts))


def _sayable(test: Test, column: ColumnType) -> Predicate:
    if not isinstance(test.holds, Null):
        _value(test, column)
    return test


# -- clauses -----------------------------------------------------------------------------------------------------------------------------


def _written(predicate: Predicate, table: Table) -> Block:
    match predicate:
        case And(parts) | Or(parts):
            if not parts:
                return "*:*"  # FALSE is refused before
            operator = " AND " if isinstance(predicate, And) else " OR "
            blocks = [_clause(group, operator, table) for group in grouped(parts, one_field)]
            return blocks[0] if len(blocks) == 1 else Chain(operator, tuple(map(bracketed, blocks)))
        case Not(Test(Column(name), Null())):
            return f"_exists_:{text.escaped(name)}"
        case Not(part):
            return _negated(_written(part, table))
    return _clause((predicate,), "", table)


def _clause(group: tuple[Predicate, ...], operator: str, table: Table) -> Block:
    """One clause, or those of one field with the field's name once."""
    first = group[0]
    if not isinstance(first, Test):
        return _written(first, table)
    assert isinstance(first.subject, Column)
    name = text.escaped(first.subject.name)
    if isinstance(first.holds, Null):
        return _negated(f"_exists_:{name}")
    values = []
    for test in group:
        column = table.column(first.subject.name)
        assert isinstance(test, Test)
        assert column is not None
        values.append(_value(test, column))
    return f"{name}:{values[0]}" if len(values) == 1 else Chain(operator, tuple(values), f"{name}:(", ")")


def _negated(block: Block) -> Block:
    block = bracketed(block)
    if isinstance(block, str):
        return f"(NOT {block})"
    return Chain(block.separator, block.parts, f"(NOT {block.opening}", f"{block.closing})")


# -- values ------------------------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16384)
def _value(test: Test, column: ColumnType) -> str:
    """What stands behind the field's colon. Raises Refused where the field cannot be asked so."""
    match test.holds:
        case Compare(operator, number):
            return f"{operator}{number}"
        case InNetwork(network):
            return text.value(str(network))
        case Matches(pattern) if column.kind != "text":
            return text.value(pattern.literal or "")
        case Matches(pattern, cased):
            return _text(test, pattern, cased, column)
        case Regex(tree, cased):
            written = _regex(test, tree, cased, column)
            check_expression(written, test)
            return text.regex(written)
    raise AssertionError(test)


def _text(test: Test, pattern: Pattern, cased: bool, column: ColumnType) -> str:
    literal = pattern.literal
    if literal is None:
        check_pattern(pattern, test)
    if text.has_sets(pattern) or (column.compares != "folded" and not cased and pattern.has_case):
        written = _regex(test, tree_of(pattern), cased, column)
        check_length(written, test)
        return text.regex(written)
    if literal is None:
        return text.wildcards(pattern)
    check_value(literal, test)
    return text.value(literal)


def _regex(test: Test, tree: RegexTree, cased: bool, column: ColumnType) -> str:
    try:
        return write_lucene(lowered(tree), folded=False) if column.compares == "folded" else write_lucene(tree, folded=not cased)
    except RegexConstruct as construct:
        raise Refused("regex-construct", f"Lucene's regular expressions cannot say it: {construct.reason}", test=test) from construct
