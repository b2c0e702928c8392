"""A small satisfiability solver for formulas over atoms whose combinations a theory restricts.

Conflict-driven clause learning over the clauses of a formula in negation normal form. When a propositional model is found, the literals that
make the formula true are handed to the theory, which returns either a model of its own or a set of literals that cannot hold together; the latter
becomes a clause. All work is counted in steps, so that a result does not depend on the machine.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from sigma_amsi.proof.budget import Budget

Model = TypeVar("Model")


class Formula:
    """A formula under construction: hash-consed conjunctions and disjunctions over literals.

    An atom is a positive number and its negation the negative one. A node is a number too; only atoms are negated.
    """

    def __init__(self) -> None:
        self.true = 1
        self._next = 2
        self._nodes: dict[tuple[bool, frozenset[int]], int] = {}
        self.parts: dict[int, tuple[bool, tuple[int, ...]]] = {}

    def atom(self) -> int:
        """A new atom."""
        self._next += 1
        return self._next - 1

    def both(self, parts: Iterable[int]) -> int:
        """The conjunction."""
        return self._node(True, parts)

    def either(self, parts: Iterable[int]) -> int:
        """The disjunction."""
        return self._node(False, parts)

    def _node(self, conjunction: bool, parts: Iterable[int]) -> int:
        neutral, absorbing = (self.true, -self.true) if conjunction else (-self.true, self.true)
        members: dict[int, None] = {}
        for part in parts:
            if part == absorbing:
                return absorbing
            inner = self.parts.get(part)
            for each in inner[1] if inner is not None and inner[0] == conjunction else (part,):
                if -each in members:
                    return absorbing
                members[each] = None
        members.pop(neutral, None)
        if len(members) <= 1:
            return next(iter(members), neutral)
        key = (conjunction, frozenset(members))
        if key not in self._nodes:
            self._nodes[key] = self._next
            self.parts[self._next] = (conjunction, tuple(members))
            self._next += 1
        return self._nodes[key]


class Search(Generic[Model]):
    """The search for a model of one formula."""

    def __init__(self, formula: Formula, root: int, theory: "Callable[[Sequence[int]], Model | frozenset[int]]", budget: Budget) -> None:
        self._formula = formula
        self._root = root
        self._theory = theory
        self._budget = budget
        self._value: dict[int, bool] = {}
        self._level: dict[int, int] = {}
        self._reason: dict[int, list[int] | None] = {}
        self._trail: list[int] = []
        self._decisions: list[int] = []
        self._watching: dict[int, list[list[int]]] = {}
        self._head = 0

    def run(self) -> Model | None:
        """A model of the theory that satisfies the formula, or None when there is none. Raises LimitReached when the budget ends first."""
        conflict = self._load()
        while True:
            if conflict is None:
                conflict = self._propagate()
            if conflict is not None:
                if not self._decisions:
                    return None
                conflict = self._learn(conflict)
                continue
            choice = self._undecided(self._root)
            if choice is not None:
                self._decisions.append(len(self._trail))
                self._assign(choice, None)
                continue
            literals = sorted(self._support(), key=abs)
            answer = self._theory(literals)
            if not isinstance(answer, frozenset):
                return answer
            conflict = self._add([-literal for literal in answer])

    def _load(self) -> list[int] | None:
        """Clauses for every node that the root needs: a true conjunction makes its parts true, a true disjunction one of them."""
        self._value[self._formula.true] = True
        self._level[self._formula.true] = 0
        self._reason[self._formula.true] = None
        pending, seen = [self._root], {self._root}
        conflict: list[int] | None = None
        while pending:
            node = pending.pop()
            if node not in self._formula.parts:
                continue
            conjunction, parts = self._formula.parts[node]
            clauses = [[-node, part] for part in parts] if conjunction else [[-node, *parts]]
            for clause in clauses:
                conflict = conflict or self._add(clause)
            pending += [part for part in parts if part not in seen]
            seen.update(parts)
        return conflict or self._add([self._root])

    def _add(self, clause: list[int]) -> list[int] | None:
        """Adds a clause; returns it when it is false now."""
        self._budget.spend(len(clause))
        clause = sorted(clause, key=self._rank, reverse=True)
        if len(clause) > 1:
            for literal in clause[:2]:
                self._watching.setdefault(-literal, []).append(clause)
        first = self._holds(clause[0]) if clause else False
        if first is False:
            return clause
        if first is None and (len(clause) == 1 or self._holds(clause[1]) is False):
            if len(clause) == 1:
                self._backtrack(0)
            self._assign(clause[0], clause)
        return None

    def _rank(self, literal: int) -> int:
        """True literals first, then open ones, then those made false last: the two to watch."""
        holds = self._holds(literal)
        level = self._level.get(abs(literal), 0)
        return 1 << 40 if holds else 1 << 30 if holds is None else level

    def _holds(self, literal: int) -> bool | None:
        value = self._value.get(abs(literal))
        return None if value is None else value == (literal > 0)

    def _assign(self, literal: int, reason: list[int] | None) -> None:
        variable = abs(literal)
        self._value[variable] = literal > 0
        self._level[variable] = len(self._decisions)
        self._reason[variable] = reason
        self._trail.append(literal)

    def _propagate(self) -> list[int] | None:
        while self._head < len(self._trail):
            literal = self._trail[self._head]
            self._head += 1
            watched = self._watching.pop(literal, [])
            self._budget.spend(1 + len(watched))
            for place, clause in enumerate(watched):
                if clause[0] == -literal:
                    clause[0], clause[1] = clause[1], clause[0]
                if self._holds(clause[0]):
                    self._watching.setdefault(literal, []).append(clause)
                    continue
                for index in range(2, len(clause)):
                    if self._holds(clause[index]) is not False:
                        clause[1], clause[index] = clause[index], clause[1]
                        self._watching.setdefault(-clause[1], []).append(clause)
                        break
                else:
                    self._watching.setdefault(literal, []).append(clause)
                    if self._holds(clause[0]) is False:
                        self._watching[literal] += watched[place + 1 :]
                        return clause
                    self._assign(clause[0], clause)
        return None

    def _learn(self, conflict: list[int]) -> list[int] | None:
        """Adds the clause of the first unique implication point, backtracks, and asserts it."""
        level = max((self._level[abs(literal)] for literal in conflict), default=0)
        if level == 0:
            self._decisions.clear()
            return conflict
        self._backtrack(level)
        seen: set[int] = set()
        learned: list[int] = []
        open_literals = 0
        clause: list[int] | None = conflict
        position = len(self._trail)
        while True:
            for literal in clause or ():
                variable = abs(literal)
                if variable in seen or self._level[variable] == 0 or self._holds(literal):
                    continue
                seen.add(variable)
                if self._level[variable] == level:
                    open_literals += 1
                else:
                    learned.append(literal)
            position -= 1
            while abs(self._trail[position]) not in seen:
                position -= 1
            pivot = self._trail[position]
            open_literals -= 1
            if open_literals == 0:
                break
            clause = self._reason[abs(pivot)]
        back = max((self._level[abs(literal)] for literal in learned), default=0)
        self._backtrack(back)
        return self._add([-pivot, *learned])

    def _backtrack(self, level: int) -> None:
        if level >= len(self._decisions):
            return
        keep = self._decisions[level]
        for literal in self._trail[keep:]:
            variable = abs(literal)
            del self._value[variable], self._level[variable], self._reason[variable]
        del self._trail[keep:], self._decisions[level:]
        self._head = min(self._head, keep)

    def _undecided(self, node: int) -> int | None:
        """A literal to decide next so that the node becomes true by the literals below it, or None when it is already."""
        pending, seen = [node], {node}
        while pending:
            current = pending.pop()
            if current not in self._formula.parts:
                if self._holds(current) is None:
                    return current
                continue
            self._budget.spend(1)
            conjunction, parts = self._formula.parts[current]
            if conjunction:
                wanted: tuple[int, ...] = parts
            else:
                chosen = next((part for part in parts if self._holds(part)), None)
                if chosen is None:
                    return next(part for part in parts if self._holds(part) is None)
                wanted = (chosen,)
            for part in wanted:
                if self._holds(part) is None:
                    return part
                if part not in seen:
                    seen.add(part)
                    pending.append(part)
        return None

    def _support(self) -> list[int]:
        """The literals that make the root true: all parts of a conjunction, one true part of a disjunction."""
        pending, seen, literals = [self._root], {self._root}, []
        while pending:
            current = pending.pop()
            if current not in self._formula.parts:
                if abs(current) != self._formula.true:
                    literals.append(current)
                continue
            conjunction, parts = self._formula.parts[current]
            wanted = parts if conjunction else (next(part for part in parts if self._holds(part)),)
            for part in wanted:
                if part not in seen:
                    seen.add(part)
                    pending.append(part)
        return literals
