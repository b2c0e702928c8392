"""Languages along terms, against the evaluator's reading of the terms."""

from hypothesis import given
from hypothesis import strategies as st

from sigma_amsi.pattern import ANY_MANY, ONE, Pattern
from sigma_amsi.predicate.evaluate import evaluate, pattern_test
from sigma_amsi.predicate.tree import Matches, Test
from sigma_amsi.proof.automaton import pattern_language
from sigma_amsi.proof.budget import Budget
from sigma_amsi.proof.pieces import INTEGER, pieces, texts, without_empty
from sigma_amsi.term import Column, Join, Text

TEXTS = st.text("aAb\\", max_size=5)
PATTERNS = st.lists(st.one_of(st.text("aAb\\", min_size=1, max_size=2), st.just(ANY_MANY), st.just(ONE)), max_size=4).map(
    lambda tokens: Pattern.of(*tokens)
)


@given(PATTERNS, TEXTS, TEXTS)
def test_the_pieces_of_a_join(pattern: Pattern, left: str, right: str) -> None:
    term = Join((Column("a"), Text("\\"), Column("b")))
    ways = pieces(pattern_language(pattern, False), term.parts, Budget(10**6))
    fits = any(first is not None and last is not None and left in first and right in last for first, _, last in ways)
    assert fits == evaluate(Test(term, Matches(pattern)), {"a": left, "b": right})


@given(PATTERNS, TEXTS)
def test_without_the_empty_text(pattern: Pattern, value: str) -> None:
    assert (value in without_empty(pattern_language(pattern, True))) == (value != "" and pattern_test(pattern, True)(value))


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_lists_of_texts(members: list[str], value: str) -> None:
    assert (value in texts(members, cased=True)) == (value in members)


@given(st.one_of(st.integers().map(str), st.text("-019", max_size=4)))
def test_integers_are_canonical(value: str) -> None:
    canonical = value.lstrip("-").isdecimal() and str(int(value)) == value if value.count("-") <= 1 and value.lstrip("-") else False
    assert (value in INTEGER) == canonical
