"""What a Kusto query returns, which decides how its rows become entities of an alert."""

from collections.abc import Mapping

from sigma_amsi.package.kusto_rows import Rows
from sigma_amsi.package.model import Package

from .parse.syntax import names_in, parse_query


def rows_of(text: str) -> Rows:
    """What a query of ours returns: it keeps every column of its table."""
    query = parse_query(text)
    assert {step.operator for step in query.steps} <= {"where", "extend"}, text
    assigned = [assignment for step in query.steps for assignment in step.assignments]
    expressions = [*(each.value for each in assigned), *(step.condition for step in query.steps if step.condition is not None)]
    mentioned = frozenset(name.name for expression in expressions for name in names_in(expression))
    return Rows(query.table, frozenset(each.name for each in assigned), mentioned)


def returned(package: Package) -> Mapping[str, Rows]:
    """Detection id -> what its query returns."""
    return {detection.id: rows_of(detection.query.text) for detection in package.detections}
