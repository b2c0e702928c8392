"""Writes queries in Kibana's query language (KQL).

What they mean depends on Kibana knowing its fields. With a data view that has them as keyword, a value with wildcards is held against the whole value,
blanks and all, from Kibana 8.12.1 on; without one, Kibana splits it at its blanks.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from sigma_amsi.backend import Statement
from sigma_amsi.characters import Chars
from sigma_amsi.columns import grouped, ignores_case, on_columns, one_field
from sigma_amsi.elastic_checks import check_clauses, check_pattern, check_value
from sigma_amsi.errors import Refused
from sigma_amsi.layout import Block, Chain, bracketed, laid_out
from sigma_amsi.pattern import Pattern
from sigma_amsi.pipeline.schema import ColumnType, Schema, Table
from sigma_amsi.predicate.tree import And, Compare, InNetwork, Matches, Not, Null, Or, Predicate, Regex, Test, any_of
from sigma_amsi.predicate.walk import tests_of
from sigma_amsi.term import Column

from . import text
from .capabilities import ALTERNATIVES, DEPTH


def generate(statement: Statement) -> str:
    """The query that says the statement. Raises Refused for what KQL cannot say."""
    whole = on_columns(statement, lambda test, column: _sayable(test, column, statement.schema), searches_words=True)
    check_clauses(sum(1 for _ in tests_of(whole)))
    depth = 1 + _depth(whole)
    if depth > DEPTH.value:
        raise Refused("limit-depth", f"the query is {depth} levels deep, of which Elasticsearch takes {DEPTH.value}", hint=DEPTH.says)
    return laid_out(_written(whole, statement.table))


def _depth(predicate: Predicate) -> int:
    if isinstance(predicate, Test):
        return 3 if isinstance(predicate.holds, Null) else 2
    if isinstance(predicate, Not):
        return 1 + _depth(predicate.part)
    return 1 + max(map(_depth, predicate.parts), default=0)


# -- clauses -----------------------------------------------------------------------------------------------------------------------------


def _written(predicate: Predicate, table: Table) -> Block:
    match predicate:
        case And(parts) | Or(parts):
            if not parts:
                return "*: *"  # FALSE is refused before
            word = " and " if isinstance(predicate, And) else " or "
            blocks = [_clause(group, word, table) for group in grouped(parts, one_field)]
            return blocks[0] if len(blocks) == 1 else Chain(word, tuple(map(bracketed, blocks)))
        case Not(Test(Column(name), Null())):
            return f"{text.unquoted(name)}: *"
        case Not(part):
            return _negated(_written(part, table))
    return _clause((predicate,), "", table)


def _clause(group: tuple[Predicate, ...], word: str, table: Table) -> Block:
    """One clause, or those of one field with the field's name once."""
    first = group[0]
    if not isinstance(first, Test):
        return _written(first, table)
    assert isinstance(first.subject, Column)
    name = text.unquoted(first.subject.name)
    match first.holds:
        case Null():
            return f"not {name}: *"
        case Compare(operator, number):
            return f"{name} {operator} {number}"
    column = table.column(first.subject.name)
    assert column is not None
    values = tuple(_value(test, column) for test in group if isinstance(test, Test))
    return f"{name}: {values[0]}" if len(values) == 1 else Chain(word, values, f"{name}: (", ")")


def _negated(block: Block) -> Block:
    block = bracketed(block)
    return f"not {block}" if isinstance(block, str) else Chain(block.separator, block.parts, f"not {block.opening}", block.closing)


# -- values ------------------------------------------------------------------------------------------------------------------------------


def _sayable(test: Test, column: ColumnType, schema: Schema) -> Predicate:
    """The test with sets of characters listed. Raises Refused where the field cannot be asked so."""
    match test.holds:
        case Regex():
            raise Refused("regex-unsupported", "KQL has no regular expressions", hint="use -t eql or -t lucene", test=test)
        case Matches(pattern) if column.kind == "text":
            _check_case(test, column, schema)
            cased = column.compares != "folded"
            tests = [Test(test.subject, Matches(each, cased)) for each in _without_sets(pattern, test)]
            for each in tests:
                _value(each, column)
            return any_of(tests)
    return test


def _without_sets(pattern: Pattern, test: Test) -> Iterator[Pattern]:
    """The patterns that together match the same, each with one character for every set."""
    count = 1
    for token in pattern.tokens:
        count *= len(token) if isinstance(token, Chars) else 1
    if count > ALTERNATIVES.value:
        message = f"KQL has no wildcard for one character, and a list would have more than {ALTERNATIVES.value} values"
        raise Refused("single-character-wildcard", message, hint="use -t eql or -t lucene", test=test)
    for tokens in product(*(list(token) if isinstance(token, Chars) else [token] for token in pattern.tokens)):
        yield Pattern.of(*tokens)


@lru_cache(maxsize=16384)
def _value(test: Test, column: ColumnType) -> str:
    """What stands behind the field's colon. Raises Refused where KQL's syntax cannot hold it."""
    match test.holds:
        case InNetwork(network):
            return str(network) if network.version == 4 else text.quoted(str(network))
        case Matches(pattern) if column.kind != "text":
            literal = pattern.literal or ""
            return text.quoted(literal) if ":" in literal else literal
        case Matches(pattern):
            if pattern.literal is None:
                return _wildcards(test, pattern)
            check_value(pattern.literal, test)
            return text.quoted(pattern.literal)
    raise AssertionError(test)


def _wildcards(test: Test, pattern: Pattern) -> str:
    first, last = pattern.tokens[0], pattern.tokens[-1]
    if (isinstance(first, str) and first[0].isspace()) or (isinstance(last, str) and last[-1].isspace()):
        message = "KQL drops the blanks at both ends of a value with wildcards"
        raise Refused("blank-at-end", message, hint="use -t eql or -t lucene", test=test)
    if any(isinstance(token, str) and text.WILDCARD_SYMBOL in token for token in pattern.tokens):
        raise Refused("literal-wildcard", f"Kibana reads {text.WILDCARD_SYMBOL} as a wildcard", hint="use -t eql or -t lucene", test=test)
    check_pattern(pattern, test)
    return text.wildcards(pattern)


def _check_case(test: Test, column: ColumnType, schema: Schema) -> None:
    if column.compares != "folded" and ignores_case(test) and not ignores_case(_cased(test)):
        fact = next((fact.name for fact in schema.facts if "*" in fact.folds or column.name in fact.folds), None)
        declare = f", or declare its normalizer: --assume {fact}" if fact else ""
        message = f"{column.name} ({column.native or 'text'}) counts case, and KQL cannot ask for anything else"
        raise Refused("case-sensitive-column", message, hint=f"use -t eql or -t lucene{declare}", test=test)


def _cased(test: Test) -> Test:
    assert isinstance(test.holds, Matches)
    return Test(test.subject, Matches(test.holds.pattern, cased=True))
