"""The reader of Kusto queries: what any query of one table says, as a predicate over its columns.

`tokens` has the words, `syntax` the grammar, `comparisons`, `functions` and `expressions` the meaning. Pages that comments name are those
of the Kusto documentation, learn.microsoft.com/kusto/query.
"""

from collections.abc import Mapping
from dataclasses import replace

from sigma_amsi.backend import Reading
from sigma_amsi.errors import Unreadable
from sigma_amsi.pipeline.schema import Schema, Table
from sigma_amsi.predicate.tree import Predicate, all_of

from .comparisons import settled
from .expressions import Computed, Reader, Scope, check_functions, has_name
from .syntax import Assignment, Name, Node, Query, Step, names_in, parse_query


def parse(text: str, schema: Schema, table: Table) -> Reading:
    """What the query says. Raises Unreadable, naming the place, for whatever is not known exactly.

    A Kusto query names its table, so that `table` is not looked at.
    """
    del table
    query = parse_query(text)
    found = schema.table(query.table)
    if found is None:
        raise Unreadable(f"the schema {schema.name} has no table {query.table}", query.offset)
    return Reading(query.table, _predicate(query, found))


def _predicate(query: Query, table: Table) -> Predicate:
    reader = Reader()
    scope = Scope(table, lets=_lets(query, table))
    conditions: list[Predicate] = []
    for step in query.steps:
        if step.condition is not None:
            holds = settled(reader.condition(step.condition, scope, scope.known).true_when)
            conditions.append(holds)
            scope = replace(scope, known=scope.known.and_(holds))
        else:
            scope = _after(step, scope)
    return all_of(conditions)


def _lets(query: Query, table: Table) -> Mapping[str, Computed]:
    lets: dict[str, Computed] = {}
    for let in query.lets:
        if table.column(let.name) is not None:
            raise Unreadable(f"{let.name} is also a column of the table", let.offset)
        check_functions(let.value)
        lets[let.name] = Computed(let.value, Scope(table, lets=dict(lets), whole=False))
    return lets


def _after(step: Step, scope: Scope) -> Scope:
    """What names mean after an operator that changes columns and keeps all rows."""
    named = {assignment.name: Computed(assignment.value, scope) for assignment in step.assignments if assignment.name}
    if step.operator == "extend":
        _check_independent(step.assignments)
    for assignment in step.assignments:
        _check_names(assignment.value, scope)
    match step.operator:
        case "extend":
            return replace(scope, computed={**scope.computed, **named})
        case "project":
            return replace(scope, computed=named, whole=False)
        case "project-rename":
            gone = {name.name: None for assignment in step.assignments for name in names_in(assignment.value)}
            return replace(scope, computed={**scope.computed, **gone, **named})
    kept = {name: Name(name, step.offset) for name in step.names}
    for column in kept.values():
        _check_names(column, scope)
    match step.operator:
        case "project-away":
            return replace(scope, computed={**scope.computed, **dict.fromkeys(step.names)})
        case "project-keep":
            return replace(scope, computed={name: Computed(column, scope) for name, column in kept.items()}, whole=False)
    return scope


def _check_names(node: Node, scope: Scope) -> None:
    """An unknown column or function makes the engine refuse the whole query, also where no condition looks at it."""
    for name in names_in(node):
        if not has_name(name.name, scope):
            raise Unreadable(f"the table {scope.table.name} has no column {name.name} here", name.offset)
    check_functions(node)


def _check_independent(assignments: tuple[Assignment, ...]) -> None:
    """Whether an expression sees the columns that stand before it in the same `extend` is not documented."""
    before: set[str] = set()
    for assignment in assignments:
        for name in names_in(assignment.value):
            if name.name in before:
                raise Unreadable(f"{name.name} is computed in the same `extend`; compute it in one of its own before", name.offset)
        before.add(assignment.name)
