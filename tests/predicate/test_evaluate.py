"""What predicates mean: the table that every other part of the project is held against."""

from decimal import Decimal
from ipaddress import ip_network

import pytest

from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, containing, ending, exactly, starting
from sigma_amsi.predicate.evaluate import Record, canonical_decimal, evaluate, number_text, term_values
from sigma_amsi.predicate.tree import (
    FALSE,
    TRUE,
    And,
    AnyField,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matcher,
    Matches,
    Not,
    Null,
    Or,
    Regex,
    Same,
    Test,
    TimePart,
)
from sigma_amsi.regex.tree import Anchor, Literal, Place, Sequence
from sigma_amsi.term import Absent, Column, Field, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

F = Field("f")
DEFENDER = "C:\\Program Files\\Windows Defender\\"


@pytest.mark.parametrize(
    ("record", "holds", "expected"),
    [
        ({"f": "C:\\Windows\\CMD.EXE"}, Matches(ending("\\cmd.exe")), True),
        ({"f": "C:\\Windows\\CMD.EXE"}, Matches(ending("\\cmd.exe"), cased=True), False),
        ({"f": "xcmd.exe"}, Matches(ending("\\cmd.exe")), False),
        ({"f": "a\nb"}, Matches(containing("\n")), True),
        ({"f": "abc"}, Matches(Pattern.of("a", ONE, "c")), True),
        ({"f": "ac"}, Matches(Pattern.of("a", ONE, "c")), False),
        ({"f": ""}, Matches(Pattern.of(ANY_MANY)), True),
        ({}, Matches(Pattern.of(ANY_MANY)), False),
        ({"f": None}, Matches(Pattern.of(ANY_MANY)), False),
        ({"f": 443}, Matches(exactly("443")), True),
        ({"f": "443"}, Matches(exactly("443")), True),
        ({"f": True}, Matches(exactly("true")), True),
        ({"f": ["a", "b"]}, Matches(exactly("b")), True),
        ({"f": []}, Matches(exactly("b")), False),
        ({"f": "xFOOx"}, Regex(Literal("foo")), False),
        ({"f": "xFOOx"}, Regex(Literal("foo"), cased=False), True),
        ({"f": "foo\n"}, Regex(Sequence((Literal("foo"), Anchor(Place.TEXT_END)))), False),
        ({"f": "foo\n"}, Regex(Sequence((Literal("foo"), Anchor(Place.TEXT_END_OR_LAST_NEWLINE)))), True),
        ({"f": "a foo b"}, Regex(Sequence((Anchor(Place.WORD_EDGE), Literal("foo"), Anchor(Place.WORD_EDGE)))), True),
        ({"f": "afoob"}, Regex(Sequence((Anchor(Place.NO_WORD_EDGE), Literal("foo")))), True),
        ({"f": "10"}, Compare(">", Decimal(9)), True),
        ({"f": "abc"}, Compare(">", Decimal(9)), False),
        ({"f": "10.1.2.3"}, InNetwork(ip_network("10.0.0.0/8")), True),
        ({"f": "::1"}, InNetwork(ip_network("10.0.0.0/8")), False),
        ({"f": "host"}, InNetwork(ip_network("10.0.0.0/8")), False),
        ({}, Null(), True),
        ({"f": None}, Null(), True),
        ({"f": ""}, Null(), False),
        ({"f": ""}, Empty(), True),
        ({}, Empty(), False),
        ({"f": None}, Exists(), True),
        ({}, Exists(), False),
        ({"f": "ab", "g": "B"}, Same(Field("g"), "endswith"), True),
        ({"f": "ab", "g": "B"}, Same(Field("g"), "endswith", cased=True), False),
        ({"f": "ab"}, Same(Field("g")), False),
        ({"f": "2026-01-05T23:30:00Z"}, TimePart("hour", 23), True),
        ({"f": "2026-01-05 23:30:00"}, TimePart("week", 2), True),
        ({"f": "yesterday"}, TimePart("hour", 23), False),
    ],
)
def test_matchers(record: Record, holds: Matcher, expected: bool) -> None:
    assert evaluate(Test(F, holds), record) is expected
    assert evaluate(Not(Test(F, holds)), record) is not expected


