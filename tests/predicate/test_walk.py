"""Walks over predicates and terms."""

from sigma_amsi.pattern import exactly
from sigma_amsi.predicate import walk  # pytest takes an imported `tests_of` for a test
from sigma_amsi.predicate.tree import FALSE, And, AnyField, Matches, Not, Null, Or, Predicate, Same, Test
from sigma_amsi.predicate.walk import columns_of, fields_of, map_tests, subterms, terms_of
from sigma_amsi.term import Absent, Column, Field, First, Join, NumberText, Prefix, Text, Values, When, XmlText

A, B, C, D = (Column(name) for name in "ABCD")
HOLDS = Matches(exactly("x"))


def test_tests_in_order_with_repeats() -> None:
    first, second = Test(A, HOLDS), Test(B, Null())
    assert list(walk.tests_of(And((first, Not(Or((second, first))))))) == [first, second, first]
    assert list(walk.tests_of(FALSE)) == []


def test_a_change_keeps_the_structure() -> None:
    rule = And((Test(A, HOLDS), Or(()), Not(Not(Or((Test(B, HOLDS),))))))
    assert map_tests(rule, lambda test: test) == rule
    assert map_tests(rule, Not) == And((Not(Test(A, HOLDS)), Or(()), Not(Not(Or((Not(Test(B, HOLDS)),))))))


def test_deep_predicates_need_one_frame_a_level() -> None:
    deep: Predicate = Test(A, HOLDS)
    for _ in range(800):
        deep = Not(deep)
    same = map_tests(deep, lambda test: test)
    for _ in range(800):  # not by ==, which needs three frames a level
        assert isinstance(same, Not)
        same = same.part
    assert same == Test(A, HOLDS)


def test_terms_of_a_test() -> None:
    assert terms_of(Test(A, Same(B))) == (A, B)
    assert terms_of(Test(AnyField(), Same(B))) == (B,)
    assert terms_of(Test(A, HOLDS)) == (A,)


def test_subterms_outer_first() -> None:
    inner = First((B, Text("x")))
    term = Join((A, inner))
    assert list(subterms(term)) == [term, A, inner, B, Text("x")]


def test_columns_of_every_kind_of_term() -> None:
    assert columns_of(When(Or((Test(C, Same(D)), Test(A, Null()))), Prefix(B, ()), Absent())) == ("C", "D", "A", "B")
    assert columns_of(Values(XmlText(NumberText(A, "hex")), ())) == ("A",)
    assert columns_of(Join((B, A, B, Field("F"), Text("t")))) == ("B", "A")
    assert columns_of(And((Test(A, Same(B)), Not(Test(C, Null())), Test(AnyField(), HOLDS)))) == ("A", "B", "C")


def test_fields_of_a_rule() -> None:
    rule = Or((Test(Field("Image"), HOLDS), Not(Test(Field("User"), Same(Field("Image")))), Test(A, HOLDS)))
    assert fields_of(rule) == ("Image", "User")
