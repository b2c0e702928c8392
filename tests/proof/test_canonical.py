"""Canonical forms: what is one thing in two spellings becomes equal, what differs stays different."""

import pytest

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, containing, ending, exactly
from sigma_amsi.predicate.tree import And, Matches, Not, Null, Or, Predicate, Regex, Test
from sigma_amsi.proof.canonical import canonical, pattern_of
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence
from sigma_amsi.term import Column

A, B = Column("a"), Column("b")
START, END = Anchor(Place.TEXT_START), Anchor(Place.TEXT_END)
P, Q = Test(A, Matches(exactly("p"))), Test(B, Matches(exactly("q")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (And((P, Q)), And((Q, P, P))),
        (Not(And((P, Q))), Or((Not(Q), Not(P)))),
        (Not(Not(P)), P),
        (And((P, And((Q,)))), And((P, Q))),
        (Test(A, Matches(exactly("AB"))), Test(A, Matches(exactly("ab")))),
        (Test(A, Matches(exactly("12"), cased=True)), Test(A, Matches(exactly("12")))),
        (Test(A, Matches(Pattern.of(ANY_MANY))), Not(Test(A, Null()))),
        (Test(A, Regex(Sequence((START, Literal("ab"), END)), cased=False)), Test(A, Matches(exactly("AB")))),
        (Test(A, Regex(Literal("ab"))), Test(A, Matches(containing("ab"), cased=True))),
    ],
)
def test_equal(one: Predicate, other: Predicate) -> None:
    assert canonical(one) == canonical(other)
    assert canonical(one) != canonical(Not(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (And((P, Q)), Or((P, Q))),
        (Test(A, Matches(exactly("ab"), cased=True)), Test(A, Matches(exactly("ab")))),
        (Test(A, Matches(exactly("ab"))), Test(B, Matches(exactly("ab")))),
        (Test(A, Matches(ending("ab"))), Test(A, Matches(containing("ab")))),
    ],
)
def test_different(one: Predicate, other: Predicate) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (Sequence((START, Literal("a"), Repeat(OneOf(ANY_CHARACTER), 0, None), Literal("b"), END)), Pattern.of("a", ANY_MANY, "b")),
        (Sequence((START, OneOf(ANY_CHARACTER), END)), Pattern.of(ONE)),
        (Sequence((START, Repeat(OneOf(Chars.of("ab")), 2, 2), END)), Pattern.of(Chars.of("ab"), Chars.of("ab"))),
        (Literal("x"), containing("x")),
        (Choice((Literal("x"), Literal("y"))), None),
        (Sequence((Literal("x"), Anchor(Place.WORD_EDGE))), None),
    ],
)
def test_expressions_that_are_patterns(tree: RegexTree, expected: Pattern | None) -> None:
    assert pattern_of(tree) == expected
