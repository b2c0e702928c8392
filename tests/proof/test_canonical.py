"""Canonical forms: what is one thing in two spellings becomes equal, what differs stays different."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, containing, ending, exactly, starting
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import And, Empty, Exists, Matches, Not, Null, Or, Predicate, Regex, Same, Test
from sigma_amsi.proof.canonical import canonical
from sigma_amsi.proof.context import in_context
from sigma_amsi.proof.forms import FALSE, TRUE, Canonical, Leaf, negated
from sigma_amsi.regex.tree import Choice, Literal, OneOf, Repeat, Sequence
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText
from tests.proof.predicates import END, START, predicates, rows

A, B, MANY = Column("a"), Column("b"), Column("many")
TABLE = Table(
    "t",
    {"a": ColumnType("a", absent_for=("",)), "b": ColumnType("b"), "c": ColumnType("c"), "many": ColumnType("many", many=True)},
)
P, Q = Test(A, Matches(exactly("p"))), Test(B, Matches(exactly("q")))


def has(subject: Term, pattern: Pattern, *, cased: bool = False) -> Test:
    return Test(subject, Matches(pattern, cased))


HIVES = (("HKEY_LOCAL_MACHINE\\", "HKLM\\"), ("HKEY_USERS\\", "HKU\\"))
SOMETHING = Pattern.of(ONE, ANY_MANY)

EQUAL: list[tuple[Predicate, Predicate]] = [
    (And((P, Q)), And((Q, P, P))),
    (Not(And((P, Q))), Or((Not(Q), Not(P)))),
    (Not(Not(P)), P),
    (And((P, And((Q,)))), And((P, Q))),
    (has(A, exactly("AB")), has(A, exactly("ab"))),
    (has(A, exactly("12"), cased=True), has(A, exactly("12"))),
    (has(A, Pattern.of(ANY_MANY)), Not(Test(A, Null()))),
    (has(A, SOMETHING), Not(Test(A, Null()))),
    (Test(A, Exists()), Not(Test(A, Null()))),
    (Test(B, Empty()), has(B, exactly(""))),
    (has(A, Pattern.of("a", ANY_MANY, ONE)), has(A, Pattern.of("a", ONE, ANY_MANY))),
    (has(A, Pattern.of(ANY_MANY, Chars.of("kK"), "2")), has(A, ending("K2"))),
    (Test(A, Same(Text("x"), "startswith")), has(A, starting("X"))),
    # expressions that are patterns
    (Test(A, Regex(Sequence((START, Literal("ab"), END)), cased=False)), has(A, exactly("AB"))),
    (Test(A, Regex(Literal("ab"))), has(A, containing("ab"), cased=True)),
    (Test(A, Regex(Sequence((START, OneOf(Chars.of("aA")), Repeat(OneOf(ANY_CHARACTER), 0, None), END)))), has(A, starting("a"))),
    (
        Test(A, Regex(Sequence((Literal("1"), Choice((Literal("2"), Literal("3"))))))),
        Or((has(A, containing("13")), has(A, containing("12")))),
    ),
    (
        Test(A, Regex(Sequence((START, Literal("1"), Repeat(Literal("2"), 0, 1), END)))),
        Or((has(A, exactly("1")), has(A, exactly("12")))),
    ),
    # terms
    (has(Values(A, (("x", "1"), ("X", "2"), ("y", "1"))), exactly("1")), Or((has(A, exactly("x")), has(A, exactly("y"))))),
    (Test(Values(A, (("x", "1"),)), Null()), Not(has(A, exactly("x")))),
    (has(When(P, A, B), exactly("r")), Or((And((P, has(A, exactly("r")))), And((Not(P), has(B, exactly("r"))))))),
    (
        has(Prefix(When(P, A, Text("HKEY_users\\x")), HIVES), exactly("HKU\\x")),
        has(When(P, Prefix(A, HIVES), Text("HKU\\x")), exactly("HKU\\x")),
    ),
    (has(Prefix(A, HIVES), ending("\\run")), has(A, ending("\\run"))),
    (has(Prefix(A, HIVES), starting("HKU\\s")), has(Prefix(A, HIVES[1:]), starting("HKU\\s"))),
    (
        has(First((A, B)), ending("x")),
        Or((And((Not(Test(A, Null())), has(A, ending("x")))), And((Test(A, Null()), has(B, SOMETHING), has(B, ending("x")))))),
    ),
    (has(First((A, Text("t"), B)), exactly("t")), Or((has(A, exactly("t")), Test(A, Null())))),
    (Test(Join((A, Text("\\"), B)), Null()), And((Test(A, Null()), Test(B, Null())))),
    (has(Join((Join((A, B)), Text(""), Text("x"), Absent())), exactly("x")), has(Join((A, B, Text("x"))), exactly("x"))),
    (Test(NumberText(A, "dword"), Null()), Test(A, Null())),
    (has(XmlText(A), ending("\\cmd.exe")), has(A, ending("\\cmd.exe"))),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal(one: Predicate, other: Predicate) -> None:
    def form(predicate: Predicate) -> Canonical:
        return in_context(canonical(predicate, TABLE), TABLE)

    assert form(one) == form(other)
    assert form(one) != form(Not(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (And((P, Q)), Or((P, Q))),
        (has(A, exactly("ab"), cased=True), has(A, exactly("ab"))),
        (has(A, exactly("ab")), has(B, exactly("ab"))),
        (has(A, ending("ab")), has(A, containing("ab"))),
        (has(B, SOMETHING), Not(Test(B, Null()))),  # it can hold the empty text
        (has(A, Pattern.of(Chars.of("ab"))), has(A, exactly("a"))),
        (has(A, Pattern.of(Chars.of("01"))), has(A, exactly("0"))),
        (has(Prefix(A, HIVES), starting("HKU\\s")), has(A, starting("HKU\\s"))),
        (has(Join((Join((A, Text("-"))), B)), exactly("-b")), has(Join((A, Text("-"), B)), exactly("-b"))),
        (has(First((MANY, B)), Pattern.of(ANY_MANY)), has(MANY, SOMETHING)),
        (has(XmlText(A), ending("t;")), has(A, ending("t;"))),
    ],
)
def test_different(one: Predicate, other: Predicate) -> None:
    assert canonical(one, TABLE) != canonical(other, TABLE)


def test_what_the_rest_decides_is_left_out() -> None:
    other, longer = has(A, exactly("q")), has(A, starting("p"))
    assert in_context(canonical(And((P, Or((other, Q)))), TABLE), TABLE) == canonical(And((P, Q)), TABLE)
    assert in_context(canonical(And((P, Or((longer, Q)))), TABLE), TABLE) == canonical(P, TABLE)
    assert in_context(canonical(Or((P, And((Not(P), Q)))), TABLE), TABLE) == canonical(Or((P, Q)), TABLE)
    assert in_context(canonical(And((P, Or((Q, P)))), TABLE), TABLE) == canonical(P, TABLE)


def test_a_column_with_several_values_decides_nothing_about_others() -> None:
    form = canonical(And((has(MANY, exactly("p")), Or((has(MANY, exactly("q")), Q)))), TABLE)
    assert in_context(form, TABLE) == form


def test_unknown_case_decides_nothing_about_tests_that_count_case() -> None:
    form = canonical(And((P, Or((has(A, exactly("p"), cased=True), Q)))), TABLE)
    assert in_context(form, TABLE) == form


def test_constants() -> None:
    assert canonical(has(Text("abc"), starting("A")), TABLE) == TRUE
    assert canonical(Test(Absent(), Null()), TABLE) == TRUE
    assert canonical(has(Values(A, (("x", "1"),)), exactly("2")), TABLE) == FALSE
    assert canonical(And((P, Or(()))), TABLE) == FALSE
    assert negated(TRUE) == FALSE


@settings(max_examples=400, deadline=None)
@given(predicates(), st.lists(rows(), min_size=8, max_size=8))
def test_the_canonical_form_means_the_same(predicate: Predicate, several: list[dict[str, str | tuple[str, ...]]]) -> None:
    form = canonical(predicate, TABLE)
    less = in_context(form, TABLE)
    for row in several:
        expected = evaluate(predicate, row)
        assert evaluate_form(form, row) == expected
        assert evaluate_form(less, row) == expected
        assert evaluate_form(negated(form), row) != expected


def evaluate_form(form: Canonical, row: dict[str, str | tuple[str, ...]]) -> bool:
    if isinstance(form, Leaf):
        return evaluate(form.test, row) == form.positive
    return (all if form.conjunction else any)(evaluate_form(part, row) for part in form.parts)


def test_a_pair_that_takes_values_from_a_later_one_is_kept() -> None:
    term = Prefix(A, (("ab", "ab"), ("a", "")))
    predicate = has(term, starting("b"))
    assert not evaluate(predicate, {"a": "abc"})
    assert not evaluate_form(canonical(predicate, TABLE), {"a": "abc"})
    assert evaluate_form(canonical(predicate, TABLE), {"a": "aBc"}) == evaluate(predicate, {"a": "aBc"})
    assert evaluate_form(canonical(predicate, TABLE), {"a": "ba"})
