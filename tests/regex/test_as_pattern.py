"""Expressions as patterns, and expressions for columns that are stored in lower case."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, Chars, fold
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern
from sigma_amsi.predicate.evaluate import pattern_test, regex_test
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.as_pattern import patterns_of
from sigma_amsi.regex.lowered import lowered
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence
from sigma_amsi.regex.wildcard_limits import pattern_is_too_complex
from sigma_amsi.regex.write_lucene import write_lucene

ANY = OneOf(ANY_CHARACTER)
START, END = Anchor(Place.TEXT_START), Anchor(Place.TEXT_END)
_leaves: st.SearchStrategy[RegexTree] = st.one_of(
    st.text("abZé.", min_size=1, max_size=3).map(Literal),
    st.sampled_from([ANY, START, END, OneOf(Chars.of("aZ")), OneOf(Chars(((0x5A, 0x61),))), OneOf(~Chars(((0x41, 0x62),)))]),
)
trees: st.SearchStrategy[RegexTree] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: Sequence(tuple(items))),
        st.lists(inner, min_size=2, max_size=3, unique=True).map(lambda options: Choice(tuple(options))),
        st.builds(Repeat, inner, st.integers(0, 2), st.sampled_from([2, 3, None])),
    ),
    max_leaves=6,
)
texts = st.text("abzABZé[\\^_`.\n", max_size=6)


@settings(max_examples=1000)
@given(trees, st.lists(texts, min_size=5, max_size=10), st.booleans())
def test_the_patterns_match_what_the_expression_is_found_in(tree: RegexTree, values: list[str], cased: bool) -> None:
    patterns = patterns_of(tree)
    if patterns is not None:
        for value in values:
            assert any(pattern_test(pattern, cased)(value) for pattern in patterns) == regex_test(tree, cased)(value)


@pytest.mark.parametrize(
    ("tree", "patterns"),
    [
        (Literal("a"), (Pattern.of(ANY_MANY, "a", ANY_MANY),)),
        (Sequence((START, Literal("a"), Repeat(ANY, 1, None), Literal("b"), END)), (Pattern.of("a", ONE, ANY_MANY, "b"),)),
        (Sequence((Repeat(Literal("x"), 0, None), Literal("a"))), (Pattern.of(ANY_MANY, "a", ANY_MANY),)),
        (Choice((Literal("a"), Sequence((Literal("b"), END)))), (Pattern.of(ANY_MANY, "a", ANY_MANY), Pattern.of(ANY_MANY, "b"))),
        (Repeat(Literal("a"), 2, None), None),
        (Sequence((Literal("a"), Anchor(Place.WORD_EDGE))), None),
    ],
)
def test_what_has_a_pattern(tree: RegexTree, patterns: tuple[Pattern, ...] | None) -> None:
    assert patterns_of(tree) == patterns


@settings(max_examples=1000)
@given(trees, st.lists(texts.map(str.lower), min_size=5, max_size=10))
def test_a_lowered_expression_survives_being_lowered(tree: RegexTree, values: list[str]) -> None:
    for value in values:
        assert regex_test(lowered(tree), True)(value) == regex_test(tree, False)(value)
    try:
        text = write_lucene(lowered(tree), folded=False)
    except RegexConstruct:
        return
    assert fold(text) == text


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (Pattern.of(ANY_MANY, "a" * 300, ANY_MANY), False),
        (Pattern.of(ANY_MANY, "a" * 500, ANY_MANY), True),
        (Pattern.of(ANY_MANY, "".join(map(chr, range(0x4E00, 0x4E00 + 600))), ANY_MANY), False),
        (Pattern.of("a" * 1000, ANY_MANY), True),
        (Pattern.of(ANY_MANY, "a", *[ONE] * 5, "b", ANY_MANY), False),
        (Pattern.of(ANY_MANY, "a", *[ONE] * 20, ANY_MANY), True),
    ],
)
def test_patterns_that_lucene_gives_up_on(pattern: Pattern, expected: bool) -> None:
    assert pattern_is_too_complex(pattern) == expected
