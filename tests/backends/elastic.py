"""Statements and rows for the tests of the languages of Elasticsearch."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from ipaddress import ip_network

from hypothesis import strategies as st

from sigma_amsi.backend import Backend, Statement
from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, Token, exactly
from sigma_amsi.pipeline.schema import ColumnType, Fact, Schema, Table
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import TRUE, And, Compare, InNetwork, Matches, Not, Null, Or, Predicate, Regex, Test
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, Repeat
from sigma_amsi.regex.tree import Sequence as Items
from sigma_amsi.term import Column, First, Join, Prefix, Term, Text, Values, When
from tests.engines.answers import Hits
from tests.engines.lucene import FieldType

COLUMNS = (
    ColumnType("path", native="keyword", compares="exact", absent_for=("", "-")),
    ColumnType("c-uri", native="wildcard", compares="exact", many=True, absent_for=("",)),
    ColumnType("lower", native="keyword", compares="folded", absent_for=("",)),
    ColumnType("hash", native="keyword", compares="exact", absent_for=("",)),
    ColumnType("direction", native="keyword", compares="exact", absent_for=("",), values=("egress", "ingress", "unknown")),
    ColumnType("port", kind="integer", native="long", compares="exact", many=True),
    ColumnType("ip", kind="address", native="ip", compares="exact"),
    ColumnType("seen", kind="boolean", native="boolean", compares="exact"),
    ColumnType("@timestamp", kind="time", native="date", compares="exact"),
    ColumnType("words", native="text", compares="folded", absent_for=("",)),
    ColumnType(
        "script", native="text", compares="folded", absent_for=("",), words=Chars.from_ranges([(0x61, 0x7A), (0x41, 0x5A), (0x2D, 0x2D)])
    ),
    ColumnType("empty", native="keyword", compares="exact"),
    ColumnType("data.*", native="keyword", compares="exact", absent_for=("",)),
)
KEPT = Fact("scripts-are-kept-whole", "script has a sub-field that holds the whole text", "site", "", columns=("script.wildcard",))
TABLE = Table("", {column.name: column for column in COLUMNS}, facts=(KEPT,))
PATH, LOWER, PORT, IP = (Column(name) for name in ("path", "lower", "port", "ip"))
HEX = Fact(
    "hashes-are-hexadecimal",
    "a hash has hexadecimal digits only",
    "official",
    "",
    holds=Not(Test(Column("hash"), Matches(Pattern.of(ANY_MANY, "=", ANY_MANY)))),
)
FOLDED = Fact("keyword-fields-are-folded", "keyword fields have a normalizer", "site", "", folds=("*",))
SCHEMA = Schema("elastic", "Elasticsearch", {"": TABLE}, facts=(HEX, FOLDED))


def statement(detection: Predicate, where: Predicate = TRUE) -> Statement:
    """A statement about rows of the test table."""
    return Statement(TABLE, where, detection, SCHEMA)


def written(backend: Backend, predicate: Predicate, where: Predicate = TRUE) -> str:
    """The query for the predicate on one line."""
    return " ".join(backend.generate(statement(predicate, where)).split())


def code_of(backend: Backend, predicate: Predicate) -> str:
    """The code with which the language refuses the predicate, empty where it does not."""
    try:
        backend.generate(statement(predicate))
    except Refused as refusal:
        return refusal.problem.code
    return ""


def matches(subject: str | Term, *tokens: Token, cased: bool = False) -> Test:
    """A test of a column, or of a term, for a pattern."""
    return Test(Column(subject) if isinstance(subject, str) else subject, Matches(Pattern.of(*tokens), cased))


USER = Join((Column("path"), Text("\\"), Column("lower")))
KIND = Test(Column("direction"), Matches(exactly("egress"), cased=True))

_WORDS = ("foo", "FOO", "AND", " and ", " OR ", "not ", "NOT", "TO", "null", "true", "12", "\\u0041", "\\n", "/*", "//", '"""')
_pieces = st.one_of(st.sampled_from("aAb\\*?\"/<>|][-~@#&+(){}^:=!. \n\téÉ$%'`\u3000\u00a0𝒳😀"), st.sampled_from(_WORDS))
texts = st.lists(_pieces, min_size=1, max_size=4).map("".join)
_sets = st.sampled_from([ONE, Chars.of("-/–"), Chars.of("ab"), Chars.of("aé]"), ~Chars.of("a\\")])
_patterns = st.lists(st.one_of(texts, st.just(ANY_MANY), st.just(ANY_MANY), _sets), max_size=4).map(lambda tokens: Pattern.of(*tokens))
_start, _end = Anchor(Place.TEXT_START), Anchor(Place.TEXT_END)
_trees = st.recursive(
    st.one_of(texts.map(Literal), _sets.map(OneOf)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda items: Items(tuple(items))),
        st.lists(inner, min_size=2, max_size=3, unique=True).map(lambda items: Choice(tuple(items))),
        st.builds(Repeat, inner, st.integers(0, 1), st.sampled_from([1, 2, None])),
    ),
    max_leaves=4,
)
_regexes = st.one_of(_trees, _trees.map(lambda tree: Items((_start, tree))), _trees.map(lambda tree: Items((tree, _end))))
_text_columns = st.sampled_from(["path", "c-uri", "lower", "hash", "data.x", "empty"]).map(Column)
_composed: st.SearchStrategy[Term] = st.sampled_from(
    (
        USER,
        First((Column("path"), Column("lower"))),
        When(KIND, Column("path"), Column("data.x")),
        Prefix(Column("data.x"), (("A", "\\b"), ("b", "foo"))),
    )
)
_text_subjects = st.one_of(_text_columns, _composed)
_ports = st.integers(-20, 20)
tests = st.one_of(
    st.builds(Test, _text_subjects, st.builds(Matches, _patterns, st.booleans())),
    st.builds(Test, _text_subjects, st.builds(Matches, _patterns, st.just(False))),
    st.builds(Test, st.sampled_from([Column("path"), Column("lower")]), st.builds(Regex, _regexes, st.booleans())),
    st.builds(Test, st.one_of(_text_subjects, st.sampled_from([Column("port"), Column("ip")])), st.just(Null())),
    st.builds(Test, st.just(Column("port")), _ports.map(lambda number: Matches(exactly(str(number))))),
    st.builds(
        Test, st.just(Column("port")), st.builds(Compare, st.sampled_from(["<", "<=", ">", ">="]), _ports.map(lambda n: Decimal(n) / 2))
    ),
    st.builds(
        Test,
        st.just(Column("ip")),
        st.sampled_from(
            [
                *(InNetwork(ip_network(text)) for text in ("10.0.0.0/8", "10.1.2.3/32", "fe80::/10", "::/0", "::1/128", "0.0.0.0/0")),
                *(Matches(exactly(text)) for text in ("10.1.2.3", "fe80::1", "::1")),
                *(Matches(Pattern.of(text, ANY_MANY)) for text in ("10.", "192.168.", "fe80:")),
            ]
        ),
    ),
    st.builds(Test, st.just(Column("direction")), st.builds(Matches, _patterns, st.booleans())),
    st.just(Test(Values(Column("direction"), (("egress", "true"), ("ingress", "false"))), Matches(exactly("TRUE")))),
)
predicates: st.SearchStrategy[Predicate] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)
_values = st.lists(_pieces, min_size=1, max_size=3).map("".join).filter(lambda text: text != "-")
_addresses = st.sampled_from(["10.1.2.3", "10.255.0.1", "192.168.0.1", "11.0.0.1", "::1", "fe80::1", "2001:db8::1"])
rows = st.fixed_dictionaries(
    {},
    optional={
        "path": _values.map(lambda text: [text]),
        "c-uri": st.lists(_values, min_size=1, max_size=2),
        "lower": _values.map(lambda text: [text.lower()]),
        "hash": st.sampled_from([["abc1"], ["ABC1"]]),
        "data.x": _values.map(lambda text: [text]),
        "empty": st.one_of(st.just([""]), _values.map(lambda text: [text])),
        "direction": st.sampled_from([["egress"], ["ingress"], ["unknown"]]),
        "port": st.lists(_ports.map(str), min_size=1, max_size=2),
        "ip": _addresses.map(lambda text: [text]),
    },
)
FIELD_TYPES: Mapping[str, FieldType] = {
    **dict.fromkeys(("path", "c-uri", "hash", "data.x", "empty", "direction"), "exact"),
    "lower": "lower",
    "port": "long",
    "ip": "ip",
}
"""The columns that rows have, as the engine knows them."""


