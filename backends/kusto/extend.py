"""The columns that a query computes before it tests them: composed terms, and members of dynamic columns that are tested more than once."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, count

from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.pushing import can_be_empty
from sigma_amsi.predicate.reduce import comparisons_of
from sigma_amsi.predicate.tree import AnyField, Exists, Matcher, Predicate, Same, Test
from sigma_amsi.predicate.walk import subterms, terms_of, tests_of
from sigma_amsi.term import Absent, Column, Prefix, Term, Text, Values

from .expressions import Scope, noticed
from .layout import INDENT, WIDTH, Expression, depth, flat, laid_out
from .leaves import Subject
from .text import name

_NEVER_COMPUTED = (Column, Text, Absent, AnyField)


@dataclass(frozen=True, slots=True)
class Extension:
    """The `extend` operators in order, each as (name, expression) pairs, and the scope behind them."""

    stages: tuple[tuple[tuple[str, Expression], ...], ...]
    scope: Scope

    @property
    def depth(self) -> int:
        return max([depth(expression) for stage in self.stages for _, expression in stage], default=0)

    def lines(self) -> list[str]:
        """The operators as text."""
        return [_operator(stage) for stage in self.stages]


def extension(predicate: Predicate, table: Table, names: Mapping[Term, str]) -> Extension:
    """What has to be computed for the predicate. `names` are the Sigma fields that terms stand for: columns are called after them."""
    plan = _Plan(table, names, _tested(predicate))
    for column in _dynamic_members(predicate, table):
        plan.compute(column, plan.free_name(names.get(column, column.name.rsplit(".", 1)[-1])))
    for term in plan.tested:
        plan.add(term)
    return Extension(tuple(map(tuple, plan.stages)), Scope(table, plan.extended))


@dataclass(slots=True)
class _Plan:
    """What is computed so far, and in which of the `extend` operators. One operator does not see the columns that it makes."""

    table: Table
    names: Mapping[Term, str]
    tested: Mapping[Term, list[Matcher]]
    extended: dict[Term, Subject] = field(default_factory=dict)
    stage_of: dict[Term, int] = field(default_factory=dict)
    stages: list[list[tuple[str, Expression]]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def add(self, term: Term) -> None:
        """A tested term, under the name of its field."""
        if term not in self.extended:
            self.compute(term, self.free_name(self.names.get(term, "Value")), guarded=noticed(term, self.tested[term]))

    def compute(self, term: Term, called: str, *, guarded: bool = True) -> None:
        """A term, after the terms that it is computed from."""
        for inner in _needed_first(term):
            if inner in self.tested:
                self.add(inner)
            elif inner not in self.extended:
                # A spelling takes the place of the value that it respells, so both may have one name.
                replaced = isinstance(term, Prefix) and inner == term.of
                self.compute(inner, called if replaced else self.free_name(called), guarded=guarded or not replaced)
        expression, subject = self._computed(term, called, guarded=guarded)
        stage = max([self.stage_of[inner] + 1 for inner in subterms(term) if inner in self.extended], default=0)
        if isinstance(term, Prefix) and self.extended.get(term.of, subject).expression == subject.expression:
            self.extended.pop(term.of, None)  # no longer to be had under this name
        self.extended[term] = subject
        self.stage_of[term] = stage
        self.stages += [[] for _ in range(stage + 1 - len(self.stages))]
        self.stages[stage].append((called, expression))

    def _computed(self, term: Term, called: str, *, guarded: bool) -> tuple[Expression, Subject]:
        scope = Scope(self.table, dict(self.extended))
        number = scope.number(term)
        if number is not None:
            return number, Subject(name(called), "integer", "long")
        test = Test(term, self.tested[term][0]) if term in self.tested else None
        return scope.value(term, test, guarded=guarded), Subject(name(called), may_be_empty=can_be_empty(term, self.table))

    def free_name(self, wanted: str) -> str:
        """A name like the wanted one that no column has: `extend` would replace it."""
        plain = re.sub(r"\W", "_", wanted, flags=re.ASCII)
        numbered = (f"Sigma_{plain}{number or ''}" for number in count())
        taken = {column.split(".")[0] for column in self.table.columns} | self.used
        free = next(each for each in chain([plain], numbered) if each not in taken)
        self.used.add(free)
        return free


def _needed_first(term: Term) -> list[Term]:
    """The composed terms inside that are mentioned several times in the expression, and so have to be columns before."""
    inner = [each for each in subterms(term) if isinstance(each, Prefix | Values) and not isinstance(each.of, Column)]
    # The spelling of a translated value is written into the translation.
    return list(dict.fromkeys(each.of for each in inner if not (isinstance(each, Prefix) and isinstance(each.of, Values))))


def _tested(predicate: Predicate) -> dict[Term, list[Matcher]]:
    """The composed terms of the predicate, in order of first mention, with the tests on them."""
    found: dict[Term, list[Matcher]] = {}
    for test in tests_of(predicate):
        if not isinstance(test.subject, _NEVER_COMPUTED):
            found.setdefault(test.subject, []).append(test.holds)
        if isinstance(test.holds, Same) and not isinstance(test.holds.other, _NEVER_COMPUTED):
            found.setdefault(test.holds.other, []).append(Exists())
    return found


def _dynamic_members(predicate: Predicate, table: Table) -> Iterable[Column]:
    """The members of dynamic columns that are mentioned more than once."""
    if not any(kind.kind == "dynamic" for kind in table.columns.values()):
        return
    terms = Counter([term for test in comparisons_of(predicate) for term in terms_of(test)])
    mentions: Counter[Column] = Counter()
    for term, times in terms.items():
        for column in _mentioned(term):
            mentions[column] += times
    for column, times in mentions.items():
        kind = table.column(column.name)
        if times > 1 and kind is not None and kind.kind == "dynamic":
            yield column


def _mentioned(term: Term) -> Iterable[Column]:
    for each in subterms(term):
        if isinstance(each, Column):
            yield each
        if isinstance(each, Prefix | Values) and isinstance(each.of, Column):
            yield each.of  # once for each pair of the table


def _operator(stage: tuple[tuple[str, Expression], ...]) -> str:
    line = "| extend " + ", ".join(f"{name(called)} = {flat(expression)}" for called, expression in stage)
    if len(line) <= WIDTH:
        return line
    columns = [f"{name(called)} = {laid_out(expression, INDENT if len(stage) == 1 else 2 * INDENT)}" for called, expression in stage]
    if len(columns) == 1:
        return f"| extend {columns[0]}"
    return "| extend\n" + ",\n".join(" " * INDENT + column for column in columns)
