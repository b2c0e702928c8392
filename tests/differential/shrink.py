"""Makes a disagreement as small as it can be: less of the query's text, or of the predicate that it was written for, and less of the row."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from sigma_amsi.backend import Statement
from sigma_amsi.errors import Refused
from sigma_amsi.predicate.tree import TRUE, And, Not, Or, Predicate

from .compare import Disagreement, Question, differing
from .explained import explanation
from .subjects import Subject
from .values import Row

_AT_ONCE = 20
_PLAIN = "a"
_MEANINGFUL = ("integer", "boolean", "address", "time")
"""Kinds of columns whose values are no texts to cut."""


def shrunk(subject: Subject, found: Disagreement) -> Disagreement:
    """The smallest that was found of the same kind and equally unexplained."""
    while True:
        smaller = _with_less_row(subject, found)
        smaller = _with_less_text(subject, smaller) if found.question.meant is None else _with_less_meant(subject, smaller)
        if smaller == found:
            return found
        found = smaller


def _with_less_text(subject: Subject, found: Disagreement) -> Disagreement:
    """Without one stretch after the other, of half the text at first, of a single character in the end."""
    length = len(found.question.text) // 2
    while length:
        start = 0
        while start < len(found.question.text):
            text = found.question.text
            starts = range(start, len(text), max(1, length))[:_AT_ONCE]
            smaller = _first_alike(subject, found, [Question(text[:at] + text[at + length :]) for at in starts], [found.row])
            if smaller is None:
                start = starts[-1] + length
            else:
                found, start = smaller, next(at for at in starts if text[:at] + text[at + length :] == smaller.question.text)
        length //= 2
    return found


def _with_less_meant(subject: Subject, found: Disagreement) -> Disagreement:
    assert found.question.meant is not None
    questions = [Question(text, predicate) for predicate in _smaller(found.question.meant) if (text := _written(subject, predicate))]
    smaller = _first_alike(subject, found, questions, [found.row])
    return found if smaller is None else _with_less_meant(subject, smaller)


def _with_less_row(subject: Subject, found: Disagreement) -> Disagreement:
    smaller = _first_alike(subject, found, [found.question], list(_smaller_rows(subject, found.row)))
    return found if smaller is None else _with_less_row(subject, smaller)


def _first_alike(subject: Subject, found: Disagreement, questions: Sequence[Question], rows: Sequence[Row]) -> Disagreement | None:
    """A few are asked at once: mostly one of the first will do."""
    for start in range(0, len(questions), _AT_ONCE):
        for each in differing(subject, questions[start : start + _AT_ONCE], rows) if rows else ():
            if each.kind == found.kind and not explanation(subject, each):
                return each
    return None


def _smaller_rows(subject: Subject, row: Row) -> Iterator[Row]:
    for name, values in row.items():
        yield {other: kept for other, kept in row.items() if other != name}
        column = subject.table.columns[name]
        for position, value in enumerate(values):
            others = [*values[:position]], [*values[position + 1 :]]
            if len(values) > 1:
                yield {**row, name: [*others[0], *others[1]]}
            if column.kind not in _MEANINGFUL and column.values is None:
                kept = (shorter for shorter in _shorter(value) if shorter not in column.absent_for)
                yield from ({**row, name: [*others[0], shorter, *others[1]]} for shorter in kept)


def _shorter(value: str) -> Iterator[str]:
    """The text without a stretch of it, long ones first, and with a plain letter for another character."""
    length = len(value)
    while length:
        for start in range(0, len(value) - length + 1, length):
            yield value[:start] + value[start + length :]
        length //= 2
    yield from (value[:at] + _PLAIN + value[at + 1 :] for at, character in enumerate(value) if not character.isalpha() or character > "z")


def _smaller(predicate: Predicate) -> Iterator[Predicate]:
    match predicate:
        case Not(part):
            yield part
            yield from (Not(smaller) for smaller in _smaller(part))
        case And(parts) | Or(parts):
            yield from parts
            for position, part in enumerate(parts):
                if len(parts) > 1:
                    yield replace(predicate, parts=(*parts[:position], *parts[position + 1 :]))
                yield from (replace(predicate, parts=(*parts[:position], smaller, *parts[position + 1 :])) for smaller in _smaller(part))


def _written(subject: Subject, predicate: Predicate) -> str | None:
    try:
        return subject.backend.generate(Statement(subject.table, TRUE, predicate, subject.schema))
    except Refused:
        return None