def wrong_answers(asked: Sequence[tuple[Predicate, str, frozenset[int]]], documents: Sequence[Mapping[str, Sequence[str]]]) -> list[str]:
    """What is wrong with the rows that queries found: for each predicate, its query and the positions of the rows."""
    wrong = []
    for predicate, query, found in asked:
        expected = frozenset(index for index, document in enumerate(documents) if evaluate(predicate, document))
        if expected != found:
            rows = [documents[index] for index in sorted(expected ^ found)]
            wrong.append(f"{query}\n  for {predicate}\n  expected {sorted(expected)} found {sorted(found)}, different: {rows}")
    return wrong


def queries_for(backend: Backend, predicates: Iterable[Predicate]) -> dict[str, Predicate]:
    """The queries for those predicates that the language does not refuse."""
    return {backend.generate(statement(predicate)): predicate for predicate in predicates if not code_of(backend, predicate)}


def check_answers(asked: Mapping[str, Predicate], answers: Sequence[object], documents: Sequence[Mapping[str, Sequence[str]]]) -> None:
    """Fail unless an engine took every query and found the rows of its predicate."""
    answered = list(zip(asked.items(), answers, strict=True))
    assert [(query, answer) for (query, _), answer in answered if not isinstance(answer, Hits)] == []
    found = [(predicate, query, answer.rows) for (query, predicate), answer in answered if isinstance(answer, Hits)]
    assert not wrong_answers(found, documents)


def misread(backend: Backend, predicate: Predicate, documents: Sequence[Mapping[str, Sequence[str]]]) -> list[str]:
    """What is wrong with the parser's reading of the query for the predicate; nothing where the language refuses it."""
    try:
        query = backend.generate(statement(predicate))
    except Refused:
        return []
    read = backend.parse(query, SCHEMA, TABLE).predicate
    found = frozenset(index for index, document in enumerate(documents) if evaluate(read, document))
    return wrong_answers([(predicate, query, found)], documents)
