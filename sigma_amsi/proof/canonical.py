"""The canonical form of predicates: most proofs end here, because both sides are the same once spelling is out of the way.

Canonical are: negation stands at the leaves; conjunctions and disjunctions are flat sets; a regular expression that is a few patterns is written as
those, and what has no letters compares without case; conditionals, choices and tables of values are taken apart by cases; a term is rid of what its test
cannot notice. `context` then takes out what the rest of the predicate already decides.
"""

from collections.abc import Sequence
from functools import lru_cache

from msgspec.structs import replace

from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, exactly
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.evaluate import passes
from sigma_amsi.predicate.tree import And, AnyField, Empty, Exists, Matcher, Matches, Not, Null, Predicate, Regex, Same, Test
from sigma_amsi.proof.forms import FALSE, TRUE, Canonical, Leaf, Node, joined, negated
from sigma_amsi.proof.patterns import canonical_pattern, canonical_regex, patterns_of, spellings
from sigma_amsi.proof.presence import without_presence
from sigma_amsi.proof.switch import NO_TEXT, Texts
from sigma_amsi.proof.terms import (
    canonical_term,
    first_listed,
    is_clear_of_entities,
    is_never_empty,
    is_single,
    numbers_spelled,
    without_what_no_test_notices,
)
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText


def canonical(predicate: Predicate, table: Table | None = None, positive: bool = True) -> Canonical:
    """The canonical form of the predicate, or of its negation, on the rows of a table; without one, of any."""
    if isinstance(predicate, Test):
        holds = predicate.holds
        if isinstance(holds, Matches):
            form = _matches(predicate.subject, holds.pattern, holds.cased, table)
        else:
            form = _test(predicate, table)
        return form if positive else negated(form)
    if isinstance(predicate, Not):
        return canonical(predicate.part, table, not positive)
    return joined(isinstance(predicate, And) == positive, [canonical(part, table, positive) for part in predicate.parts])


@lru_cache(maxsize=1024)
def _test(test: Test, table: Table | None) -> Canonical:
    """Any test but for a pattern."""
    holds = test.holds
    match holds:
        case Regex(tree, cased):
            patterns = patterns_of(tree)
            if patterns is not None:
                return joined(False, [_matches(test.subject, pattern, cased, table) for pattern in patterns])
            holds = canonical_regex(tree, cased)
        case Same(other) if not isinstance(test.subject, AnyField):
            return _same(canonical_term(test.subject), canonical_term(other), holds, table)
        case Empty():
            holds = Matches(exactly(""))
        case Exists() if not isinstance(test.subject, AnyField):
            return negated(_ask(test.subject, Null(), table))
    return _ask(test.subject, holds, table)


def _same(subject: Term, other: Term, holds: Same, table: Table | None) -> Canonical:
    """A comparison of two terms, by the cases of both; that both are present is said beside it."""
    if isinstance(other, When) or isinstance(subject, When):
        term = other if isinstance(other, When) else subject
        assert isinstance(term, When)

        def case(branch: Term) -> Canonical:
            return _same(subject, branch, holds, table) if term is other else _same(branch, other, holds, table)

        return _by_condition(term, case(term.then), case(term.otherwise), table)
    if isinstance(subject, Absent) or isinstance(other, Absent):
        return FALSE
    if isinstance(subject, Text) and holds.how == "equals":
        subject, other = other, subject
    if isinstance(other, Text):
        before, after = (
            () if holds.how in ("equals", "startswith") else (ANY_MANY,),
            () if holds.how in ("equals", "endswith") else (ANY_MANY,),
        )
        return _matches(subject, Pattern.of(*before, other.value, *after), holds.cased, table)
    if holds.how == "equals" and repr(other) < repr(subject):
        subject, other = other, subject
    present = [negated(on_term(term, Null(), table)) for term in (subject, other)]
    return joined(True, [Leaf(Test(subject, replace(holds, other=other)), True), *present])


def _by_condition(term: When, then: Canonical, otherwise: Canonical, table: Table | None) -> Canonical:
    return joined(False, [joined(True, [canonical(term.test, table), then]), joined(True, [canonical(term.test, table, False), otherwise])])


def _on_cases(cases: tuple[tuple[Texts, Term], ...], holds: Matcher, table: Table | None) -> Canonical:
    """Each thing that holds in some of the cases, said once under all of these."""
    found: dict[Canonical, Texts] = {}
    for texts, branch in cases:
        form = on_term(branch, holds, table)
        for part in form.parts if isinstance(form, Node) and not form.conjunction else (form,):
            found[part] = found.get(part, NO_TEXT) | texts
    return joined(False, [joined(True, [_held(texts), part]) for part, texts in found.items()])


def _held(texts: Texts) -> Canonical:
    return joined(texts.others, [Leaf(test, not texts.others) for test in sorted(texts.tests, key=repr)])


@lru_cache(maxsize=1024)
def _cases_of(term: Term, table: Table | None) -> tuple[tuple[Texts, Term], ...]:
    """The cases of conditionals that ask which text one column holds, a single one; none where they ask something else."""
    cases: list[tuple[Texts, Term]] = []
    rest = Texts(frozenset(), others=True)
    known: frozenset[Test] = frozenset()
    while isinstance(term, When):
        texts = _texts_of(canonical(term.test, table))
        if texts is None or not _exclude_each_other(known | texts.tests, table):
            break
        known |= texts.tests
        cases.append((rest & texts, term.then))
        rest &= ~texts
        term = term.otherwise
    return (*cases, (rest, term)) if cases else ()


