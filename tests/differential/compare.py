"""Asks engine and parser the same queries of the same rows, and says where they differ."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from sigma_amsi.backend import Statement
from sigma_amsi.errors import Refused as GeneratorRefused
from sigma_amsi.errors import Unreadable
from sigma_amsi.predicate.evaluate import Record, evaluate
from sigma_amsi.predicate.tree import TRUE, Predicate
from tests.engines.answers import Hits, Refused, Rejected

from .predicates import Predicates
from .subjects import Subject
from .values import Draw, Row

QUERIES = 100
ROWS = 30
"""How many of each are asked at once."""

EDITED = 0.3
"""The share of random texts that are edited character by character, so that the readers' idea of what a word is gets tried."""


class Outcome(Enum):
    """What comes of a query and a row."""

    FINDS = "finds"
    MISSES = "misses"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Question:
    """A query text. `meant` is the predicate that our generator wrote it for."""

    text: str
    meant: Predicate | None = None


@dataclass(frozen=True)
class Disagreement:
    """A query of a row that engine, parser and, where there is one, the predicate that was meant do not answer alike."""

    question: Question
    row: Row
    engine: Outcome
    parser: Outcome
    meant: Outcome | None = None
    reason: str = ""

    @property
    def kind(self) -> tuple[Outcome, Outcome, Outcome | None]:
        """What shrinking keeps."""
        return self.engine, self.parser, self.meant

    def __str__(self) -> str:
        meant = f", meant {self.meant.value}" if self.meant else ""
        predicate = f"\n    for {self.question.meant}" if self.meant else ""
        return f"engine {self.engine.value}, parser {self.parser.value}{meant}: {self.question.text!r}\n    on {dict(self.row)} {self.reason}{predicate}"


@dataclass
class Tally:
    """Figures of a run. A case is one query, asked of all rows of its batch; an answer is a query and a row."""

    cases: int = 0
    answers: int = 0
    found: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    rejected_alike: int = 0


Reading: TypeAlias = Predicate | Unreadable


def differing(subject: Subject, questions: Sequence[Question], rows: Sequence[Row], tally: Tally | None = None) -> Iterator[Disagreement]:
    """Every disagreement. A text that the parser does not read is none, unless it is our generator's."""
    tally = tally or Tally()
    read = {question: reading(subject, question.text) for question in questions}
    for question, unreadable in read.items():
        if isinstance(unreadable, Unreadable) and question.meant is not None:
            yield Disagreement(question, {}, Outcome.FINDS, Outcome.UNREADABLE, Outcome.FINDS, unreadable.problem.message)
    records = [record(row) for row in rows]
    answers = subject.ask(rows, [question.text for question in read])
    for (question, meaning), answer in zip(read.items(), answers, strict=True):
        if isinstance(meaning, Unreadable):
            if isinstance(answer, Rejected):
                tally.rejected_alike += 1
            else:
                tally.unread[_without_places(meaning.problem.message)] += 1
        elif isinstance(answer, Refused):
            tally.unknown[answer.reason] += 1
        elif isinstance(answer, Rejected):
            yield Disagreement(question, {}, Outcome.REJECTED, Outcome.FINDS, reason=answer.reason)
        else:
            tally.cases += 1
            tally.answers += len(rows)
            tally.found += len(answer.rows)
            yield from _differing_rows(question, meaning, answer, rows, records)


def _differing_rows(
    question: Question, meaning: Predicate, answer: Hits, rows: Sequence[Row], records: Sequence[Record]
) -> Iterator[Disagreement]:
    for position, each in enumerate(records):
        engine = _outcome(position in answer.rows)
        parser = _outcome(evaluate(meaning, each))
        meant = _outcome(evaluate(question.meant, each)) if question.meant is not None else None
        if engine is not parser or meant not in (None, engine):
            yield Disagreement(question, rows[position], engine, parser, meant)


def reading(subject: Subject, text: str) -> Reading:
    """What the parser makes of the text."""
    try:
        return subject.backend.parse(text, subject.schema, subject.table).predicate
    except Unreadable as unreadable:
        return unreadable


def record(row: Row) -> Record:
    """The row as predicates are evaluated on it."""
    return {name: tuple(values) for name, values in row.items()}


def batch(subject: Subject, seed: str, tally: Tally) -> tuple[list[Question], list[Row]]:
    """Questions and rows that share a pool of texts: as many of our generator's as of random text."""
    draw = Draw(seed)
    rows = [draw.row(subject.columns) for _ in range(ROWS)]
    predicates = Predicates(draw, subject.columns)
    questions: dict[str, Question] = {}
    for _ in range(QUERIES // 2):
        text = subject.text(draw)
        if draw.chance(EDITED):
            text = draw.edited(text)
        questions[text] = Question(text)
        if (question := _generated(subject, predicates.predicate())) is None:
            tally.refused += 1
        else:
            questions[question.text] = question
    return list(questions.values()), rows


def _generated(subject: Subject, predicate: Predicate) -> Question | None:
    try:
        return Question(subject.backend.generate(Statement(subject.table, TRUE, predicate, subject.schema)), predicate)
    except GeneratorRefused:
        return None


def _without_places(message: str) -> str:
    """The message with its numbers left out, so that alike ones are counted together."""
    return re.sub(r",? ?at character [0-9]+:? ?|character [0-9]+", "", message)


def _outcome(found: bool) -> Outcome:
    return Outcome.FINDS if found else Outcome.MISSES
