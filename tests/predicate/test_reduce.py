"""Taking composed terms apart changes no answer on any row, and does what the generators count on."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.pattern import ANY_MANY, Pattern, containing, ending, exactly, starting
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.evaluate import evaluate, number_text, pattern_test, regex_test
from sigma_amsi.predicate.preimage import before_prefix, decimal_below, needed_prefixes, numbers_before
from sigma_amsi.predicate.reduce import Manner, depth, reduced
from sigma_amsi.predicate.tree import FALSE, TRUE, And, Compare, Exists, Matches, Not, Null, Or, Predicate, Regex, Test, any_of
from sigma_amsi.regex.tree import Literal, OneOf, Repeat
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

NAMES = ("a", "b", "kind")
TABLE = Table("T", {**{name: ColumnType(name, absent_for=("",)) for name in NAMES}, "n": ColumnType("n", "integer")})
HIVES = (("HKLM\\SYSTEM\\CS1\\", "M\\System\\CCS\\"), ("HKLM\\", "M\\"), ("HKU\\", "U\\"))
EVERYTHING = Manner(takes=lambda _: False, computes=lambda _: True, growth=1000)

texts = st.sampled_from(
    ["", "1", "7", "12", "x", "X", "ab", "HKLM\\", "hklm\\x", "HKLM\\SYSTEM\\CS1\\x", "M\\x", "M\\", "U\\1", "DWORD (0x00000007)"]
)
pieces = st.sampled_from(["1", "7", "x", "\\", "M\\", "M", "hklm\\", "m\\system\\ccs\\", "u\\", "0x0000000", "DWORD", "a"])
patterns = st.builds(
    Pattern.of,
    st.sampled_from(["", ANY_MANY, ANY_CHARACTER]),
    pieces,
    st.sampled_from(["", ANY_MANY, Chars.of("x1\\"), ANY_CHARACTER]),
    st.sampled_from(["", "x", "7)"]),
    st.sampled_from(["", ANY_MANY]),
)
matchers = st.one_of(
    st.builds(Matches, patterns, st.booleans()),
    st.builds(Matches, st.builds(exactly, texts.filter(bool)), st.just(False)),
    st.sampled_from([Null(), Exists(), Compare(">", Decimal(5)), Regex(Repeat(OneOf(Chars.of("1x")), 1, 2)), Regex(Literal("X"), False)]),
)
conditions = st.sampled_from(
    [
        Test(Column("kind"), Matches(exactly("x"))),
        Not(Test(Column("kind"), Matches(exactly("X")))),
        Test(Column("kind"), Null()),
        Or((Test(Column("kind"), Matches(exactly("1"))), Test(Column("a"), Matches(containing("x"))))),
    ]
)
terms: st.SearchStrategy[Term] = st.recursive(
    st.one_of(st.sampled_from([Column("a"), Column("b"), Column("kind"), Absent(), Text("x"), Text("7")])),
    lambda inner: st.one_of(
        st.builds(lambda left, right: Join((left, Text("\\"), right)), inner, inner),
        st.builds(lambda left, right: First((left, right)), inner, inner),
        st.builds(lambda test, then, otherwise: When(test, then, otherwise), conditions, inner, inner),
        st.builds(Prefix, inner, st.sampled_from([HIVES, HIVES[1:], HIVES[::-1]])),
        st.builds(Values, inner, st.sampled_from([(("x", "DeleteKey"), ("1", "x")), (("7", "x"), ("7", "y"), ("ab", "x"))])),
        st.builds(NumberText, inner, st.sampled_from(["dword", "qword", "hex"])),
        st.builds(XmlText, inner),
    ),
    max_leaves=4,
)
tests = st.builds(Test, terms, matchers)
predicates: st.SearchStrategy[Predicate] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(lambda parts: And(tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(lambda parts: Or(tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(Not, inner),
    ),
    max_leaves=4,
)
rows = st.dictionaries(st.sampled_from(NAMES), texts.filter(bool))
log_sources = st.sampled_from(
    [
        TRUE,
        Test(Column("kind"), Matches(exactly("X"))),
        And((Or((Test(Column("kind"), Matches(exactly("1"))), Test(Column("kind"), Matches(exactly("7"))))), Test(Column("a"), Exists()))),
    ]
)


@settings(max_examples=500, deadline=None)
@given(predicates, log_sources, st.lists(rows, min_size=4, max_size=8), st.sampled_from([0, 1, 3, 1000]), st.booleans())
def test_no_answer_changes(predicate: Predicate, where: Predicate, rows: list[dict[str, str]], growth: int, takes: bool) -> None:
    manner = Manner(takes=lambda term: takes and isinstance(term, XmlText), computes=lambda _: takes, growth=growth)
    less = reduced(predicate, TABLE, where, {}, manner).predicate
    for row in rows:
        if evaluate(where, row):
            assert evaluate(less, row) == evaluate(predicate, row)


def reduce_one(term: Term, holds: Matches | Null, where: Predicate = TRUE) -> Predicate:
    return reduced(Test(term, holds), TABLE, where, {}, EVERYTHING).predicate


def is_text(name: str, *values: str) -> Predicate:
    return any_of(Test(Column(name), Matches(exactly(value))) for value in values)


DWORD = NumberText(Column("a"), "dword")


OPERATIONS = Values(Column("a"), (("Removed", "DeleteKey"), ("Cut", "DeleteValue"), ("Made", "CreateKey")))
BY_TYPE = When(is_text("kind", "d"), DWORD, When(is_text("kind", "x", "y"), Text("Binary"), First((Column("a"), Text("(Empty)")))))
BY_KIND = When(is_text("kind", "d"), DWORD, Column("a"))


@pytest.mark.parametrize(
    ("term", "pattern", "expected"),
    [
        (OPERATIONS, starting("Delete"), is_text("a", "Removed", "Cut")),
        (OPERATIONS, exactly("SetValue"), FALSE),
        (Text("SetValue"), exactly("setvalue"), TRUE),
        (Absent(), Pattern.of(ANY_MANY), FALSE),
        (DWORD, exactly("DWORD (0x0000000a)"), is_text("a", "10", "DWORD (0x0000000a)")),
        (DWORD, exactly("10"), FALSE),
        (DWORD, exactly("010"), is_text("a", "010")),
        (DWORD, containing(".dll"), Test(Column("a"), Matches(containing(".dll")))),
        (NumberText(Column("n"), "hex"), exactly("0x3E7"), is_text("n", "999")),
        (NumberText(Column("n"), "hex"), exactly("(0x0,0x3e7)"), FALSE),
        (
            NumberText(Column("a"), "qword"),
            exactly("QWORD (0x00000001-0x00000000)"),
            is_text("a", "4294967296", "QWORD (0x00000001-0x00000000)"),
        ),
        (
            BY_KIND,
            exactly("DWORD (0x00000001)"),
            Or((is_text("a", "DWORD (0x00000001)"), And((is_text("kind", "d"), is_text("a", "1"))))),
        ),
        (
            BY_TYPE,
            containing("x.exe"),
            And((Not(is_text("kind", "x", "y")), Test(Column("a"), Matches(containing("x.exe"))))),
        ),
        (
            BY_TYPE,
            exactly("binary"),
            any_of([And((Not(is_text("kind", "x", "y")), is_text("a", "binary"))), is_text("kind", "x", "y")]),
        ),
        (BY_KIND, containing("x.exe"), Test(Column("a"), Matches(containing("x.exe")))),
        (
            First((Column("a"), Column("b"))),
            exactly("x"),
            Or((is_text("a", "x"), And((Test(Column("a"), Null()), is_text("b", "x"))))),
        ),
        (Prefix(Column("a"), HIVES), ending("{0A}"), Test(Column("a"), Matches(ending("{0A}")))),
        (Prefix(Column("a"), HIVES), exactly("M\\Software"), is_text("a", "HKLM\\Software", "M\\Software")),
        (
            Prefix(Column("a"), HIVES),
            starting("M\\System\\CCS\\Services"),
            any_of(
                Test(Column("a"), Matches(starting(text + "Services")))
                for text in ("HKLM\\SYSTEM\\CS1\\", "HKLM\\System\\CCS\\", "M\\System\\CCS\\")
            ),
        ),
    ],
)
def test_said_on_columns(term: Term, pattern: Pattern, expected: Predicate) -> None:
    assert reduce_one(term, Matches(pattern)) == expected


def test_conditions_that_the_log_source_decides_disappear() -> None:
    term = When(is_text("kind", "ValueDeleted"), Join((Column("a"), Text("\\"), Column("b"))), Column("a"))
    wanted = Matches(ending("x"))
    assert reduce_one(term, wanted, is_text("kind", "KeyDeleted")) == Test(Column("a"), wanted)
    assert reduce_one(term, wanted, is_text("kind", "valuedeleted")) == Test(term.then, wanted)
    assert reduce_one(term, wanted, is_text("kind", "KeyDeleted", "ValueDeleted")) == Test(term, wanted)


def test_tests_that_the_log_source_implies_disappear() -> None:
    kinds = is_text("kind", "KeyDeleted", "ValueDeleted")
    kept = is_text("a", "x")
    assert reduced(And((kept, Test(Column("kind"), Matches(ending("deleted"))))), TABLE, kinds, {}, EVERYTHING).predicate == kept
    assert reduced(And((kept, is_text("kind", "KeyDeleted"))), TABLE, kinds, {}, EVERYTHING).predicate == And(
        (kept, is_text("kind", "KeyDeleted"))
    )


def test_a_term_keeps_the_name_of_its_field() -> None:
    path = Join((Column("a"), Text("\\"), Column("b")))
    less = reduced(Test(Prefix(path, HIVES), Matches(ending("x"))), TABLE, TRUE, {Prefix(path, HIVES): "TargetObject"}, EVERYTHING)
    assert less.names == {path: "TargetObject"}


def test_a_spelling_that_a_test_could_notice_stays() -> None:
    assert needed_prefixes(HIVES, [Matches(containing("\\x"))]) == ()
    assert needed_prefixes(HIVES, [Matches(containing("LM\\x"))]) == HIVES[:2]  # without the first, the second would respell its values
    assert needed_prefixes(HIVES, [Matches(containing("U"))]) == ()
    assert needed_prefixes(HIVES, [Matches(containing("K"))]) == HIVES
    assert needed_prefixes(HIVES, [Matches(ending("\\x"), cased=True)]) == HIVES


def test_patterns_before_a_prefix() -> None:
    assert before_prefix(starting("U"), HIVES) == (starting("HKU\\"), starting("U"))
    assert before_prefix(exactly("HKLM\\x"), HIVES) == ()
    assert before_prefix(starting("HK"), HIVES) is None
    assert before_prefix(containing("x"), HIVES) is None


@given(patterns, st.booleans(), st.sampled_from(["dword", "qword", "hex"]), st.integers(0, 2**34))
def test_numbers_before_a_pattern(pattern: Pattern, cased: bool, style: str, number: int) -> None:
    numbers = numbers_before(pattern, cased, style)
    if numbers is not None and number < 2 ** (32 if style == "dword" else 64):
        assert (numbers.every or number in numbers.listed) == pattern_test(pattern, cased)(number_text(str(number), style))


@given(st.sampled_from([1, 2, 9, 10, 11, 99, 100, 101, 4096, 2**32]), st.integers(0, 10**12))
def test_decimal_below(limit: int, number: int) -> None:
    below = regex_test(decimal_below(limit), True)
    for each in (number, number % (2 * limit), limit - 1, limit):
        assert below(str(each)) == (each < limit)
        assert not below(f"0{each}")
        assert not below(f"{each}\n")


def test_depth() -> None:
    deep: Predicate = Test(Column("a"), Null())
    for _ in range(5000):
        deep = And((Not(deep), TRUE))
    assert depth(deep) == 10000
