"""What a term can and cannot hold: the texts that it drops, and the only texts that it has."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

from sigma_amsi.pipeline.schema import Table
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText


def dropped_texts(term: Term, table: Table, removed: Sequence[str] = ()) -> Mapping[str, bool]:
    """The values of an event for which the term is absent instead; each with whether the term may hold the text all the same.

    They are the column's `absent_for`, and those that ingestion has `removed` from the event before. A join drops what all its columns drop.
    `First` also drops the empty text; like a conditional, it drops what all its terms drop. A constant and a table of values drop nothing. A
    text that comes out of a respelling may be held all the same.
    """
    return _dropped(term, table, removed) or {}


def only_texts(term: Term, table: Table) -> tuple[str, ...] | None:
    """The only texts that the term can hold, in any case; None where they are not known or without number."""
    match term:
        case Column(name):
            column = table.column(name)
            assert column is not None  # a pipeline has no other columns
            return ("true", "false") if column.kind == "boolean" else column.values
        case Text(value):
            return (value,)
        case Absent():
            return ()
        case First(terms):
            return _all_texts(only_texts(each, table) for each in terms)
        case When(_, then, otherwise):
            return _all_texts((only_texts(then, table), only_texts(otherwise, table)))
        case Values(_, pairs):
            return tuple(dict.fromkeys(other for _, other in pairs))
    return None


def _dropped(term: Term, table: Table, removed: Sequence[str]) -> Mapping[str, bool] | None:
    """None stands for every text: the term is never there."""
    match term:
        case Column(name):
            column = table.column(name)
            assert column is not None  # a pipeline has no other columns
            return dict.fromkeys((*column.absent_for, *removed), False)
        case Absent():
            return None
        case First(terms):
            return {**(_common(_dropped(each, table, removed) for each in terms) or {}), "": False}
        case When(_, then, otherwise):
            return _common((_dropped(then, table, removed), _dropped(otherwise, table, removed)))
        case Join(parts):
            shared = _common(_dropped(part, table, removed) for part in parts if not isinstance(part, Text)) or {}
            # One character cannot be made of two parts that are not empty.
            return {text: held or len(text) > 1 for text, held in shared.items()}
        case Prefix(of, pairs):
            inside = _dropped(of, table, removed) or {}
            return {text: held or any(text.startswith(other) for _, other in pairs) for text, held in inside.items()}
        case XmlText(of):
            inside = _dropped(of, table, removed) or {}
            return {text: held or not {*text}.isdisjoint("&<>") for text, held in inside.items()}
        case NumberText(of):
            inside = _dropped(of, table, removed) or {}
            return {text: held or "0x" in text for text, held in inside.items()}
    return {}


def _common(several: Iterable[Mapping[str, bool] | None]) -> Mapping[str, bool] | None:
    return reduce(_in_both, several, None)


def _in_both(first: Mapping[str, bool] | None, second: Mapping[str, bool] | None) -> Mapping[str, bool] | None:
    if first is None or second is None:
        return second if first is None else first
    return {text: held or second[text] for text, held in first.items() if text in second}


def _all_texts(several: Iterable[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    together: dict[str, None] = {}
    for texts in several:
        if texts is None:
            return None
        together.update(dict.fromkeys(texts))
    return tuple(together)
