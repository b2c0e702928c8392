"""Rows fit to read: the least of a row that still shows a difference, its texts spelled as the rule and the query spell them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from sigma_amsi.characters import fold
from sigma_amsi.predicate.evaluate import Cell, Scalar, evaluate
from sigma_amsi.predicate.tree import Matches, Predicate
from sigma_amsi.predicate.walk import columns_of, subterms, terms_of, tests_of
from sigma_amsi.term import When

Row: TypeAlias = Mapping[str, Cell]


def readable(row: Row, parts: Sequence[Predicate], order: Sequence[Predicate]) -> dict[str, Cell]:
    """A row that satisfies all parts as this one does: without columns and values that are not needed, spelled as the predicates spell them.

    order: the predicates in whose order of mention the columns are shown.
    """

    def satisfies(other: Row) -> bool:
        return all(evaluate(part, other) for part in parts)

    least = _least(row, satisfies)
    spellings = _spellings(order)
    for name, value in least.items():
        spelled = {**least, name: _each(value, partial(_respelled, spellings=spellings.get(name, ())))}
        if spelled[name] != value and satisfies(spelled):
            least = spelled
    names = dict.fromkeys(name for predicate in order for name in columns_of(predicate))
    return {name: least[name] for name in (*names, *(name for name in least if name not in names)) if name in least}


def _least(row: Row, satisfies: Callable[[Row], bool]) -> dict[str, Cell]:
    """The row without the columns, and without those of several values, that it need not have."""
    least = dict(row)
    for name in row:
        less = {other: value for other, value in least.items() if other != name}
        if satisfies(less):
            least = less
            continue
        values = least[name]
        for value in values if isinstance(values, tuple) else ():
            kept = least[name]
            assert isinstance(kept, tuple)
            fewer = {**least, name: tuple(other for other in kept if other != value)}
            if len(kept) > 1 and satisfies(fewer):
                least = fewer
    return {name: value[0] if isinstance(value, tuple) and len(value) == 1 else value for name, value in least.items()}


def _spellings(predicates: Iterable[Predicate]) -> dict[str, list[str]]:
    """For each column the texts that tests on it look for, the longest first."""
    found: dict[str, dict[str, None]] = {}
    waiting = list(predicates)
    while waiting:
        for test in tests_of(waiting.pop(0)):
            waiting += [inner.test for term in terms_of(test) for inner in subterms(term) if isinstance(inner, When)]
            if isinstance(test.holds, Matches):
                texts = [token for token in test.holds.pattern.tokens if isinstance(token, str) and len(token) > 1]
                for name in columns_of(test):
                    found.setdefault(name, {}).update(dict.fromkeys(texts))
    return {name: sorted(texts, key=len, reverse=True) for name, texts in found.items()}


def _respelled(text: str, spellings: Iterable[str]) -> str:
    """The text with those parts of it that are a spelling in another case spelled so; what is spelled once stays."""
    folded, done = fold(text), [False] * len(text)
    for spelling in spellings:
        place = folded.find(fold(spelling))
        while place >= 0:
            end = place + len(spelling)
            if not any(done[place:end]):
                text = text[:place] + spelling + text[end:]
                done[place:end] = [True] * len(spelling)
            place = folded.find(fold(spelling), place + 1)
    return text


def _each(value: Cell, change: Callable[[str], str]) -> Cell:
    def changed(one: Scalar) -> Scalar:
        return change(one) if isinstance(one, str) else one

    return tuple(map(changed, value)) if isinstance(value, tuple) else changed(value)
