"""Terms and fields, as pipelines and site files write them."""

from collections.abc import Callable, Collection, Mapping
from typing import Literal, cast

from msgspec import Struct, field

from sigma_amsi.characters import fold
from sigma_amsi.hints import near
from sigma_amsi.pipeline.conditions import called, column_of, read_condition, read_pattern
from sigma_amsi.pipeline.model import FieldMapping, Mapped, Missing, Unsayable
from sigma_amsi.pipeline.nodes import (
    ListNode,
    MapNode,
    Node,
    TextNode,
    check_keys,
    choice,
    fail,
    listing,
    mapping,
    text,
    texts,
)
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText


class Scope(Struct, frozen=True):
    """What names stand for where terms are read: the columns of one table, the pipeline's named terms, and the schema's facts.

    in_force: the facts that may be used.
    done: the named terms that were read already. reading: those that are being read, the outermost first.
    """

    table: Table
    terms: Mapping[str, Node]
    facts: Collection[str]
    in_force: Collection[str]
    done: dict[str, Term] = field(default_factory=dict)
    reading: list[str] = field(default_factory=list)


def read_field(node: Node, scope: Scope) -> FieldMapping:
    """What a pipeline says about a field: a term, a term with its conditions, or why there is none; of several, the first that may be used."""
    if isinstance(node, ListNode):
        return read_field(_first_usable(node, scope), scope)
    if not isinstance(node, MapNode) or node.entries.keys().isdisjoint(("missing", "term")):
        return Mapped(read_term(node, scope))
    if "missing" in node.entries:
        check_keys(node, "a missing field", ["missing"])
        return Missing(text(node.entries["missing"], "the reason why a field is missing"))
    check_keys(node, "a field", ["term"], ["assumes", "approximate", "cannot"])
    entries = node.entries
    return Mapped(
        read_term(entries["term"], scope),
        _facts(entries["assumes"], scope) if "assumes" in entries else (),
        text(entries["approximate"], "the reason why a field is approximate") if "approximate" in entries else None,
        tuple(map(_unsayable, listing(entries["cannot"], "'cannot'"))) if "cannot" in entries else (),
    )


def _first_usable(several: ListNode, scope: Scope) -> Node:
    """The first whose facts are all in force; else the last, whose refusal then names the fact that it wants."""
    if not several.items:
        fail(several, "configuration-value", "the list of what a field can be is empty")
    for node in several.items:
        assumes = node.entries.get("assumes") if isinstance(node, MapNode) else None
        if assumes is None or set(scope.in_force).issuperset(_facts(assumes, scope)):
            return node
    return several.items[-1]


def read_term(node: Node, scope: Scope) -> Term:
    """The term that a node says. A text is the name of a term, or else of a column."""
    if isinstance(node, TextNode):
        return _named(node, text(node, "a term"), scope)
    said = mapping(node, "a term")
    operation = next((key for key in said.entries if key in _OPERATIONS), None)
    if operation is None:
        names = ", ".join(said.entries)
        fail(node, "configuration-unknown-key", f"there is no term '{names}'", near(names, tuple(_OPERATIONS)))
    keys, read = _OPERATIONS[operation]
    check_keys(said, f"the term '{operation}'", keys)
    return read(said, scope)


def _named(node: Node, name: str, scope: Scope) -> Term:
    if name not in scope.terms:
        if scope.table.column(name) is None:
            known = (*scope.terms, *scope.table.columns)
            fail(node, "unknown-column", f"'{name}' is neither a term nor a column of {called(scope.table)}", near(name, known))
        return Column(name)
    if name in scope.reading:
        hint = f"write {{column: {name}}} for the column" if scope.table.column(name) else ""
        fail(node, "term-cycle", f"the term '{name}' contains itself: {' -> '.join([*scope.reading, name])}", hint)
    if name not in scope.done:
        scope.reading.append(name)
        scope.done[name] = read_term(scope.terms[name], scope)
        scope.reading.pop()
    return scope.done[name]


def _column(node: MapNode, scope: Scope) -> Term:
    name = text(node.entries["column"], "a column's name")
    column_of(name, node.entries["column"], scope.table)
    return Column(name)


