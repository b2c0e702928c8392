"""Canonical forms: what is one thing in two spellings becomes equal, what differs stays different."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, containing, ending, exactly
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import And, Matches, Not, Null, Or, Predicate, Regex, Test
from sigma_amsi.proof.canonical import canonical, canonical_test, pattern_of
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence
from sigma_amsi.term import Column, XmlText

A, B = Column("a"), Column("b")
PATTERNS = st.lists(st.one_of(st.text("&<;altmp", min_size=1, max_size=3), st.just(ANY_MANY)), max_size=4).map(
    lambda tokens: Pattern.of(*tokens)
)
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


@settings(max_examples=2000, deadline=None)
@given(PATTERNS, st.text("&<>;altmpg", max_size=8))
def test_xml_text_is_its_column_only_where_decoding_cannot_matter(pattern: Pattern, value: str) -> None:
    test = canonical_test(Test(XmlText(A), Matches(pattern)))
    assert evaluate(test, {"a": value}) == evaluate(Test(XmlText(A), Matches(pattern)), {"a": value})


def test_a_path_in_xml_text_is_looked_for_in_the_column() -> None:
    assert canonical_test(Test(XmlText(A), Matches(ending("\\cmd.exe")))) == canonical_test(Test(A, Matches(ending("\\cmd.exe"))))
    assert canonical_test(Test(XmlText(A), Matches(ending("t;")))).subject == XmlText(A)
