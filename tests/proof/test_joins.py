"""Joins taken apart: the same answers from the parts, whatever their values."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.pattern import Pattern, containing, ending, exactly
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import And, Matches, Or, Predicate, Test
from sigma_amsi.proof.canonical import canonical
from sigma_amsi.proof.context import in_context
from sigma_amsi.proof.forms import Canonical, Leaf, Node
from sigma_amsi.proof.joins import has_joins, split_joins
from sigma_amsi.term import Column, First, Join, Term, Text
from tests.proof.predicates import COLUMNS, PATTERNS, rows
from tests.proof.test_canonical import evaluate_form

A, B = Column("a"), Column("b")
TABLE = Table(
    "t",
    {"a": ColumnType("a", absent_for=("",)), "b": ColumnType("b"), "c": ColumnType("c"), "many": ColumnType("many", many=True)},
)
PATH = Join((A, Text("\\"), First((B, Text("(Default)")))))

PARTS = st.lists(st.one_of(COLUMNS, st.sampled_from(["a", "ba", "<"]).map(Text)), min_size=2, max_size=4)


def form_of(predicate: Predicate) -> Canonical:
    return in_context(split_joins(canonical(predicate, TABLE), TABLE), TABLE)


@settings(max_examples=500, deadline=None)
@given(PARTS.map(lambda parts: Join(tuple(parts))), PATTERNS, st.booleans(), st.lists(rows(), min_size=8, max_size=8))
def test_the_parts_answer_as_the_join_does(
    term: Term, pattern: Pattern, cased: bool, several: list[dict[str, str | tuple[str, ...]]]
) -> None:
    test = Test(term, Matches(pattern, cased))
    form = split_joins(canonical(test, TABLE), TABLE)
    for row in several:
        assert evaluate_form(form, row) == evaluate(test, row)


def test_a_name_is_looked_for_in_the_part_that_holds_it() -> None:
    assert form_of(Test(Join((A, Text("\\"), B)), Matches(ending("\\x")))) == form_of(
        Or(
            (
                Test(B, Matches(ending("\\x"))),
                And((Test(A, Matches(Pattern.of(*ending("").tokens))), Test(B, Matches(exactly("x"))))),
                Test(B, Matches(exactly("x"))),
            )
        )
    )


def test_what_needs_no_part_needs_one_to_be_there() -> None:
    form = form_of(Test(Join((A, Text("x"), B)), Matches(containing("x"))))
    assert not evaluate_form(form, {})
    assert evaluate_form(form, {"a": "y"})


def test_a_pattern_with_many_ways_stays_on_the_join() -> None:
    many = Pattern.of(*(token for character in "abcdefgh" for token in containing(character).tokens))
    form = split_joins(canonical(Test(Join((A, B, Column("c"), Column("many"))), Matches(many)), TABLE), TABLE)
    assert isinstance(form, Leaf)
    assert has_joins(form)
    assert not has_joins(split_joins(canonical(Test(PATH, Matches(containing("x"))), TABLE), TABLE))
    assert has_joins(Node(True, [form]))
