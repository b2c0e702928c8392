"""Tests on composed terms, pushed down to columns, answer the same on every row."""

from decimal import Decimal
from ipaddress import ip_network

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, Token, exactly, starting
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate import walk
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import (
    FALSE,
    And,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matches,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Same,
    Test,
    all_of,
    any_of,
)
from sigma_amsi.proof.canonical import canonical
from sigma_amsi.pushdown import push_down
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, Repeat, Sequence
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

NAMES = ("a", "b", "kind")
MANY = "m"
TABLE = Table(
    "",
    {
        **{name: ColumnType(name, absent_for=("",), compares="exact") for name in NAMES},
        MANY: ColumnType(MANY, absent_for=("",), compares="exact", many=True),
        "e": ColumnType("e", compares="exact"),
    },
)

texts = st.one_of(
    st.text("abA\\&<;l", max_size=6),
    st.sampled_from(
        ["1", "10", "007", "DWORD (0x0000000a)", "&lt;", "a&amp;b", "&lt;a", "&LT;", "amp", "HKLM\\a", "hklm\\sys\\b", "M\\a", "X"]
    ),
)
tokens = st.one_of(texts, st.just(ANY_MANY), st.sampled_from([ONE, Chars.of("ab"), Chars.of("-/1")]))
patterns = st.lists(tokens, max_size=4).map(lambda parts: Pattern.of(*parts))
HIVES = (("HKLM\\SYS\\", "M\\S\\"), ("HKLM\\", "M\\"), ("HKU\\", "U\\"), ("", ""))
prefix_tables = st.one_of(
    st.integers(1, 4).map(lambda size: HIVES[-size:]),
    st.lists(st.tuples(st.text("abA\\", min_size=1, max_size=3), st.text("abA\\", max_size=3)), min_size=1, max_size=3).map(tuple),
)
columns = st.sampled_from([*NAMES, MANY, "e"]).map(Column)
conditions = st.sampled_from(["X", "1"]).map(lambda text: Test(Column("kind"), Matches(exactly(text), cased=True)))
terms: st.SearchStrategy[Term] = st.recursive(
    st.one_of(columns, texts.map(Text), st.just(Absent())),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(lambda parts: Join(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: First(tuple(parts))),
        st.builds(lambda test, then, otherwise: When(test, then, otherwise), conditions, inner, inner),
        st.builds(Prefix, inner, prefix_tables),
        st.builds(Values, inner, st.lists(st.tuples(texts, texts), max_size=3).map(tuple)),
        st.builds(XmlText, inner),
        st.builds(NumberText, inner, st.sampled_from(["dword", "qword", "hex"])),
    ),
    max_leaves=5,
)
expressions = st.sampled_from(
    [
        Literal("a"),
        Sequence((Anchor(Place.TEXT_START), Literal("a"), OneOf(Chars.of("b\\")), Anchor(Place.TEXT_END))),
        Choice((Literal("b"), Sequence((Repeat(Literal("a"), 1, None), Anchor(Place.TEXT_END))))),
    ]
)
matchers = st.one_of(
    st.builds(Matches, patterns, st.booleans()),
    st.builds(Regex, expressions, st.booleans()),
    st.sampled_from([Null(), Exists(), Empty(), Compare(">", Decimal(5)), InNetwork(ip_network("10.0.0.0/8"))]),
    st.builds(Same, texts.map(Text), st.sampled_from(["equals", "contains", "startswith", "endswith"]), st.booleans()),
)
predicates: st.SearchStrategy[Predicate] = st.recursive(
    st.builds(Test, terms, matchers),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
        st.builds(Not, inner),
    ),
    max_leaves=3,
)
_present = texts.filter(bool)
rows = st.fixed_dictionaries(
    {},
    optional={**dict.fromkeys(NAMES, _present), MANY: st.lists(_present, min_size=1, max_size=3), "e": texts},
)


def is_plain(predicate: Predicate) -> bool:
    return all(isinstance(test.subject, Column) for test in walk.tests_of(predicate))


@settings(max_examples=800, deadline=None)
@given(predicates, st.lists(rows, min_size=6, max_size=10))
@example(Test(Prefix(Column("m"), HIVES), Matches(starting("M\\S\\"))), [{"m": ["HKLM\\SYS\\x", "M\\T"]}, {"m": ["M\\S\\"]}])
def test_pushed_down_tests_answer_the_same(predicate: Predicate, records: list[dict[str, str]]) -> None:
    try:
        pushed = push_down(predicate, TABLE)
    except Refused:
        return
    assert is_plain(pushed)
    for record in records:
        assert evaluate(pushed, record) == evaluate(predicate, record), (pushed, record)


A, B, M = Column("a"), Column("b"), Column("m")
USER = Join((A, Text("\\"), B))
LIST = Join((Text("X="), A, Text(",Y="), B))
HIVE = Prefix(A, (("HKLM\\SYS\\", "M\\S\\"), ("HKLM\\", "M\\")))
ENTITIES = XmlText(A)


def is_(subject: Term, *tokens: Token, cased: bool = False) -> Predicate:
    return Test(subject, Matches(Pattern.of(*tokens), cased))