def _text(node: MapNode, _scope: Scope) -> Term:
    return Text(text(node.entries["text"], "a constant"))


def _absent(node: MapNode, _scope: Scope) -> Term:
    choice(node.entries["absent"], "'absent'", ["true"])
    return Absent()


def _join(node: MapNode, scope: Scope) -> Term:
    return Join(_parts(node.entries["join"], "'join'", scope))


def _first(node: MapNode, scope: Scope) -> Term:
    return First(_parts(node.entries["first"], "'first'", scope))


def _when(node: MapNode, scope: Scope) -> Term:
    test = read_condition(node.entries["when"], scope.table)
    return When(test, read_term(node.entries["then"], scope), read_term(node.entries["otherwise"], scope))


def _prefix(node: MapNode, scope: Scope) -> Term:
    of, pairs = _of_and_table(node.entries["prefix"], "'prefix'", scope)
    return Prefix(of, pairs)


def _values(node: MapNode, scope: Scope) -> Term:
    of, pairs = _of_and_table(node.entries["values"], "'values'", scope)
    if isinstance(of, Column):
        listed = column_of(of.name, node, scope.table).values
        known = None if listed is None else set(map(fold, listed))
        for own, _ in pairs:
            if listed is not None and known is not None and fold(own) not in known:
                fail(node, "unknown-value", f"'{of.name}' never holds '{own}'", near(own, listed))
    return Values(of, pairs)


def _xml(node: MapNode, scope: Scope) -> Term:
    return XmlText(read_term(node.entries["xml"], scope))


def _number(node: MapNode, scope: Scope) -> Term:
    number = mapping(node.entries["number"], "'number'")
    check_keys(number, "'number'", ["of", "style"])
    style = choice(number.entries["style"], "the style of a number", ["dword", "qword", "hex"])
    return NumberText(read_term(number.entries["of"], scope), cast(Literal["dword", "qword", "hex"], style))


_OPERATIONS: Mapping[str, tuple[tuple[str, ...], Callable[[MapNode, Scope], Term]]] = {
    "column": (("column",), _column),
    "text": (("text",), _text),
    "absent": (("absent",), _absent),
    "join": (("join",), _join),
    "first": (("first",), _first),
    "when": (("when", "then", "otherwise"), _when),
    "prefix": (("prefix",), _prefix),
    "values": (("values",), _values),
    "xml": (("xml",), _xml),
    "number": (("number",), _number),
}


def _parts(node: Node, what: str, scope: Scope) -> tuple[Term, ...]:
    parts = tuple(read_term(part, scope) for part in listing(node, what))
    if len(parts) < 2:
        fail(node, "configuration-value", f"{what} needs at least two terms")
    return parts


def _of_and_table(node: Node, what: str, scope: Scope) -> tuple[Term, tuple[tuple[str, str], ...]]:
    operation = mapping(node, what)
    check_keys(operation, what, ["of", "table"])
    table = mapping(operation.entries["table"], f"the table of {what}")
    if not table.entries:
        fail(table, "configuration-value", f"the table of {what} is empty")
    pairs = tuple((own, text(other, f"the spelling of '{own}'")) for own, other in table.entries.items())
    return read_term(operation.entries["of"], scope), pairs


def _facts(node: Node, scope: Scope) -> tuple[str, ...]:
    names = texts(node, "'assumes'")
    for index, name in enumerate(names):
        if name not in scope.facts:
            place = node.items[index] if isinstance(node, ListNode) else node
            fail(place, "unknown-fact", f"the schema has no fact '{name}'", near(name, tuple(scope.facts)))
    return names


def _unsayable(node: Node) -> Unsayable:
    entry = mapping(node, "an entry of 'cannot'")
    check_keys(entry, "an entry of 'cannot'", ["matches", "because"])
    matches, because = entry.entries["matches"], text(entry.entries["because"], "'because'")
    if isinstance(matches, TextNode) and matches.text is None:
        return Unsayable(None, because)
    return Unsayable(read_pattern(text(matches, "'matches'")), because)
