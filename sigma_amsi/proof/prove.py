"""The prover: does a query say what a rule says, on every row that the facts allow?

Two obligations: the query implies the rule's log source; within the log source, query and detection are equivalent. The canonical forms of both
sides settle most queries. Where they differ, a solver looks for a row that satisfies one side and not the other: first with composed terms as if they were
columns, then with the terms taken apart. What it finds is replayed through the evaluator on both sides before it counts as a witness.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sigma_amsi.pipeline.schema import Fact, Table
from sigma_amsi.predicate.evaluate import evaluate, term_values
from sigma_amsi.predicate.tree import Predicate, all_of, negation
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.proof.budget import Budget, LimitReached
from sigma_amsi.proof.canonical import Canonical, Node, canonical
from sigma_amsi.proof.encode import Encoder
from sigma_amsi.proof.solver import Search
from sigma_amsi.proof.theory import Assignment, Theory, Unsettled
from sigma_amsi.proof.verdict import HELD, Cell, Obligation, Obligations, Verdict, Witness, verdict_of
from sigma_amsi.term import Column, Term

STEPS = 200_000
"""The budget of one question. More seldom helps: what is not settled by then has languages of so many states that every step is slow."""


@dataclass(frozen=True, slots=True)
class Claim:
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


def prove(claim: Claim) -> Verdict:
    """The verdict on a claim. Never raises for what cannot be settled: that is `Unproved` with its reason."""
    query, where = canonical(claim.query), canonical(claim.where)
    if query == canonical(all_of([claim.where, claim.detection])):
        return verdict_of(HELD, claim.assumed)
    restricted = _conjuncts(where) <= _conjuncts(query)
    outside, added, missed = _questions(claim)
    log_source = Obligation() if restricted else _question(claim, outside, "adds")
    adds, misses = _question(claim, added, "adds"), _question(claim, missed, "misses")
    detection = Obligation(adds.adds, misses.misses, adds.unproved or misses.unproved)
    obligations = Obligations(log_source, detection)
    used = _facts_needed(claim) if log_source.holds and detection.holds else ()
    return verdict_of(obligations, tuple(sorted({*claim.assumed, *used})))


def _questions(claim: Claim) -> tuple[list[Predicate], list[Predicate], list[Predicate]]:
    """What no row may satisfy: query outside the log source; within it, query and no detection, detection and no query."""
    return (
        [claim.query, negation(claim.where)],
        [claim.where, claim.query, negation(claim.detection)],
        [claim.where, claim.detection, negation(claim.query)],
    )


def _question(claim: Claim, parts: list[Predicate], role: str) -> Obligation:
    """Whether some row satisfies all parts: then it is a witness in the given role."""
    try:
        witness = _find(claim, parts)
    except LimitReached as limit:
        return Obligation(unproved=f"limit reached: {limit}")
    except Unsettled as open_question:
        return Obligation(unproved=str(open_question))
    if witness is None:
        return Obligation()
    return Obligation(adds=witness) if role == "adds" else Obligation(misses=witness)


def _find(claim: Claim, parts: list[Predicate]) -> Witness | None:
    """A confirmed row that satisfies all parts and the facts, or None when there is none."""
    budget = Budget(claim.steps)
    known = _relevant(claim.facts, parts)
    for take_apart in (False, True):
        encoder = Encoder(budget, take_apart=take_apart)
        root = encoder.formula.both(encoder.encode(part) for part in [*parts, *known])
        model = Search(encoder.formula, root, Theory(encoder.atoms, claim.table, budget), budget).run()
        if model is None:
            return None
        row = _row(model)
        if all(evaluate(part, row) for part in [*parts, *known]):
            return _witness(claim, _smallest(row, [*parts, *known]))
    raise Unsettled("a row that would show a difference could not be confirmed")


def _relevant(facts: Sequence[Fact], parts: Iterable[Predicate]) -> list[Predicate]:
    """What the facts say of the columns that the question mentions."""
    mentioned = {name for part in parts for name in columns_of(part)}
    return [fact.holds for fact in facts if fact.holds is not None and not mentioned.isdisjoint(columns_of(fact.holds))]


def _row(model: Assignment) -> dict[str, Cell]:
    """The row of a model: the values of its columns. What it says of composed terms is left to the replay."""
    return {
        subject.name: values[0] if len(values) == 1 else values for subject, values in model.values.items() if isinstance(subject, Column)
    }


def _smallest(row: dict[str, Cell], parts: Sequence[Predicate]) -> dict[str, Cell]:
    """The row without the columns that the difference does not need."""
    needed = dict(row)
    for name in row:
        less = {other: value for other, value in needed.items() if other != name}
        if all(evaluate(part, less) for part in parts):
            needed = less
    return needed


def _witness(claim: Claim, row: Mapping[str, Cell]) -> Witness:
    event: dict[str, Cell] = {}
    for name, term in claim.fields.items():
        values = term_values(term, row)
        if values:
            event[name] = values[0] if len(values) == 1 else values
    return Witness(row, event, claim.table.name)


def _facts_needed(claim: Claim) -> tuple[str, ...]:
    """The vendor and site facts without which the proof does not go through."""
    official = tuple(fact for fact in claim.facts if fact.basis == "official")
    candidates = [fact for fact in claim.facts if fact.basis != "official" and fact.holds is not None]
    if not candidates or _proved(replace(claim, facts=official)):
        return ()
    needed = candidates
    for fact in candidates:
        fewer = [other for other in needed if other is not fact]
        if _proved(replace(claim, facts=(*official, *fewer))):
            needed = fewer
    return tuple(fact.name for fact in needed)


def _proved(claim: Claim) -> bool:
    return all(_question(claim, parts, "adds").holds for parts in _questions(claim))


def _conjuncts(form: Canonical) -> frozenset[Canonical]:
    return form.parts if isinstance(form, Node) and form.conjunction else frozenset([form])
