"""Writes Kusto queries: `Table | where log source | extend computed columns | where detection`."""

from sigma_amsi.backend import Statement
from sigma_amsi.errors import Refused
from sigma_amsi.predicate.reduce import Manner, depth, reduced
from sigma_amsi.predicate.tree import TRUE, Predicate
from sigma_amsi.predicate.walk import subterms
from sigma_amsi.term import NumberText, Term

from .capabilities import DEPTH, NESTING
from .expressions import Scope
from .extend import extension
from .layout import INDENT, Expression, laid_out
from .layout import depth as syntax_depth
from .named_values import named_value
from .text import name


def _computes(term: Term) -> bool:
    return not any(isinstance(each, NumberText) for each in subterms(term))


_MANNER = Manner(takes=lambda _: False, computes=_computes, growth=0, takes_apart=named_value)


def generate(statement: Statement) -> str:
    """The query that says the statement. Raises Refused for what Kusto cannot say."""
    table = statement.table
    _check_nesting(statement.where)
    _check_nesting(statement.detection)
    detection = reduced(statement.detection, table, statement.where, statement.names, _MANNER)
    computed = extension(detection.predicate, table, {**statement.names, **detection.names})
    lines = [name(table.name)]
    if statement.where != TRUE:
        lines.append(_where(Scope(table, {}).condition(statement.where)))
    lines += computed.lines()
    if detection.predicate != TRUE:
        lines.append(_where(computed.scope.condition(detection.predicate)))
    _check_depth(computed.depth)
    return "\n".join(lines)


def _where(condition: Expression) -> str:
    _check_depth(syntax_depth(condition))
    return f"| where {laid_out(condition, INDENT)}"


def _check_nesting(predicate: Predicate) -> None:
    if depth(predicate) > NESTING.value:
        raise Refused("limit-depth", f"the condition is nested more than {NESTING.value} levels deep", hint=NESTING.says)


def _check_depth(depth: int) -> None:
    if depth > DEPTH.value:
        raise Refused("limit-depth", f"the query's syntax is {depth} levels deep", hint=DEPTH.says)
