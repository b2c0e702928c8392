"""Walks over predicates and terms: what they mention, and the same tree with other tests in it."""

from collections.abc import Callable, Iterator

from sigma_amsi.predicate.tree import And, AnyField, Not, Or, Predicate, Same, Test
from sigma_amsi.term import Column, Field, First, Join, NumberText, Prefix, Term, Values, When, XmlText


def tests_of(predicate: Predicate) -> Iterator[Test]:
    """The tests of the predicate, in order, each as often as it stands there; not those inside terms."""
    waiting = [predicate]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Test):
            yield part
        elif isinstance(part, Not):
            waiting.append(part.part)
        else:
            waiting.extend(reversed(part.parts))


def map_tests(predicate: Predicate, change: Callable[[Test], Predicate]) -> Predicate:
    """The predicate with every test changed. Its structure stays as it is: nothing is simplified."""
    if isinstance(predicate, Test):
        return change(predicate)
    if isinstance(predicate, Not):
        return Not(map_tests(predicate.part, change))
    parts = []
    for part in predicate.parts:  # a comprehension would cost a second stack frame for every level
        parts.append(map_tests(part, change))
    return And(tuple(parts)) if isinstance(predicate, And) else Or(tuple(parts))


def terms_of(test: Test) -> tuple[Term, ...]:
    """The terms that the test looks at: its subject, and what it is compared with."""
    subject = () if isinstance(test.subject, AnyField) else (test.subject,)
    return (*subject, test.holds.other) if isinstance(test.holds, Same) else subject


def subterms(term: Term) -> Iterator[Term]:
    """The term itself and every term inside it, also those in the conditions of a conditional; outer before inner, in order."""
    waiting = [term]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(_inside(part)))


def columns_of(what: Term | Predicate) -> tuple[str, ...]:
    """The names of the columns that a term or predicate reads, in order of first mention."""
    return tuple(dict.fromkeys(part.name for part in _all_terms(what) if isinstance(part, Column)))


def fields_of(what: Term | Predicate) -> tuple[str, ...]:
    """The names of the Sigma fields that a term or predicate mentions, in order of first mention."""
    return tuple(dict.fromkeys(part.name for part in _all_terms(what) if isinstance(part, Field)))


def _all_terms(what: Term | Predicate) -> Iterator[Term]:
    if not isinstance(what, And | Or | Not | Test):
        yield from subterms(what)
        return
    for test in tests_of(what):
        for term in terms_of(test):
            yield from subterms(term)


def _inside(term: Term) -> tuple[Term, ...]:
    match term:
        case Join(parts) | First(parts):
            return parts
        case When(test, then, otherwise):
            return (*(each for leaf in tests_of(test) for each in terms_of(leaf)), then, otherwise)
        case Prefix(of) | Values(of) | XmlText(of) | NumberText(of):
            return (of,)
    return ()