def present(*columns: Column) -> Predicate:
    return any_of(Not(Test(column, Null())) for column in columns)


@pytest.mark.parametrize(
    ("predicate", "pushed"),
    [
        # a join: the constant says where the parts meet
        (is_(USER, "NT\\sys"), all_of([is_(A, "NT"), is_(B, "sys")])),
        (is_(USER, ANY_MANY, "\\sys"), any_of([is_(B, "sys"), is_(B, ANY_MANY, "\\sys")])),
        (is_(USER, ANY_MANY, "NT", ANY_MANY), any_of([is_(B, ANY_MANY, "NT", ANY_MANY), is_(A, ANY_MANY, "NT", ANY_MANY)])),
        (is_(USER, "NT", ANY_MANY), is_(A, "NT", ANY_MANY)),
        (is_(USER, "sys"), FALSE),
        (is_(USER, "\\"), all_of([any_of([is_(A), Test(A, Null())]), any_of([is_(B), Test(B, Null())]), present(A, B)])),
        (is_(USER, ANY_MANY), present(A, B)),
        (Test(USER, Null()), all_of([Test(A, Null()), Test(B, Null())])),
        (Test(USER, Exists()), present(A, B)),
        (is_(LIST, "X=1,Y=2"), all_of([is_(A, "1"), is_(B, "2")])),
        (is_(LIST, ANY_MANY, "Y=2"), any_of([is_(B, "2"), is_(B, ANY_MANY, "Y=2")])),
        (is_(Join((M, Text("-"), A)), "x-y"), all_of([is_(M, "x"), is_(A, "y")])),
        # simple expressions are patterns
        (
            Test(USER, Regex(Literal("NT"), cased=True)),
            any_of([is_(B, ANY_MANY, "NT", ANY_MANY, cased=True), is_(A, ANY_MANY, "NT", ANY_MANY, cased=True)]),
        ),
        # a respelled beginning
        (is_(HIVE, "M\\x"), any_of([is_(A, "HKLM\\x"), is_(A, "M\\x")])),
        (
            is_(HIVE, "M\\", ANY_MANY, "x"),
            any_of(
                [
                    is_(A, "HKLM\\SYS\\", ANY_MANY, "x"),
                    all_of([is_(A, "HKLM\\", ANY_MANY, "x"), Not(is_(A, "HKLM\\SYS\\", ANY_MANY))]),
                    is_(A, "M\\", ANY_MANY, "x"),
                ]
            ),
        ),
        (is_(HIVE, ANY_MANY, "\\Run"), is_(A, ANY_MANY, "\\Run")),
        # XML entities are one character each
        (is_(ENTITIES, ANY_MANY, "power", ANY_MANY), is_(A, ANY_MANY, "power", ANY_MANY)),
        (is_(ENTITIES, "1<2", cased=True), any_of([is_(A, "1<2", cased=True), is_(A, "1&lt;2", cased=True)])),
        (is_(ENTITIES, "1&2"), any_of([is_(A, "1&2", cased=True), is_(A, "1&amp;2", cased=True)])),
    ],
)
def test_what_tests_become(predicate: Predicate, pushed: Predicate) -> None:
    assert canonical(push_down(predicate, TABLE)) == canonical(pushed)


@pytest.mark.parametrize(
    ("predicate", "code"),
    [
        (Test(USER, Regex(Repeat(Literal("a"), 1, None))), "term-unsupported"),
        (Test(USER, Compare(">", Decimal(1))), "term-unsupported"),
        (Test(USER, InNetwork(ip_network("10.0.0.0/8"))), "term-unsupported"),
        (Test(A, Same(USER)), "term-unsupported"),
        (is_(Join((A, B)), "x" * 100), "term-unsupported"),
        (is_(ENTITIES, ANY_MANY, "amp", ANY_MANY), "term-unsupported"),
        (is_(ENTITIES, ANY_MANY, "a&", ANY_MANY), "term-unsupported"),
        (is_(ENTITIES, "a", ONE), "term-unsupported"),
        (is_(Prefix(M, HIVE.table), "M\\", ANY_MANY), "several-values"),
        (is_(NumberText(A, "dword"), ANY_MANY, "1", ANY_MANY), "term-unsupported"),
    ],
)
def test_refusals(predicate: Predicate, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        push_down(predicate, TABLE)
    assert refusal.value.problem.code == code


def test_what_the_log_source_says_decides_conditions() -> None:
    chosen = When(is_(Column("kind"), "X", cased=True), A, B)
    assert push_down(is_(chosen, "1"), TABLE, is_(Column("kind"), "X", cased=True)) == is_(A, "1")
    assert push_down(is_(chosen, "1"), TABLE, is_(Column("kind"), "Y", cased=True)) == is_(B, "1")
    assert push_down(is_(chosen, "1"), TABLE) != is_(A, "1")


def test_plain_predicates_stay_as_they_are() -> None:
    predicate = And((is_(A, "1"), Not(Or((Test(B, Null()), is_(M, "x"), Test(A, Same(B)))))))
    assert push_down(predicate, TABLE) is predicate
