"""Truths of three-valued engines: when an expression is true and when it is false. On all other rows it is null."""

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.predicate.tree import FALSE, TRUE, Predicate, all_of, any_of, negation


class Open(Struct, frozen=True):
    """A side that the engine's documentation does not settle. `reason` says what is open, `offset` where it was read."""

    reason: str
    offset: int


Side: TypeAlias = Predicate | Open


class Truth(Struct, frozen=True):
    """The two sides of an expression; no row is in both.

    two_valued: the expression is never null, so that each side is the negation of the other.
    """

    true_when: Side
    false_when: Side
    two_valued: bool = False


def certain(predicate: Predicate) -> Truth:
    """The truth of an expression that is true on these rows and false on all others."""
    return Truth(predicate, negation(predicate), two_valued=True)


def opposite(truth: Truth) -> Truth:
    """`not`: the sides change places, null stays null."""
    return Truth(truth.false_when, truth.true_when, truth.two_valued)


def conjunction(truths: Iterable[Truth]) -> Truth:
    """`and` in Kleene's logic: false as soon as one part is false, true when all are true."""
    parts = list(truths)
    true_when = _all_sides(part.true_when for part in parts)
    if not isinstance(true_when, Open) and all(part.two_valued for part in parts):
        return certain(true_when)
    return Truth(true_when, _any_side(part.false_when for part in parts))


def disjunction(truths: Iterable[Truth]) -> Truth:
    """`or` in Kleene's logic: true as soon as one part is true, false when all are false."""
    parts = list(truths)
    true_when = _any_side(part.true_when for part in parts)
    if not isinstance(true_when, Open) and all(part.two_valued for part in parts):
        return certain(true_when)
    return Truth(true_when, _all_sides(part.false_when for part in parts))


def exclusive(left: Truth, right: Truth) -> Truth:
    """`xor` in Kleene's logic: true or false only where both parts are."""
    return disjunction([conjunction([left, opposite(right)]), conjunction([opposite(left), right])])


def choice(test: Predicate, then: Truth, otherwise: Truth) -> Truth:
    """`then` on the rows of `test`, `otherwise` on all others."""
    chosen, other = certain(test), certain(negation(test))
    return disjunction([conjunction([chosen, then]), conjunction([other, otherwise])])


def first_known(truth: Truth, otherwise: Truth) -> Truth:
    """`coalesce`: `otherwise` on the rows where the first is null."""
    if truth.two_valued:
        return truth
    null = null_side(truth)
    true_when = _any_side([truth.true_when, _all_sides([null, otherwise.true_when])])
    if otherwise.two_valued and not isinstance(true_when, Open):
        return certain(true_when)
    return Truth(true_when, _any_side([truth.false_when, _all_sides([null, otherwise.false_when])]))


def null_side(truth: Truth) -> Side:
    """The rows on which the expression is null."""
    sides = (truth.true_when, truth.false_when)
    return FALSE if truth.two_valued else _all_sides(side if isinstance(side, Open) else negation(side) for side in sides)


def _all_sides(sides: Iterable[Side]) -> Side:
    known: list[Predicate] = []
    gap: Open | None = None
    for side in sides:
        if side == FALSE:
            return FALSE
        if isinstance(side, Open):
            gap = gap or side
        else:
            known.append(side)
    return gap or all_of(known)


def _any_side(sides: Iterable[Side]) -> Side:
    known: list[Predicate] = []
    gap: Open | None = None
    for side in sides:
        if side == TRUE:
            return TRUE
        if isinstance(side, Open):
            gap = gap or side
        else:
            known.append(side)
    return gap or any_of(known)
