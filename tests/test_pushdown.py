"""Tests on composed terms, pushed down to columns, answer the same on every row."""

from decimal import Decimal
from ipaddress import ip_network

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, exactly, starting
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate import walk
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import (
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
)
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
        st.builds(When, conditions, inner, inner),
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
present = texts.filter(bool)
rows = st.fixed_dictionaries(
    {},
    optional={**dict.fromkeys(NAMES, present), MANY: st.lists(present, min_size=1, max_size=3), "e": texts},
)


def is_plain(predicate: Predicate) -> bool:
    return all(isinstance(test.subject, Column) for test in walk.tests_of(predicate))


@settings(max_examples=2000, deadline=None)
@given(predicates, st.lists(rows, min_size=6, max_size=10))
@example(Test(Prefix(Column("m"), HIVES), Matches(starting("M\\S\\"))), [{"m": ["HKLM\\SYS\\x", "M\\T"]}, {"m": ["M\\S\\"]}])
def test_pushed_down_tests_answer_the_same(predicate: Predicate, records: list[dict[str, str]]) -> None:
    try:
        pushed = push_down(predicate, TABLE)
    except Refused as refusal:
        code = refusal.problem.code
        assert code in ("term-unsupported", "several-values")
        return
    assert is_plain(pushed)
    for record in records:
        assert evaluate(pushed, record) == evaluate(predicate, record), (pushed, record)
