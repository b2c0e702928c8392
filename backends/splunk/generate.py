"""Writes SPL: a base search with everything that `search` can say, and one `| where` with the rest."""

from sigma_amsi.backend import Statement
from sigma_amsi.errors import Refused
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.reduce import Manner, depth, reduced
from sigma_amsi.predicate.tree import TRUE, And, Not, Or, Predicate, all_of, any_of, negation
from sigma_amsi.predicate.walk import subterms
from sigma_amsi.term import Column, NumberText, Term, XmlText

from .capabilities import NESTING
from .layout import Expression, Some, every, written
from .search import search_expression
from .where import Where


def generate(statement: Statement) -> str:
    """The search that says the statement. Raises Refused for what SPL cannot say."""
    for predicate in (statement.where, statement.detection):
        if depth(predicate) > NESTING.value:
            raise Refused("limit-depth", f"the condition is nested more than {NESTING.value} levels deep", hint=NESTING.says)
    detection = reduced(statement.detection, statement.table, statement.where, statement.names, _MANNER).predicate
    searched: list[Expression] = []
    rest: list[Predicate] = []
    for conjunct in _conjuncts(all_of([statement.where, detection])):
        for part in _divided(conjunct, statement.table):
            said = search_expression(part, statement.table)
            if said is None:
                rest.append(part)
            else:
                searched.append(said)
    base = _base(every(searched)) if searched else "*"
    if not rest:
        return base
    condition = every(Where(statement.table).condition(conjunct) for conjunct in rest)
    return f"{base}\n| where {written(condition, ' AND ')}"


def _base(expression: Expression) -> str:
    text = written(expression, " ")
    return f"({text})" if isinstance(expression, Some) else text


def _divided(conjunct: Predicate, table: Table) -> list[Predicate]:
    """The conjunct in parts: of `not (a or b)` what `search` can say, and the rest."""
    if not isinstance(conjunct, Not) or not isinstance(conjunct.part, Or):
        return [conjunct]
    said = [part for part in conjunct.part.parts if search_expression(part, table) is not None]
    rest = [part for part in conjunct.part.parts if part not in said]
    return [negation(any_of(parts)) for parts in (said, rest) if parts]


def _conjuncts(predicate: Predicate) -> tuple[Predicate, ...]:
    if predicate == TRUE:
        return ()
    return predicate.parts if isinstance(predicate, And) else (predicate,)


def _takes(term: Term) -> bool:
    return isinstance(term, XmlText) and isinstance(term.of, Column)


def _computes(term: Term) -> bool:
    return not any(isinstance(each, NumberText) for each in subterms(term))


# `search` has no computed values, so a term is rather taken apart than left to `where`, which reads every event.
_MANNER = Manner(takes=_takes, computes=_computes, growth=6)
