"""The prover: does a query say what a rule says, on every row that the facts allow?

Two obligations: the query implies the rule's log source; within the log source, query and detection are equivalent. Most queries are the rule word for
word, and the canonical forms of both sides settle most others. Where these differ, a solver looks for a row that satisfies one side and not the other:
first with joins as if they were columns, then with joins taken apart. What it finds is replayed through the evaluator on both sides before it counts as
a witness.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from sigma_amsi.pipeline.schema import Fact, Table
from sigma_amsi.predicate.evaluate import Cell, evaluate, term_values
from sigma_amsi.predicate.tree import Predicate, all_of, negation
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.proof.alike import are_alike
from sigma_amsi.proof.budget import Budget, LimitReached
from sigma_amsi.proof.canonical import canonical
from sigma_amsi.proof.context import in_context, knowing
from sigma_amsi.proof.encode import Encoder
from sigma_amsi.proof.forms import Canonical, joined, negated, parts_of
from sigma_amsi.proof.joins import has_joins, split_joins
from sigma_amsi.proof.shapes import as_written, has_shapes
from sigma_amsi.proof.solver import Search
from sigma_amsi.proof.theory import Assignment, Theory, Unsettled
from sigma_amsi.proof.verdict import HELD, Obligation, Obligations, Verdict, Witness, verdict_of
from sigma_amsi.proof.witnesses import readable
from sigma_amsi.term import Column, Prefix, Term

STEPS = 200_000
"""The budget of one question. More seldom helps: what is not settled by then has languages of so many states that every step is slow."""


FEW_STEPS = 250
"""The budget of the question whether a proof that rests on a fact goes through without it. Where it does, that is mostly seen at once."""


class Claim(Struct, frozen=True):
    """That a query says the rows of `table` that satisfy `where` and `detection`.

    query: the reading of the query's text. fields: Sigma field -> its term, to show a witness as an event. facts: those that may be used; official ones
    are not named in a verdict. assumed: names of facts that the terms themselves rest on.
    """

    query: Predicate
    where: Predicate
    detection: Predicate
    table: Table
    fields: Mapping[str, Term]
    facts: tuple[Fact, ...] = ()
    assumed: tuple[str, ...] = ()
    steps: int = STEPS


class Proof(Struct, frozen=True):
    """A verdict and the steps that it took. A claim that canonical forms settle takes none."""

    verdict: Verdict
    steps: int


def prove(claim: Claim) -> Verdict:
    """The verdict on a claim. Never raises for what cannot be settled: that is `Unproved` with its reason."""
    return proof(claim).verdict


def proof(claim: Claim) -> Proof:
    """The verdict on a claim, with what it cost."""
    if are_alike(claim.query, all_of([claim.where, claim.detection])):
        return Proof(verdict_of(HELD, claim.assumed), 0)
    query, where, detection = (canonical(part, claim.table) for part in (claim.query, claim.where, claim.detection))
    used = _used_by_forms(claim, query, joined(True, [where, detection]))
    if used == ():
        return Proof(verdict_of(HELD, claim.assumed), 0)
    outside, added, missed = questions = _questions(claim, query, where, detection)
    if used:
        judge = _Judge(replace(claim, steps=FEW_STEPS))
        needed = () if judge.all_hold(questions, frozenset(used)) else used
        return Proof(verdict_of(HELD, tuple(sorted({*claim.assumed, *needed}))), judge.spent)
    judge = _Judge(claim)
    log_source = judge.obligation(outside)
    adds, misses = judge.obligation(added), judge.obligation(missed, misses=True)
    obligations = Obligations(log_source, Obligation(adds.adds, misses.misses, adds.unproved or misses.unproved))
    needed = judge.needed(questions) if log_source.holds and obligations.detection.holds else ()
    return Proof(verdict_of(obligations, tuple(sorted({*claim.assumed, *needed}))), judge.spent)


# -- Canonical forms ---------------------------------------------------------------------------------------------------------------------


def _used_by_forms(claim: Claim, query: Canonical, rule: Canonical) -> tuple[str, ...] | None:
    """The facts that make the canonical forms of both sides the same, none where they are anyway; None where they stay different."""
    table = claim.table
    if query == rule or in_context(query, table) == in_context(rule, table):
        return ()
    if has_joins(rule) and not has_joins(query):
        query, rule = split_joins(query, table), split_joins(rule, table)
        if in_context(query, table) == in_context(rule, table):
            return ()
    facts = _relevant(claim.facts, [claim.query, claim.where, claim.detection], frozenset())
    said = {fact: canonical(fact.holds, table) for fact in facts if fact.holds is not None}
    if not said and not has_shapes(table):
        return None

    def same(without: frozenset[str]) -> frozenset[str] | None:
        """The facts that were used, when the forms are the same; None when they are not."""
        known = knowing((form for fact, form in said.items() if fact.name not in without), table)
        (one, shaping), (other, also) = as_written(query, table, without), as_written(rule, table, without)
        if in_context(one, table, known) != in_context(other, table, known):
            return None
        return frozenset({*shaping, *also, *(fact.name for fact in said if fact.basis != "official" and fact.name not in without)})

    used = same(frozenset())
    if used is None:
        return None
    without: frozenset[str] = frozenset()
    for name in sorted(used):
        fewer = same(without | {name})
        if fewer is not None:
            used, without = fewer, without | {name}
    return tuple(sorted(used))


# -- Questions ---------------------------------------------------------------------------------------------------------------------------


class _Question(Struct, frozen=True):
    """Whether some row satisfies all parts; in canonical form that is `form` and what both sides share."""

    parts: list[Predicate]
    shared: tuple[Canonical, ...]
    form: Canonical


def _questions(claim: Claim, query: Canonical, where: Canonical, detection: Canonical) -> tuple[_Question, _Question, _Question]:
    """What no row may satisfy: query outside the log source; within it, query and no detection, detection and no query."""
    of_query, of_detection = parts_of(query), parts_of(detection)
    shared = tuple(part for part in of_detection if part in of_query)
    less, fewer = (joined(True, [part for part in parts if part not in shared]) for parts in (of_query, of_detection))
    return (
        _Question([claim.query, negation(claim.where)], (), joined(True, [query, negated(where)])),
        _Question([claim.where, claim.query, negation(claim.detection)], shared, joined(True, [where, less, negated(fewer)])),
        _Question([claim.where, claim.detection, negation(claim.query)], shared, joined(True, [where, fewer, negated(less)])),
    )


class _Judge(Struct):
    """Answers questions about one claim. used: the vendor and site facts that some refutation may have rested on. spent: the steps so far."""

    claim: Claim
    used: set[str] = field(default_factory=set)
    spent: int = 0

    def obligation(self, question: _Question, *, misses: bool = False) -> Obligation:
        """What is found of a question: a witness in its role, or why there is no answer."""
        try:
            row = self._row(question, frozenset())
        except LimitReached as limit:
            return Obligation(unproved=f"limit reached: {limit}")
        except Unsettled as open_question:
            return Obligation(unproved=str(open_question))
        if row is None:
            return Obligation()
        witness = _witness(self.claim, row)
        return Obligation(misses=witness) if misses else Obligation(adds=witness)

    def needed(self, questions: Sequence[_Question]) -> tuple[str, ...]:
        """Of the facts that were used those without which the proof does not go through."""
        candidates = frozenset(self.used)
        if not candidates or self.all_hold(questions, candidates):
            return ()
        needed = candidates
        for name in sorted(candidates):
            if len(needed) > 1 and self.all_hold(questions, candidates - needed | {name}):
                needed -= {name}
        return tuple(sorted(needed))

    def all_hold(self, questions: Sequence[_Question], without: frozenset[str]) -> bool:
        """Whether it is shown that no row satisfies any of the questions, without the use of some facts."""
        try:
            return all(self._row(question, without) is None for question in questions)
        except (LimitReached, Unsettled):
            return False

    def _row(self, question: _Question, without: frozenset[str]) -> dict[str, Cell] | None:
        """A confirmed row that satisfies all parts and the facts, or None when there is none."""
        facts = _relevant(self.claim.facts, question.parts, without)
        said = [fact.holds for fact in facts if fact.holds is not None]
        given = [canonical(holds, self.claim.table) for holds in said]
        parts = [*question.parts, *said]
        budget = Budget(self.claim.steps)
        try:
            # What both sides share has mostly no say in where they differ.
            for forms in ([question.form], [question.form, *question.shared]) if question.shared else ([question.form],):
                for apart in (False, True) if any(map(has_joins, forms)) else (False,):
                    model = self._model(joined(True, [*forms, *given]), budget, without, apart=apart)
                    if model is None:
                        self.used |= {fact.name for fact in facts if fact.basis != "official"}
                        return None
                    row = _row_of(model)
                    if all(evaluate(part, row) for part in parts):
                        return readable(row, parts, [self.claim.where, self.claim.detection, self.claim.query])
        finally:
            self.spent += self.claim.steps - max(budget.steps, 0)
        raise Unsettled("a row that would show a difference could not be confirmed")

    def _model(self, form: Canonical, budget: Budget, without: frozenset[str], *, apart: bool) -> Assignment | None:
        """Values that satisfy the form, or None when there are none; `apart`: with joins taken apart."""
        table = self.claim.table
        form, shaping = as_written(form, table, without)
        asked = in_context(split_joins(form, table) if apart else form, table)
        encoder = Encoder(table, budget, joins_apart=apart)
        root = encoder.encode(asked)
        theory = Theory(encoder.atoms, table, budget, without)
        model = Search(encoder.formula, root, theory, budget).run()
        if model is None:
            self.used |= theory.used | shaping
        return model


def _relevant(facts: Sequence[Fact], parts: Iterable[Predicate], without: frozenset[str]) -> list[Fact]:
    """The facts that say something of the columns that the question mentions."""
    if not facts:
        return []
    mentioned = {name for part in parts for name in columns_of(part)}
    return [
        fact for fact in facts if fact.holds is not None and fact.name not in without and not mentioned.isdisjoint(columns_of(fact.holds))
    ]


def _row_of(model: Assignment) -> dict[str, Cell]:
    """The row of a model: the values of its columns, and of prefixes of columns, as if nothing were respelled. The replay says whether they do."""
    columns = {subject.name: values for subject, values in model.values.items() if isinstance(subject, Column)}
    respelled = {
        subject.of.name: values
        for subject, values in model.values.items()
        if isinstance(subject, Prefix) and isinstance(subject.of, Column)
    }
    return {name: values[0] if len(values) == 1 else values for name, values in {**respelled, **columns}.items()}


def _witness(claim: Claim, row: Mapping[str, Cell]) -> Witness:
    event: dict[str, Cell] = {}
    for name, term in claim.fields.items():
        values = term_values(term, row)
        if values:
            event[name] = values[0] if len(values) == 1 else values
    return Witness(row, event, claim.table.name)
