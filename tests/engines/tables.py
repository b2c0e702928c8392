"""Asks an engine every case of a table, with as few questions as possible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, get_args

from .answers import Hits, Refused, Rejected
from .cases import FINDS, MISSES, REJECTED, Case, Outcome
from .lucene import Document, FieldType


class Ask(Protocol):
    """Runs queries on documents, as the engines' `run` does."""

    def __call__(
        self, documents: Sequence[Document], field_types: Mapping[str, FieldType], queries: Sequence[str], /
    ) -> Sequence[Hits | Rejected | Refused]: ...


def mistakes(ask: Ask, cases: Iterable[Case], expected: Callable[[Case], Outcome]) -> list[str]:
    """A line for each case that the engine answers otherwise than expected.

    Cases whose documents have the same fields share an index; each is judged by what it says about its own document.
    """
    indexes: defaultdict[tuple[tuple[str, FieldType], ...], list[Case]] = defaultdict(list)
    for case in cases:
        indexes[_types(case)].append(case)
    return [
        f"{answer.value}, not {expected(case).value}: {case}"
        for types, group in indexes.items()
        for case, answer in zip(group, _outcomes(ask, dict(types), group), strict=True)
        if answer is not expected(case)
    ]


def _types(case: Case) -> tuple[tuple[str, FieldType], ...]:
    return tuple((name, _known(case.types.get(name, "exact"))) for name in sorted({"f", *case.document}))


def _known(kind: str) -> FieldType:
    return next(known for known in get_args(FieldType) if known == kind)


def _outcomes(ask: Ask, types: Mapping[str, FieldType], group: Sequence[Case]) -> list[Outcome]:
    answers = ask([case.document for case in group], types, [case.query for case in group])
    return [_outcome(answer, row) for row, answer in enumerate(answers)]


def _outcome(answer: Hits | Rejected | Refused, row: int) -> Outcome:
    match answer:
        case Hits(rows):
            return FINDS if row in rows else MISSES
        case Rejected():
            return REJECTED
        case Refused(reason):
            raise AssertionError(reason)