def _texts_of(form: Canonical) -> Texts | None:
    """The texts of a column that a condition stands for, if it is of that kind."""
    leaves = [form] if isinstance(form, Leaf) else form.parts
    positive = (isinstance(form, Leaf) and form.positive) or (isinstance(form, Node) and not form.conjunction)
    tests = frozenset(leaf.test for leaf in leaves if isinstance(leaf, Leaf) and leaf.positive == positive)
    return Texts(tests, others=not positive) if tests and len(tests) == len(leaves) else None


def _exclude_each_other(tests: frozenset[Test], table: Table | None) -> bool:
    """Whether the tests ask for different texts of one column, of which a row has no two."""
    first = next(iter(tests))
    return (
        isinstance(first.subject, Column)
        and is_single(first.subject, table)
        and all(
            test.subject == first.subject
            and isinstance(test.holds, Matches)
            and isinstance(first.holds, Matches)
            and test.holds.pattern.literal is not None
            and test.holds.cased == first.holds.cased
            for test in tests
        )
    )


def _matches(subject: Term | AnyField, pattern: Pattern, cased: bool, table: Table | None) -> Canonical:
    """A test for a pattern."""
    alternatives = spellings(pattern, cased)
    if len(alternatives) == 1:
        return _ask(subject, alternatives[0], table)
    return joined(False, [_ask(subject, holds, table) for holds in alternatives])


def _ask(subject: Term | AnyField, holds: Matcher, table: Table | None) -> Canonical:
    if isinstance(subject, AnyField):
        return Leaf(Test(subject, holds), True)
    return on_term(canonical_term(subject), holds, table)


def on_term(term: Term, holds: Matcher, table: Table | None) -> Canonical:
    """A test with a canonical matcher on a canonical term."""
    if isinstance(term, XmlText) and isinstance(term.of, Column) and isinstance(holds, Matches) and is_clear_of_entities(holds.pattern):
        term = term.of
    if isinstance(term, Column):
        return _presence(term, holds, table) or Leaf(Test(term, holds), True)
    return _on_operation(term, holds, table)


@lru_cache(maxsize=1024)
def _on_operation(term: Term, holds: Matcher, table: Table | None) -> Canonical:
    match term:
        case Text(value):
            return _constant(not isinstance(holds, Null) and passes(value, holds, {}))
        case Absent():
            return _constant(isinstance(holds, Null))
        case When(_, then, otherwise):
            if cases := _cases_of(term, table):
                return _on_cases(cases, holds, table)
            return _by_condition(term, on_term(then, holds, table), on_term(otherwise, holds, table), table)
        case First(terms):
            return _on_first(terms, holds, table)
        case Prefix(First(terms)) | XmlText(First(terms)) | NumberText(First(terms)) if not isinstance(holds, Null) and all(
            is_single(each, table) or is_never_empty(each, table) for each in terms
        ):
            return _by_cases(terms, [on_term(canonical_term(replace(term, of=each)), holds, table) for each in terms], table)
        case Join(parts) if isinstance(holds, Null):
            return joined(True, [on_term(part, holds, table) for part in parts if not isinstance(part, Text)])
        case Values(of):
            chosen = [own for own, other in first_listed(term) if isinstance(holds, Null) or passes(other, holds, {})]
            found = joined(False, [on_term(of, canonical_pattern(exactly(own), False), table) for own in chosen])
            return negated(found) if isinstance(holds, Null) else found
    if (present := _presence(term, holds, table)) is not None:
        return present
    if isinstance(term, NumberText) and isinstance(holds, Matches) and (text := holds.pattern.literal) is not None:
        spelled = [canonical_pattern(exactly(own), holds.cased) for own in numbers_spelled(text, holds, term.style)]
        return joined(False, [on_term(term.of, own, table) for own in spelled])
    plain = without_what_no_test_notices(term, holds)
    return Leaf(Test(term, holds), True) if plain is term else on_term(plain, holds, table)


_SOMETHING = Pattern.of(ONE, ANY_MANY)


def _presence(term: Term, holds: Matcher, table: Table | None) -> Canonical | None:
    """What a pattern comes to that asks no more than whether there is a text; None for one that does."""
    if not isinstance(holds, Matches) or str in map(type, holds.pattern.tokens):
        return None
    if not holds.pattern.tokens:
        return FALSE if is_never_empty(term, table) else None
    if holds.pattern.tokens == (ANY_MANY,) or (holds.pattern == _SOMETHING and is_never_empty(term, table)):
        return negated(on_term(term, Null(), table))
    return None


def _on_first(terms: tuple[Term, ...], holds: Matcher, table: Table | None) -> Canonical:
    """A choice is absent when no term has a text; else the first one that has decides."""
    if isinstance(holds, Null):
        return joined(True, [negated(on_term(term, Matches(_SOMETHING), table)) for term in terms])
    ignores_empty = isinstance(holds, Matches) and not holds.pattern.matches_empty()
    if not ignores_empty and not all(is_single(term, table) or is_never_empty(term, table) for term in terms):
        return Leaf(Test(First(terms), holds), True)  # an empty value beside others is no value of the choice
    return _by_cases(terms, [on_term(term, holds, table) for term in terms], table)


def _by_cases(terms: Sequence[Term], answers: Sequence[Canonical], table: Table | None) -> Canonical:
    """The answer for the first of the terms that has a text; no, when none has."""
    form: Canonical = FALSE
    for term, answer in zip(reversed(terms), reversed(answers), strict=True):
        has_text = on_term(term, Matches(_SOMETHING), table)
        form = joined(False, [without_presence(joined(True, [has_text, answer])), joined(True, [negated(has_text), form])])
    return form


def _constant(value: bool) -> Canonical:
    return TRUE if value else FALSE
