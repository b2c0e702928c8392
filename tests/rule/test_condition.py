"""Conditions: the whole grammar, its precedence, patterns of names, and the limits."""

import time

import pytest

from sigma_amsi.errors import RuleError
from sigma_amsi.pattern import exactly
from sigma_amsi.predicate.tree import And, Matches, Not, Or, Predicate, Test, all_of, any_of, negation
from sigma_amsi.rule.condition import MAXIMUM_DEPTH, MAXIMUM_NESTING, Part, combine, matching
from sigma_amsi.term import Field


def leaf_of(name: str) -> Test:
    return Test(Field(name), Matches(exactly("1")))


NAMES = ("a", "b", "c", "sel_1", "sel_2", "sel_3", "filter_x", "_hidden_1", "_hidden_2", "and-more", "notes", "1")
SELECTIONS = {name: Part(leaf_of(name), 0, 1) for name in NAMES}
A, B, C = leaf_of("a"), leaf_of("b"), leaf_of("c")
S1, S2, S3 = leaf_of("sel_1"), leaf_of("sel_2"), leaf_of("sel_3")
VISIBLE = tuple(leaf_of(name) for name in NAMES if not name.startswith("_"))


def meaning(condition: str) -> Predicate:
    return combine(condition, SELECTIONS, set()).predicate


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a", A),
        ("  a\n", A),
        ("a and b", And((A, B))),
        ("a or b", Or((A, B))),
        ("not a", Not(A)),
        ("not not a", A),
        ("not not not a", Not(A)),
        ("a or b and c", Or((A, And((B, C))))),
        ("a and b or c", Or((And((A, B)), C))),
        ("not a and b", And((Not(A), B))),
        ("not a or b", Or((Not(A), B))),
        ("not (a or b)", Not(Or((A, B)))),
        ("a and not b and not c", And((A, Not(B), Not(C)))),
        ("a and (b or c)", And((A, Or((B, C))))),
        ("(a)", A),
        ("((a) and (b))", And((A, B))),
        ("(a or b)and(c)", And((Or((A, B)), C))),
        ("a and (b and c)", And((A, B, C))),
        ("a or a", A),
        ("not(a)", Not(A)),
        ("1 of sel_*", Or((S1, S2, S3))),
        ("any of sel_*", Or((S1, S2, S3))),
        ("all of sel_*", And((S1, S2, S3))),
        ("2 of sel_*", Or((And((S1, S2)), And((S1, S3)), And((S2, S3))))),
        ("3 of sel_*", And((S1, S2, S3))),
        ("1 of sel_1", S1),
        ("all of sel_1", S1),
        ("1 of them", Or(VISIBLE)),
        ("all of them", And(VISIBLE)),
        ("1 of *", Or(VISIBLE)),
        ("1 of _hidden_*", Or((leaf_of("_hidden_1"), leaf_of("_hidden_2")))),
        ("1 of *_1", S1),
        ("1 of s*l*_1", S1),
        ("1 of sel**2", S2),
        ("not 1 of filter_*", Not(leaf_of("filter_x"))),
        ("a and not 1 of sel_* or b", Or((And((A, Not(Or((S1, S2, S3))))), B))),
        ("1 of sel_* and all of sel_*", And((Or((S1, S2, S3)), S1, S2, S3))),
        ("and-more", leaf_of("and-more")),
        ("notes and a", And((leaf_of("notes"), A))),
        ("1 and a", And((leaf_of("1"), A))),
        ("_hidden_1", leaf_of("_hidden_1")),
    ],
)
def test_meaning(condition: str, expected: Predicate) -> None:
    assert meaning(condition) == expected


def test_used_names() -> None:
    used: set[str] = set()
    combine("a and 1 of sel_*", SELECTIONS, used)
    assert used == {"a", "sel_1", "sel_2", "sel_3"}


