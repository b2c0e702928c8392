"""Canonical forms: tests and their negations, in conjunctions and disjunctions that are sets."""

from collections.abc import Iterable
from typing import TypeAlias

from sigma_amsi.predicate.tree import Test


class Leaf:
    """A canonical test or its negation. Immutable; the hash is made once, since forms are compared all the time."""

    __slots__ = ("_hash", "_opposite", "positive", "test")

    def __init__(self, test: Test, positive: bool, opposite: "Leaf | None" = None) -> None:
        self.test = test
        self.positive = positive
        self._hash: int = ~opposite._hash if opposite is not None else hash(test) if positive else ~hash(test)
        self._opposite = opposite

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Leaf) and self._hash == other._hash and self.positive == other.positive and self.test == other.test

    def __repr__(self) -> str:
        return f"Leaf({self.test!r}, {self.positive})"

    def opposite(self) -> "Leaf":
        """The negation."""
        if self._opposite is None:
            self._opposite = Leaf(self.test, not self.positive, self)
        return self._opposite


class Node:
    """A conjunction or disjunction of canonical parts. Without parts it is a constant.

    parts: in the order of first mention, so that what is done with them one by one does not depend on the run. members: the same as a set; two nodes
    are equal when these are.
    """

    __slots__ = ("_hash", "conjunction", "members", "parts")

    def __init__(self, conjunction: bool, parts: Iterable["Canonical"]) -> None:
        self.conjunction = conjunction
        self.parts = tuple(dict.fromkeys(parts))
        self.members = frozenset(self.parts)
        self._hash = hash((conjunction, self.members))

    def __hash__(self) -> int:
        return self._hash

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
