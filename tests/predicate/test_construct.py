"""What parsers know of a row where some predicate holds is so on every such row."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sigma_amsi.pattern import exactly
from sigma_amsi.predicate.construct import Known, present
from sigma_amsi.predicate.evaluate import evaluate, term_values
from sigma_amsi.predicate.tree import And, Matches, Not, Null, Or, Predicate, Test
from sigma_amsi.term import Absent, Column, First, Join, Term, Text, Values, When
from tests.predicate.test_reduce import conditions, rows, terms

A, B, KIND = Column("a"), Column("b"), Column("kind")
IS_X = Test(KIND, Matches(exactly("x")))
HAS_A, HAS_B = present(A), present(B)
JOINED = Join((A, Text("-"), B))

guards: st.SearchStrategy[Predicate] = st.recursive(
    st.one_of(conditions, st.builds(Not, conditions), st.sampled_from([HAS_A, HAS_B, Test(A, Null()), Test(B, Matches(exactly("7")))])),
    lambda inner: st.builds(lambda kind, parts: kind(tuple(parts)), st.sampled_from([And, Or]), st.lists(inner, max_size=3)),
    max_leaves=5,
)


@settings(max_examples=400)
@given(guards, terms, rows)
def test_what_is_known_to_be_there_is_there(guard: Predicate, term: Term, row: dict[str, str]) -> None:
    assume(evaluate(guard, row))
    if Known().and_(guard).has(term):
        assert term_values(term, row)


def knows(guard: Predicate, term: Term) -> bool:
    return Known().and_(guard).has(term)


def test_a_term_is_there_in_every_case_of_a_disjunction() -> None:
    either = Or((HAS_A, HAS_B))
    assert knows(either, JOINED)
    assert knows(either, First((A, B)))
    assert knows(Or((HAS_A, And((IS_X, HAS_B)))), JOINED)
    assert not knows(either, A)
    assert not knows(Or((HAS_A, IS_X)), JOINED)


def test_a_conditional_is_there_where_the_chosen_branch_is() -> None:
    guard = Or((And((IS_X, HAS_A)), And((Not(IS_X), Or((HAS_A, HAS_B))))))
    assert knows(guard, When(IS_X, A, JOINED))
    assert not knows(guard, When(IS_X, JOINED, A))
    assert knows(And((Test(KIND, Null()), HAS_B)), When(Test(KIND, Null()), B, Absent()))


def test_a_translation_is_there_for_the_values_that_it_lists() -> None:
    translated = Values(A, (("1", "one"), ("X", "ten")))
    one, ten, other = (Test(A, Matches(exactly(text))) for text in ("1", "x", "2"))
    assert knows(Or((one, ten)), translated)
    assert not knows(Or((one, other)), translated)
    assert not knows(HAS_A, translated)
