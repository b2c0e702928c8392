"""Operations on terms carried out before a query is written, as far as they can be.

`where` says an operation on a column well. On the result of another one it says the whole of that two or three times over, and what a
constant or a translation becomes is known beforehand.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from sigma_amsi.characters import fold
from sigma_amsi.predicate.evaluate import term_values
from sigma_amsi.term import Absent, First, Join, Prefix, Term, Text, Values, When, XmlText


def inward(term: Term) -> Term:
    """The term with its outermost operation done on a constant, on each value of a translation, or in the branches of a conditional."""
    match term:
        case First(terms):
            return _first(list(map(inward, terms)))
        case Join(parts):
            return _joined(parts, list(map(inward, parts))) or term
        case Prefix() | Values() | XmlText():
            return _done_on(inward(term.of), term)
    return term


def _done_on(of: Term, term: Prefix | Values | XmlText) -> Term:
    match of:
        case Absent():
            return of
        case Text(value):
            changed = _changed(value, term)
            return Absent() if changed is None else Text(changed)
        case Values(inside, pairs):
            translated: dict[str, tuple[str, str | None]] = {}
            for own, other in pairs:
                translated.setdefault(fold(own), (own, _changed(other, term)))
            left = tuple((own, other) for own, other in translated.values() if other is not None)
            return Values(inside, left) if left else Absent()
        case When(test, then, otherwise):
            return When(test, _done_on(inward(then), term), _done_on(inward(otherwise), term))
    return replace(term, of=of)


def _first(terms: list[Term]) -> Term:
    """The terms up to the first constant, which is always there."""
    kept: list[Term] = []
    for term in terms:
        if not isinstance(term, Absent) and term != Text(""):
            kept.append(term)
        if isinstance(kept[-1] if kept else None, Text):
            break
    if not kept:
        return Absent()
    return kept[0] if isinstance(kept[0], Text) else First(tuple(kept))


def _joined(parts: Sequence[Term], done: Sequence[Term]) -> Text | Absent | None:
    """What the parts make together where they are constants now; absent where none is there of those that could be."""
    if all(isinstance(new, Absent) for old, new in zip(parts, done, strict=True) if not isinstance(old, Text)):
        return Absent()
    constants = [part for part in done if isinstance(part, Text | Absent)]
    return Text("".join(part.value for part in constants if isinstance(part, Text))) if len(constants) == len(done) else None


def _changed(value: str, term: Prefix | Values | XmlText) -> str | None:
    """What the operation makes of the text, None where it has nothing for it."""
    [*values] = term_values(replace(term, of=Text(value)), {})
    return str(values[0]) if values else None
