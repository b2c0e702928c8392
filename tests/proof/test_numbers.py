"""Comparisons of numbers as languages, against the evaluator."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.predicate.evaluate import passes
from sigma_amsi.predicate.tree import Compare
from sigma_amsi.proof.numbers import Order, comparison_language
from sigma_amsi.proof.search import find

ORDERS: list[Order] = ["<", "<=", ">", ">="]
NUMBERS = ["0", "-0", "7", "10", "443", "-1", "-10.50", "0.05", "99.9", "1E+3"]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ORDERS),
    st.one_of(st.sampled_from(NUMBERS), st.decimals(-200, 200, places=2).map(str)),
    st.one_of(
        st.from_regex(r"[+-]?[0-9]{0,4}(\.[0-9]{0,3})?", fullmatch=True),
        st.sampled_from(["", "x", "1e3", " 1", "1 ", ".", "-.", "٣", "443"]),
    ),
)
def test_a_text_is_in_the_language_when_it_passes(order: Order, number: str, text: str) -> None:
    assert (text in comparison_language(order, Decimal(number))) == passes(text, Compare(order, Decimal(number)), {})


@pytest.mark.parametrize("number", NUMBERS)
def test_orders_divide_the_numbers(number: str) -> None:
    below, above = comparison_language("<", Decimal(number)), comparison_language(">", Decimal(number))
    at_most, at_least = comparison_language("<=", Decimal(number)), comparison_language(">=", Decimal(number))
    assert find([below, above]) is None
    assert find([below], [at_most]) is None
    assert find([above], [at_least]) is None
    equal = find([at_most, at_least])
    assert equal is not None
    assert Decimal(equal) == Decimal(number)