def test_a_shared_backslash_satisfies_both_tests_of_the_amsi_filter_but_not_their_fusion() -> None:
    image = {"f": DEFENDER + "MsMpEng.exe"}
    two = And((Test(F, Matches(starting(DEFENDER))), Test(F, Matches(ending("\\MsMpEng.exe")))))
    fused = Test(F, Matches(starting(DEFENDER) + exactly("\\MsMpEng.exe")))
    assert evaluate(two, image)
    assert not evaluate(fused, image)


def test_two_tests_may_hold_by_different_values_and_a_negation_needs_all() -> None:
    several = {"f": ("a", "b")}
    assert evaluate(And((Test(F, Matches(exactly("a"))), Test(F, Matches(exactly("b"))))), several)
    assert not evaluate(Not(Test(F, Matches(exactly("a")))), several)


def test_keywords_look_at_every_value() -> None:
    assert evaluate(Test(AnyField(), Matches(containing("katz"))), {"a": 1, "b": ["x", "mimiKATZ"]})
    assert not evaluate(Test(AnyField(), Matches(containing("katz"))), {"katz": "x"})


def test_constants() -> None:
    assert evaluate(TRUE, {})
    assert not evaluate(FALSE, {})
    assert evaluate(Or((FALSE, TRUE)), {})


DELETED = Test(Column("action"), Matches(exactly("deleted")))
PATH = Prefix(
    When(DELETED, Join((Column("key"), Text("\\"), Column("name"))), Column("key")),
    (("HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\", "HKLM\\System\\CurrentControlSet\\"), ("HKEY_LOCAL_MACHINE\\", "HKLM\\")),
)


@pytest.mark.parametrize(
    ("term", "record", "expected"),
    [
        (PATH, {"action": "deleted", "key": "hkey_local_machine\\A", "name": "b"}, ("HKLM\\A\\b",)),
        (PATH, {"action": "set", "key": "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\X"}, ("HKLM\\System\\CurrentControlSet\\X",)),
        (Join((Column("d"), Text("\\"), Column("u"))), {"u": "bob"}, ("\\bob",)),
        (Join((Column("d"), Text("\\"), Column("u"))), {}, ()),
        (First((Column("a"), Column("b"))), {"a": "", "b": "x"}, ("x",)),
        (First((Column("a"), Column("b"))), {"a": ""}, ()),
        (Values(Column("a"), (("egress", "true"), ("ingress", "false"))), {"a": "EGRESS"}, ("true",)),
        (Values(Column("a"), (("egress", "true"),)), {"a": "unknown"}, ()),
        (XmlText(Column("a")), {"a": "2&gt;&amp;1 &amp;lt;"}, ("2>&1 &lt;",)),
        (NumberText(Column("a"), "dword"), {"a": "1"}, ("DWORD (0x00000001)",)),
        (NumberText(Column("a"), "dword"), {"a": "01"}, ("01",)),
        (NumberText(Column("a"), "hex"), {"a": 999}, ("0x3e7",)),
        (Absent(), {"a": "1"}, ()),
    ],
)
def test_terms(term: Term, record: Record, expected: tuple[str, ...]) -> None:
    assert term_values(term, record) == expected


def test_number_spellings() -> None:
    assert number_text("4294967296", "qword") == "QWORD (0x00000001-0x00000000)"
    assert number_text("4294967296", "dword") == "4294967296"
    assert canonical_decimal(Decimal("1.50")) == "1.5"
    assert canonical_decimal(Decimal("-0")) == "0"
    assert canonical_decimal(Decimal("1E+3")) == "1000"
