"""Settles a mutant: the verdict on it, and whether the verdict stands up to somebody else's look."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, TypeAlias

from sigma_amsi.errors import Unreadable
from sigma_amsi.predicate.tree import FALSE, TRUE, Predicate, all_of
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.proof.prove import Claim, prove
from sigma_amsi.proof.verdict import Proved, ProvedAssuming, Unproved, Verdict
from sigma_amsi.rule import Rule
from sigma_amsi.targets import Target

from . import engines, opinion
from .opinion import NoOpinion, Row
from .rows import boundary_rows, column_type, fits
from .texts import Mutant, mutants

ROWS = 1000
"""Boundary rows that a mutant which is proved equal has to survive."""
ENGINE_ROWS = 40
"""Those of them that a real engine looks at, too."""

Outcome: TypeAlias = Literal["refuted", "equal", "unreadable", "unproved", "wrong"]


@dataclass(frozen=True, slots=True)
class Settled:
    """A mutant and what came of it. `wrong` is a bug of ours, which `reason` describes. engine: whether a real engine agrees."""

    mutant: Mutant
    outcome: Outcome
    reason: str = ""
    engine: bool = False


class Case:
    """A rule on a target: its proved query, to be changed. Raises Refused for a rule that the target refuses.

    engine: ask a real engine as well, where one runs the language.
    """

    def __init__(self, target: Target, rule: Rule, chance: Random, *, engine: bool = False) -> None:
        self.target, self.rule, self._chance = target, rule, chance
        self._engine = engine and engines.runs(target.backend.name)
        self.query = target.convert(rule)
        self.meaning = target.meaning(rule)
        self.means = all_of([self.meaning.where, self.meaning.detection])
        self._facts = [fact.holds for fact in self.meaning.facts if fact.holds is not None]
        self._seeds = list(self._found_rows())

    def settled(self, count: int) -> Iterator[Settled]:
        """Mutants of the query, each settled."""
        columns = list(dict.fromkeys(name for names in self.query.fields.values() for name in names))
        for mutant in mutants(self.query.text, self.target.backend.name, columns, self._chance, count):
            yield self.settle(mutant)

    def settle(self, mutant: Mutant) -> Settled:
        """The verdict on one mutant, looked at once more."""
        try:
            reading = self.target.read(mutant.text, self.meaning.table)
        except Unreadable as unreadable:
            return Settled(mutant, "unreadable", unreadable.problem.message)
        verdict = prove(self.meaning.claim(reading))
        try:
            if isinstance(verdict, Proved | ProvedAssuming):
                return self._survives(mutant, reading)
            return self._confirmed(mutant, reading, verdict)
        except NoOpinion as unknown:
            return Settled(mutant, "unproved", f"not evaluated: {unknown}")

    def differing_row(self, reading: Predicate) -> Row | None:
        """A boundary row on which a reading and the rule differ, if one is met."""
        return next((row for row in self._rows(reading) if opinion.holds(self.means, row) != opinion.holds(reading, row)), None)

    def _rows(self, reading: Predicate) -> list[Row]:
        return list(boundary_rows([self.means, reading], self._facts, self.meaning.table, self._seeds, self._chance, ROWS))

    def _survives(self, mutant: Mutant, reading: Predicate) -> Settled:
        row = self.differing_row(reading)
        if row is not None:
            return Settled(mutant, "wrong", f"proved equal, and differs on {row}")
        return self._with_engine(Settled(mutant, "equal"), reading, self._rows(reading)[:ENGINE_ROWS] if self._engine else [])

    def _confirmed(self, mutant: Mutant, reading: Predicate, verdict: Verdict) -> Settled:
        obligations = verdict.obligations
        added = [witness for witness in (obligations.log_source.adds, obligations.detection.adds) if witness]
        missed = [witness for witness in (obligations.detection.misses,) if witness]
        for witness in (*added, *missed):
            if (opinion.holds(reading, witness.row), opinion.holds(self.means, witness.row)) != (witness in added, witness in missed):
                return Settled(mutant, "wrong", f"the witness is none: {witness}")
            if not self._is_possible(witness.row):
                return Settled(mutant, "wrong", f"the witness is against the schema or its facts: {witness}")
        if isinstance(verdict, Unproved):
            return Settled(mutant, "unproved", verdict.reason)
        return self._with_engine(Settled(mutant, "refuted", verdict.name), reading, [witness.row for witness in (*added, *missed)])

    def _is_possible(self, row: Row) -> bool:
        cells = [(name, each) for name, cell in row.items() for each in (cell if isinstance(cell, tuple) else (cell,))]
        return all(fits(str(each), column_type(self.meaning.table, name)) for name, each in cells) and all(
            opinion.holds(fact, row) for fact in self._facts
        )

    def _with_engine(self, settled: Settled, reading: Predicate, rows: list[Row]) -> Settled:
        """What an engine says of query and mutant: the same of all rows where they are equal, another thing of every witness."""
        if not self._engine:
            return settled
        columns = sorted({*columns_of(reading), *columns_of(self.means), *(name for row in rows for name in row)})
        texts = [self.query.text, settled.mutant.text]
        mine, other = engines.answers(self.target.backend.name, self.meaning.table, columns, rows, texts)
        if mine is None or other is None:
            return settled
        differ = [one != two for one, two in zip(mine, other, strict=True)]
        if any(differ) if settled.outcome == "equal" else not all(differ):
            return Settled(
                settled.mutant,
                "wrong",
                f"{settled.outcome}, and the engine says otherwise: {rows[differ.index(settled.outcome == 'equal')]}",
            )
        return replace(settled, engine=True)

    def _found_rows(self) -> Iterator[Row]:
        """A row that the rule matches, and one that it does not."""
        for query in (FALSE, TRUE):
            claim: Claim = self.meaning.claim(query)
            obligations = prove(claim).obligations
            for witness in (obligations.detection.misses, obligations.detection.adds, obligations.log_source.adds):
                if witness is not None:
                    yield witness.row
