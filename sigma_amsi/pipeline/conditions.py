"""Conditions on columns, as schemas, pipelines and site files write them."""

import re
from collections.abc import Callable

from sigma_amsi.characters import ANY_CHARACTER, fold
from sigma_amsi.hints import near
from sigma_amsi.pattern import ANY_MANY, Pattern, Token
from sigma_amsi.pipeline.nodes import ListNode, MapNode, Node, TextNode, fail, fail_at_key, listing, mapping
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.evaluate import pattern_test
from sigma_amsi.predicate.tree import Matches, Not, Null, Predicate, Test, all_of, any_of
from sigma_amsi.term import Column


def read_condition(node: Node, table: Table) -> Predicate:
    """The predicate that a condition says. Raises ConfigurationError for columns and values that the table does not have.

    `{Column: value, …}`: all of the entries hold. A list of values: any of them. null: the column is absent. A text can have the wildcards `*`
    and `?`, escaped as in Sigma. `{not: condition}`, `{any: [condition…]}` and `{all: [condition…]}` combine. A test is cased exactly when its
    column compares exactly, so that the engine's plain operator says it.
    """
    entries = mapping(node, "a condition")
    return all_of([_read_entry(entries, name, value, table) for name, value in entries.entries.items()])


def read_pattern(source: str) -> Pattern:
    """The pattern that a Sigma string stands for: `*` and `?` are wildcards, and a backslash before one of them or a backslash escapes it."""
    return Pattern.of(*(_PIECES.get(piece, piece[1:] if _ESCAPED(piece) else piece) for piece in _SPLIT(source)))


_PIECES: dict[str, Token] = {"*": ANY_MANY, "?": ANY_CHARACTER}
_SPLIT: Callable[[str], list[str]] = re.compile(r"\\[*?\\]|[*?]|[^*?\\]+|\\").findall
_ESCAPED = re.compile(r"\\[*?\\]").fullmatch


def column_of(name: str, node: Node, table: Table) -> ColumnType:
    """The type of the table's column; an error at the node when there is none."""
    column = table.column(name)
    if column is None:
        fail(node, "unknown-column", f"{called(table)} has no column '{name}'", near(name, tuple(table.columns)))
    return column


def called(table: Table) -> str:
    """What messages call the table, at the start of a sentence or inside."""
    return f"the table {table.name}" if table.name else "the schema"


def _read_entry(entries: MapNode, name: str, value: Node, table: Table) -> Predicate:
    if name == "not":
        return Not(read_condition(value, table))
    if name in ("any", "all"):
        parts = [read_condition(part, table) for part in listing(value, f"'{name}'")]
        return any_of(parts) if name == "any" else all_of(parts)
    if table.column(name) is None:
        fail_at_key(entries, name, "unknown-column", f"{called(table)} has no column '{name}'", near(name, tuple(table.columns)))
    if isinstance(value, ListNode):
        return any_of([_read_test(name, item, table) for item in value.items])
    return _read_test(name, value, table)


def _read_test(name: str, node: Node, table: Table) -> Test:
    if not isinstance(node, TextNode):
        fail(node, "configuration-type", f"the value of '{name}' has to be a text, null or a list of those")
    column = column_of(name, node, table)
    if node.text is None:
        return Test(Column(name), Null())
    pattern = read_pattern(node.text)
    _check_value(node, name, column, pattern)
    return Test(Column(name), Matches(pattern, cased=column.compares == "exact"))


def _check_value(node: TextNode, name: str, column: ColumnType, pattern: Pattern) -> None:
    literal = pattern.literal
    if literal is not None and literal in column.absent_for:
        fail(node, "unknown-value", f"'{name}' never holds '{literal}': it is absent instead", "write null")
    if column.kind == "integer" and (literal is None or not re.fullmatch("0|-?[1-9][0-9]*", literal)):
        fail(node, "unknown-value", f"'{name}' holds integers, and '{node.text}' is none")
    values = ("true", "false") if column.kind == "boolean" else column.values
    if values is not None and not any(map(pattern_test(pattern, cased=False), values)):
        fail(node, "unknown-value", f"'{name}' never holds '{node.text}'", near(fold(node.text or ""), values))
