"""Canonical forms rid of what their surroundings already decide: in `A = x and (A = y or B)` it is B that decides.

A part of a conjunction counts only on rows that satisfy the other parts, and a part of a disjunction only on rows that satisfy none of them. So the leaves
beside a part are constants inside it, and a column that has one known value answers every test on it.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct, field

from sigma_amsi.characters import fold
from sigma_amsi.pattern import AnyMany
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.evaluate import passes
from sigma_amsi.predicate.tree import AnyField, Matches, Null, Regex, Same, Test
from sigma_amsi.proof.forms import FALSE, TRUE, Canonical, Leaf, Node, joined
from sigma_amsi.proof.presence import column_of, without_presence
from sigma_amsi.term import Column, Term


class Known(Struct, frozen=True):
    """What holds where a part counts.

    true: the leaves that are. values: of columns, with whether their case is known. lacks: texts that no value of a column contains, in any case.
    """

    true: frozenset[Leaf] = frozenset()
    values: Mapping[Term, tuple[str, bool]] = field(default_factory=dict)
    lacks: Mapping[Term | AnyField, frozenset[str]] = field(default_factory=dict)


NOTHING_KNOWN = Known()


def knowing(forms: Iterable[Canonical], table: Table) -> Known:
    """What is known where all the forms hold."""
    leaves = [part for form in forms for part in _parts(form, True) if isinstance(part, Leaf)]
    return _with(NOTHING_KNOWN, leaves, True, table)


def in_context(form: Canonical, table: Table, known: Known = NOTHING_KNOWN) -> Canonical:
    """The form, on rows of the table that satisfy what is known, without the tests that are decided there."""
    if isinstance(form, Leaf):
        return _settled(form, known)
    return without_presence(_decided(form, table, known))


def _decided(form: Node, table: Table, known: Known) -> Canonical:
    """The form with its parts in the context of each other, until nothing changes."""
    leaves = [part for part in form.parts if isinstance(part, Leaf)]
    nodes = [part for part in form.parts if isinstance(part, Node)]
    while True:
        settled = joined(form.conjunction, [_settled(leaf, known) for leaf in leaves])
        if not nodes or settled == (FALSE if form.conjunction else TRUE):
            return joined(form.conjunction, [settled, *nodes])
        beside = [part for part in _parts(settled, form.conjunction) if isinstance(part, Leaf)]
        inner = _with(known, beside, form.conjunction, table)
        done = joined(form.conjunction, [in_context(node, table, inner) for node in nodes])
        fresh = [part for part in _parts(done, form.conjunction) if isinstance(part, Leaf)]
        nodes = [part for part in _parts(done, form.conjunction) if isinstance(part, Node) and part.parts]
        if done in (TRUE, FALSE) or not fresh:
            return joined(form.conjunction, [settled, done])
        leaves = [*beside, *fresh]


def _parts(form: Canonical, conjunction: bool) -> tuple[Canonical, ...]:
    return tuple(form.parts) if isinstance(form, Node) and form.conjunction == conjunction else (form,)


def _with(known: Known, leaves: list[Leaf], holding: bool, table: Table) -> Known:
    """What is known beside the leaves, all of them true in a conjunction and false in a disjunction."""
    if not leaves:
        return known
    true, values, lacks = set(known.true), dict(known.values), dict(known.lacks)
    for leaf in leaves:
        answer = leaf.positive == holding
        true.add(leaf if holding else leaf.opposite())
        if answer and (column := column_of(leaf.test)) is not None:
            true.add(_presence(column))
        subject, holds = leaf.test.subject, leaf.test.holds
        if answer and isinstance(subject, Column) and isinstance(holds, Matches) and (text := holds.pattern.literal) is not None:
            kind = table.column(subject.name)
            if kind is not None and not kind.many:
                values[subject] = (text, holds.cased or not holds.pattern.has_case)
        if not answer and isinstance(subject, Column) and isinstance(holds, Matches) and not holds.cased:
            match holds.pattern.tokens:
                case (AnyMany(), str(text), AnyMany()):
                    lacks[subject] = lacks.get(subject, frozenset()) | {text}
    return Known(frozenset(true), values, lacks)


def _settled(leaf: Leaf, known: Known) -> Canonical:
    """The leaf, or the constant that it is."""
    if leaf in known.true:
        return TRUE
    if leaf.opposite() in known.true:
        return FALSE
    subject = leaf.test.subject
    answer = None
    if isinstance(subject, Column) and subject in known.values:
        answer = _answer(leaf.test, *known.values[subject])
    if answer is None and known.lacks and subject in known.lacks and _contains(leaf.test, known.lacks[subject]):
        answer = False
    if answer is None:
        return leaf
    return TRUE if answer == leaf.positive else FALSE


@lru_cache(maxsize=1024)
def _presence(column: Column) -> Leaf:
    return Leaf(Test(column, Null()), False)


def _contains(test: Test, texts: frozenset[str]) -> bool:
    """Whether every text that passes contains one of these, in any case."""
    return isinstance(test.holds, Matches) and any(
        text in fold(token) for token in test.holds.pattern.tokens if isinstance(token, str) for text in texts
    )


def _answer(test: Test, text: str, case_is_known: bool) -> bool | None:
    """Whether the test holds of a column with this value; None where that depends on more."""
    match test.holds:
        case Null():
            return False
        case Same():
            return None
        case Matches(_, True) | Regex(_, True) if not case_is_known:
            return None
    return passes(text, test.holds, {})
