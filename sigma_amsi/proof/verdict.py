"""Verdicts: what is known about a query and the rule that it should say."""

from collections.abc import Mapping
from typing import ClassVar, TypeAlias

from msgspec import Struct

from sigma_amsi.errors import Problem
from sigma_amsi.predicate.evaluate import Cell


class Witness(Struct, frozen=True):
    """A row on which rule and query differ, replayed through the evaluator on both sides.

    row: column -> value or values; a column that is not listed is absent.
    event: the same as the rule sees it: Sigma field -> value or values.
    table: the table that the row lies in, where queries name one.
    """

    row: Mapping[str, Cell]
    event: Mapping[str, Cell]
    table: str = ""

    def __str__(self) -> str:
        shown = [f"table={self.table}"] if self.table else []
        shown += [f"{name}={_spelled(value)}" for name, value in self.row.items()]
        return " ".join(shown) or "(a row without any of the columns)"


class Obligation(Struct, frozen=True):
    """One of the two things to be shown. It holds when there is neither a witness nor a reason.

    adds: a row that the query matches and must not. misses: a row that it must match and does not. unproved: why it is not settled.
    """

    adds: Witness | None = None
    misses: Witness | None = None
    unproved: str = ""

    @property
    def holds(self) -> bool:
        return self.adds is None and self.misses is None and not self.unproved


class Obligations(Struct, frozen=True):
    """log_source: the query implies the rule's log source. detection: within the log source, it is equivalent to the rule's detection."""

    log_source: Obligation
    detection: Obligation


HELD = Obligations(Obligation(), Obligation())


class Proved(Struct, frozen=True):
    """Equivalent on every row that the official schema allows."""

    name: ClassVar[str] = "proved"
    obligations: Obligations = HELD


class ProvedAssuming(Struct, frozen=True):
    """Equivalent on every row that also satisfies the named vendor or site facts."""

    name: ClassVar[str] = "proved-assuming"
    facts: tuple[str, ...]
    obligations: Obligations = HELD


class Wider(Struct, frozen=True):
    """The query matches everything that the rule matches, and more."""

    name: ClassVar[str] = "wider"
    adds: Witness
    obligations: Obligations


class Narrower(Struct, frozen=True):
    """Everything that the query matches the rule matches too, but the query misses some."""

    name: ClassVar[str] = "narrower"
    misses: Witness
    obligations: Obligations


class Different(Struct, frozen=True):
    """The query misses events and matches others that it must not."""

    name: ClassVar[str] = "different"
    adds: Witness
    misses: Witness
    obligations: Obligations


class Unproved(Struct, frozen=True):
    """Neither a proof nor a witness was found, for the reason given. The obligations say what is settled of each."""

    name: ClassVar[str] = "unproved"
    reason: str
    obligations: Obligations


class Refusal(Struct, frozen=True):
    """There is no query: the target cannot express the rule."""

    name: ClassVar[str] = "refused"
    problem: Problem


Verdict: TypeAlias = Proved | ProvedAssuming | Wider | Narrower | Different | Unproved


def verdict_of(obligations: Obligations, facts: tuple[str, ...]) -> Verdict:
    """The verdict that follows from what was found of both obligations. `facts` are the vendor and site facts that the proof rests on."""
    log_source, detection = obligations.log_source, obligations.detection
    adds = log_source.adds or detection.adds
    misses = detection.misses
    unproved = log_source.unproved or detection.unproved
    if adds is not None and misses is not None:
        return Different(adds, misses, obligations)
    if unproved:
        return Unproved(unproved, obligations)
    if adds is not None:
        return Wider(adds, obligations)
    if misses is not None:
        return Narrower(misses, obligations)
    return ProvedAssuming(facts, obligations) if facts else Proved(obligations)


def _spelled(value: Cell) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_spelled, value)) + "]"
    text = str(value)
    return text if text.isprintable() and " " not in text and text else repr(text)
