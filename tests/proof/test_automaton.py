"""Languages of patterns and expressions have the members that the evaluator says, and their views are the parts that they claim to be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, containing, ending, exactly
from sigma_amsi.predicate.evaluate import pattern_test, regex_test
from sigma_amsi.proof.automaton import EVERYTHING, NOTHING, Language, members, moves_along, pattern_language, set_of, side_by_side
from sigma_amsi.proof.budget import LimitReached
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.regex.perl import parse
from sigma_amsi.regex.tree import EMPTY, Literal, RegexTree, Repeat
from tests.proof.languages import SHORT_TEXTS
from tests.regex.trees import patterns, texts, trees


@settings(deadline=None)
@given(patterns, st.booleans(), st.lists(texts, min_size=10, max_size=20))
def test_a_pattern_has_the_members_that_match(pattern: Pattern, cased: bool, values: list[str]) -> None:
    language, matches = pattern_language(pattern, cased), pattern_test(pattern, cased)
    for text in ("", "\n", *values):
        assert (text in language) == matches(text)


@settings(deadline=None, max_examples=300)
@given(trees, st.booleans(), st.lists(texts, min_size=10, max_size=20))
def test_an_expression_has_the_members_in_which_it_is_found(tree: RegexTree, cased: bool, values: list[str]) -> None:
    language, found = regex_language(tree, cased), regex_test(tree, cased)
    for text in ("", "\n", *values):
        assert (text in language) == found(text)


@pytest.mark.parametrize(
    ("expression", "inside", "outside"),
    [
        (r"\bfoo\b", ["foo", "a foo.", "-foo-", "é foo", "éfooé"], ["xfoo", "foo_", "0foo"]),
        ("foo$", ["foo", "foo\n"], ["foo\n\n", "foo\nx", "foo "]),
        (r"foo\z", ["foo"], ["foo\n"]),
        ("(?m)^foo$", ["foo", "a\nfoo\nb", "\nfoo"], ["a foo", "foo b"]),
        ("(?i)straße K", ["STRAßE k"], ["STRASSE K", "straße \u212a"]),
        ("a.c", ["abc", "xaéc"], ["a\nc", "ac"]),
        (r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}\z", ["10.0.0.1", "999.1.22.333"], ["10.0.0", "10.0.0.1.2", "1234.0.0.1"]),
        (r"a$\nb", [], ["a\nb"]),
        (r"\B", ["aa", "", " "], ["a"]),
    ],
)
def test_anchors_folding_and_counts(expression: str, inside: list[str], outside: list[str]) -> None:
    language = regex_language(*parse(expression))
    assert [text for text in inside if text not in language] == []
    assert [text for text in outside if text in language] == []


def test_an_automaton_that_would_be_too_large_is_not_built() -> None:
    with pytest.raises(LimitReached):
        regex_language(Repeat(Repeat(Literal("ab"), 1000, 1000), 1000, 1000), True)
    with pytest.raises(LimitReached):
        regex_language(Repeat(Repeat(Literal("a"), 0, 1), 6000, 6000), True)


def test_a_repetition_of_nothing_takes_no_time() -> None:
    assert "" in regex_language(Repeat(Repeat(EMPTY, 65535, 65535), 65535, None), True)


def test_constants() -> None:
    assert "" in EVERYTHING
    assert "any\ntext" in EVERYTHING
    assert "" not in NOTHING
    assert EVERYTHING.settled == 1


@given(st.lists(st.integers(0, 200)))
def test_sets_of_states(states: list[int]) -> None:
    assert list(members(set_of(states))) == sorted(set(states))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6))), st.integers(0, 127), st.integers(0, 127), st.integers(0, 9))
def test_moves_lead_where_the_edges_lead(pairs: list[tuple[int, int]], states: int, other: int, offset: int) -> None:
    moves = moves_along(pairs)
    assert moves.apply(states) == set_of(target for state, target in pairs if states >> state & 1)
    both = side_by_side([(moves, 0), (moves, 7 + offset)])
    assert both.apply(states | other << 7 + offset) == moves.apply(states) | moves.apply(other) << 7 + offset


@given(*[st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=6)] * 2)
def test_moves_within_others(fewer: list[tuple[int, int]], more: list[tuple[int, int]]) -> None:
    assert moves_along(fewer).within(moves_along(fewer + more))
    assert moves_along(fewer).within(moves_along(more)) == (set(fewer) <= set(more))


@settings(deadline=None)
@given(patterns, texts)
def test_what_may_follow_a_text(pattern: Pattern, beginning: str) -> None:
    language = pattern_language(pattern, False)
    rest = Language(language.automaton, language.after(beginning), language.accepts)
    for text in SHORT_TEXTS:
        assert (text in rest) == (beginning + text in language)


@settings(deadline=None, max_examples=50)
@given(patterns, texts)
def test_every_state_cuts_the_language_in_two(pattern: Pattern, text: str) -> None:
    language = pattern_language(pattern, False)
    cuts = [
        (Language(language.automaton, language.starts, 1 << state), Language(language.automaton, 1 << state, language.accepts))
        for state in members(language.reachable)
    ]
    for place in range(len(text) + 1):
        head, tail = text[:place], text[place:]
        assert any(head in before and tail in behind for before, behind in cuts) == (text in language)


def test_distances_are_the_lengths_still_needed() -> None:
    language = pattern_language(Pattern.of("ab", ANY_MANY, ONE, "c"), True)
    assert language.distance == {0: 4, 1: 3, 2: 2, 3: 1, 4: 0}
    assert pattern_language(ending("xyz"), True).distance[0] == 3
    assert pattern_language(exactly(""), True).accepts_empty


def test_languages_of_equal_tests_are_one_object() -> None:
    assert pattern_language(containing("x"), False) is pattern_language(containing("x"), False)
