"""Writes SPL: a base search with everything that `search` can say, and one `| where` with the rest."""

from sigma_amsi.backend import Statement
from sigma_amsi.errors import Refused
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.reduce import Manner, depth, reduced
from sigma_amsi.predicate.tree import TRUE, And, Not, Or, Predicate, all_of, any_of, negation
from sigma_amsi.predicate.walk import subterms
from sigma_amsi.term import Column, NumberText, Term, XmlText

from .capabilities import NESTING
from .layout import INDENT, WIDTH, Expression, every, flat_part, laid_out, laid_out_part
from .search import search_expression
from .where import Where


def generate(statement: Statement) -> str:
    """The search that says the statement. Raises Refused for what SPL cannot say."""
    for predicate in (statement.where, statement.detection):
        if depth(predicate) > NESTING.value:
            raise Refused("limit-depth", f"the condition is nested more than {NESTING.value} levels deep", hint=NESTING.says)
    detection = reduced(statement.detection, statement.table, statement.where, statement.names, _MANNER).predicate
    where = TRUE if _says(detection, statement.where) else statement.where
    source, rest = _searched(where, statement.table)
    searched, further = _searched(_without(detection, where), statement.table)
    lines = [_base(source, searched)]
    if rest or further:
        condition = every(Where(statement.table).condition(conjunct) for conjunct in [*rest, *further])
        lines.append(f"| where {laid_out(condition, 'AND', INDENT)}")
    return "\n".join(lines)


def _searched(predicate: Predicate, table: Table) -> tuple[list[Expression], list[Predicate]]:
    """What `search` says of a conjunction, and what is left to `where`. Of `not (a or b)` it may say a part."""
    searched: list[Expression] = []
    rest: list[Predicate] = []
    for conjunct in _conjuncts(predicate):
        said = search_expression(conjunct, table)
        if said is not None:
            searched.append(said)
        elif isinstance(conjunct, Not) and isinstance(conjunct.part, Or):
            known = [part for part in conjunct.part.parts if search_expression(part, table) is not None]
            if known and (denied := search_expression(negation(any_of(known)), table)) is not None:
                searched.append(denied)
                rest.append(negation(any_of(part for part in conjunct.part.parts if part not in known)))
            else:
                rest.append(conjunct)
        else:
            rest.append(conjunct)
    return searched, rest


def _says(detection: Predicate, where: Predicate) -> bool:
    """Whether every alternative of the detection says one of the log source's: what each of several sensors records is said with its own."""
    if not isinstance(detection, Or) or not isinstance(where, Or) or not detection.parts:
        return False
    sources = [set(_conjuncts(part)) for part in where.parts]
    return all(any(source <= set(_conjuncts(part)) for source in sources) for part in detection.parts)


def _without(predicate: Predicate, said: Predicate) -> Predicate:
    return all_of(conjunct for conjunct in _conjuncts(predicate) if conjunct not in _conjuncts(said))


def _base(source: list[Expression], detection: list[Expression]) -> str:
    """The base search, on one line if it fits there, else with the log source on the first and the rest below."""
    conjuncts = list(dict.fromkeys([*source, *detection]))
    if not conjuncts:
        return "*"
    if len(line := _flat(conjuncts)) <= WIDTH:
        return line
    count = len(source) if source and len(_flat(source)) <= WIDTH else 1
    head = _flat(source) if count == len(source) > 1 else laid_out_part(conjuncts[0], "", 0)
    return f"\n{' ' * INDENT}".join([head, *(laid_out_part(part, "", INDENT) for part in conjuncts[count:])])


def _flat(conjuncts: list[Expression]) -> str:
    return " ".join([flat_part(part, "") for part in conjuncts])


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
