"""Claims that need no proof because query and rule are the same, test for test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_amsi.pattern import containing, starting
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import And, Matches, Not, Or, Predicate, Test
from sigma_amsi.predicate.walk import map_tests
from sigma_amsi.proof.alike import are_alike
from sigma_amsi.term import Column, XmlText
from tests.proof.predicates import COLUMNS, MATCHERS, predicates

COMMAND, IMAGE = Column("CommandLine"), Column("Image")
ENTITIES = ("&lt;", "&gt;", "&amp;", "&amp;lt;", "<", "&", "a", "lt;", "t", ";", "ab", "1", "0x1", "\n")


def has(subject: Column | XmlText, text: str) -> Test:
    return Test(subject, Matches(containing(text)))


WHOAMI, CALC = has(COMMAND, "whoami"), has(IMAGE, "calc")


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        (And((WHOAMI, Not(Or((CALC, WHOAMI))))), And((WHOAMI, Not(Or((CALC, WHOAMI)))))),
        (has(COMMAND, "whoami"), has(XmlText(COMMAND), "whoami")),
    ],
)
def test_the_same_in_the_same_words_is_alike(query: Predicate, rule: Predicate) -> None:
    assert are_alike(query, rule)


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        (WHOAMI, CALC),
        (WHOAMI, Not(WHOAMI)),
        (Not(WHOAMI), Not(CALC)),
        (And((WHOAMI, CALC)), Or((WHOAMI, CALC))),
        (And((WHOAMI, CALC)), And((WHOAMI,))),
        (And((WHOAMI,)), And((WHOAMI, CALC))),
        (Test(COMMAND, Matches(starting("whoami"))), WHOAMI),
        (Test(COMMAND, Matches(containing("whoami"), cased=True)), WHOAMI),
        (has(COMMAND, "a&b"), has(XmlText(COMMAND), "a&b")),
        (has(COMMAND, "lt;"), has(XmlText(COMMAND), "lt;")),
        (has(IMAGE, "whoami"), has(XmlText(COMMAND), "whoami")),
        (has(XmlText(COMMAND), "whoami"), has(COMMAND, "whoami")),
    ],
)
def test_what_says_something_else_is_not_alike(query: Predicate, rule: Predicate) -> None:
    assert not are_alike(query, rule)


@given(
    predicates(COLUMNS),
    st.lists(st.booleans(), min_size=8, max_size=8),
    st.fixed_dictionaries({name: st.lists(st.sampled_from(ENTITIES), max_size=3).map("".join) for name in ("a", "b", "c", "many")}),
)
def test_predicates_that_are_alike_hold_on_the_same_rows(query: Predicate, decoded: list[bool], row: dict[str, str]) -> None:
    turns = iter(decoded)

    def decode(test: Test) -> Test:
        return Test(XmlText(test.subject), test.holds) if next(turns, False) and isinstance(test.subject, Column) else test

    rule = map_tests(query, decode)
    if are_alike(query, rule):
        assert evaluate(query, row) == evaluate(rule, row)


@given(MATCHERS, st.lists(st.sampled_from(ENTITIES), max_size=4).map("".join))
def test_a_text_is_not_decoded_only_where_that_makes_no_difference(holds: Matches, text: str) -> None:
    column = Column("a")
    query, rule = Test(column, holds), Test(XmlText(column), holds)
    if are_alike(query, rule):
        assert evaluate(query, {"a": text}) == evaluate(rule, {"a": text})