@pytest.mark.parametrize(
    ("condition", "code", "said"),
    [
        ("", "condition-syntax", "empty"),
        ("a b", "condition-syntax", "'b'"),
        ("a and", "condition-syntax", "ends"),
        ("and a", "condition-syntax", "'and'"),
        ("not", "condition-syntax", "ends"),
        ("a not b", "condition-syntax", "'not'"),
        ("a or or b", "condition-syntax", "'or'"),
        ("(a", "condition-syntax", "without its `)`"),
        ("a)", "condition-syntax", "without its `(`"),
        ("()", "condition-syntax", "')'"),
        ("them", "condition-syntax", "'them'"),
        ("of a", "condition-syntax", "'of'"),
        ("1 of", "condition-syntax", "`of`"),
        ("1 of (a)", "condition-syntax", "`of`"),
        ("1 of and", "condition-syntax", "`of`"),
        ("0 of sel_*", "quantifier", "'0'"),
        ("4 of sel_*", "quantifier", "4 of 3"),
        ("some of sel_*", "quantifier", "'some'"),
        ("-1 of sel_*", "quantifier", "'-1'"),
        ("9999999 of sel_*", "quantifier", "9999999"),
        ("d", "unknown-selection", "'d'"),
        ("1 of x*", "unknown-selection", "'x*'"),
        ("1 of hidden*", "unknown-selection", "'hidden*'"),
        ("a AND b", "condition-syntax", "'AND'"),
        ("a and NOT b", "condition-syntax", "'b'"),
        ("a | count() > 5", "aggregation", "|"),
        ("a " * 40_000, "too-large", "characters"),
    ],
)
def test_errors(condition: str, code: str, said: str) -> None:
    with pytest.raises(RuleError) as error:
        meaning(condition)
    assert error.value.problem.code == code
    assert said in error.value.problem.message


@pytest.mark.parametrize(("condition", "hint"), [("sel_4", "did you mean sel_"), ("1 of sell_*", "did you mean"), ("NOT", "lower case")])
def test_hints(condition: str, hint: str) -> None:
    with pytest.raises(RuleError) as error:
        meaning(condition)
    assert hint in error.value.problem.hint


def test_patterns_do_not_backtrack() -> None:
    start = time.process_time()
    assert matching("*a" * 500 + "*b", ["a" * 5000]) == []
    assert matching("*a" * 500, ["a" * 5000]) == ["a" * 5000]
    assert time.process_time() - start < 1


def test_overlapping_pieces_of_a_pattern() -> None:
    assert matching("ab*ba", ["aba", "abba", "ab_ba"]) == ["abba", "ab_ba"]
    assert matching("a*bb*b", ["abb", "abbb"]) == ["abbb"]


def test_parentheses_that_mean_nothing_may_be_many() -> None:
    assert meaning("(" * 400 + "a" + ")" * 400) == A
    assert meaning("not (" * 400 + "a" + ")" * 400) == A
    assert meaning("a and (b and (" * 200 + "c" + "))" * 200) == And((A, B, C))


def test_levels_that_mean_something_are_limited() -> None:
    levels = MAXIMUM_DEPTH // 2 - 1
    assert isinstance(meaning("a and (b or (" * levels + "c" + "))" * levels), And)
    for levels, nested in ((400, "a and (b or ("), (400, "not (a and not (b or (")):
        with pytest.raises(RuleError) as error:
            meaning(nested * levels + "c" + ")" * levels * nested.count("("))
        assert error.value.problem.code == "too-deep"


def test_parentheses_are_limited() -> None:
    with pytest.raises(RuleError) as error:
        meaning("(" * (MAXIMUM_NESTING + 1) + "a" + ")" * (MAXIMUM_NESTING + 1))
    assert error.value.problem.code == "too-deep"


def test_combinations_are_limited() -> None:
    many = {f"s{number}": Part(leaf_of(f"s{number}"), 0, 1) for number in range(40)}
    with pytest.raises(RuleError) as error:
        combine("20 of s*", many, set())
    assert error.value.problem.code == "quantifier"


def test_what_a_condition_repeats_is_limited() -> None:
    large = Part(any_of(leaf_of(f"x{number}") for number in range(20_000)), 1, 20_000)
    for condition in ("a or (b and (" * 250 + "a" + "))" * 250, " and ".join(["(a or b)"] * 5000)):
        start = time.process_time()
        with pytest.raises(RuleError) as error:
            combine(condition, {"a": large, "b": large}, set())
        assert error.value.problem.code in ("too-large", "too-deep")
        assert time.process_time() - start < 10


def test_the_order_of_building_does_not_matter() -> None:
    """The reader joins many at once; joining two by two gives the same."""
    expected = all_of([all_of([A, negation(B)]), any_of([any_of([S1, S2]), S3])])
    assert meaning("a and not b and (sel_1 or sel_2 or sel_3)") == expected
