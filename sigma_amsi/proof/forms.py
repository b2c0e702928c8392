"""Canonical forms: tests and their negations, in conjunctions and disjunctions that are sets."""

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.predicate.tree import Test


class Leaf(Struct, frozen=True, cache_hash=True):
    """A canonical test or its negation."""

    test: Test
    positive: bool

    def opposite(self) -> "Leaf":
        """The negation."""
        return Leaf(self.test, not self.positive)


class Node:
    """A conjunction or disjunction of canonical parts. Without parts it is a constant.

    parts: in the order of first mention, so that what is done with them one by one does not depend on the run. members: the same as a set; two nodes
    are equal when these are.
    """

    __slots__ = ("conjunction", "members", "parts")

    def __init__(self, conjunction: bool, parts: Iterable["Canonical"]) -> None:
        unique = dict.fromkeys(parts)
        self.conjunction = conjunction
        self.parts = tuple(unique)
        self.members = frozenset(unique)

    def __hash__(self) -> int:
        return hash((self.conjunction, self.members))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Node) and self.conjunction == other.conjunction and self.members == other.members

    def __repr__(self) -> str:
        return f"Node({self.conjunction}, {self.parts!r})"


Canonical: TypeAlias = Leaf | Node

TRUE = Node(True, ())
FALSE = Node(False, ())


def joined(conjunction: bool, parts: Iterable[Canonical]) -> Canonical:
    """The conjunction or disjunction of parts: flat, without constants and, where it is only leaves, without contradictions."""
    flat = dict.fromkeys(parts)
    if Node in map(type, flat):
        return _flattened(conjunction, flat)
    return next(iter(flat)) if len(flat) == 1 else Node(conjunction, flat)


def _flattened(conjunction: bool, parts: Iterable[Canonical]) -> Canonical:
    flat: dict[Canonical, None] = {}
    for part in parts:
        if isinstance(part, Node) and (part.conjunction == conjunction or not part.parts):
            if part.conjunction != conjunction:
                return part  # the constant that decides
            flat.update(dict.fromkeys(part.parts))
        else:
            flat[part] = None
    return next(iter(flat)) if len(flat) == 1 else Node(conjunction, flat)


def parts_of(form: Canonical) -> tuple[Canonical, ...]:
    """The parts of a conjunction; of anything else, itself."""
    return form.parts if isinstance(form, Node) and form.conjunction else (form,)


def negated(form: Canonical) -> Canonical:
    """The negation, again in canonical form."""
    if isinstance(form, Leaf):
        return form.opposite()
    return Node(not form.conjunction, map(negated, form.parts))
