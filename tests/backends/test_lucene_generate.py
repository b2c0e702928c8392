"""Lucene queries: how they look, that real Lucene finds what they mean, and what is refused."""

from collections.abc import Iterator
from decimal import Decimal
from ipaddress import ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, exactly
from sigma_amsi.predicate.tree import (
    TRUE,
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
    Test,
)
from sigma_amsi.regex.tree import Anchor, Literal, OneOf, Place, Repeat, Sequence
from sigma_amsi.registry import find_backend
from sigma_amsi.term import Column
from tests.backends.elastic import (
    FIELD_TYPES,
    IP,
    KIND,
    LOWER,
    PATH,
    PORT,
    USER,
    check_answers,
    code_of,
    matches,
    predicates,
    queries_for,
    rows,
    statement,
    written,
)
from tests.engines import require
from tests.engines.answers import Hits
from tests.engines.lucene import Lucene
from tests.engines.opensearch import OpenSearch

BACKEND = find_backend("lucene")
MANY_LETTERS = "abcdefghij" * 30


@pytest.mark.parametrize(
    ("predicate", "query"),
    [
        # case: where the field counts it, letters become classes of both
        (matches("path", "C:\\a.exe"), r"path:/[Cc]:\\[Aa]\.[Ee][Xx][Ee]/"),
        (matches("path", ANY_MANY, "\\a.exe", cased=True), r"path:*\\a.exe"),
        (matches("path", "4688"), "path:4688"),
        (matches("lower", ANY_MANY, "\\A.exe"), r"lower:*\\A.exe"),
        (matches("direction", "EGRESS"), "direction:egress"),
        (matches("direction", ANY_MANY, "gress"), "direction:(egress OR ingress)"),
        # whole values: bare words, else quoted
        (matches("lower", "cmd.exe"), "lower:cmd.exe"),
        (matches("lower", 'a "b" \\'), r'lower:"a \"b\" \\"'),
        (matches("lower", "AND"), 'lower:"AND"'),
        (matches("lower", ">=5"), 'lower:">=5"'),
        (matches("lower", "a*b?"), 'lower:"a*b?"'),
        # wildcards
        (matches("lower", ANY_MANY, "foo bar", ANY_MANY), r"lower:*foo\ bar*"),
        (matches("lower", "a", ONE, "b"), "lower:a?b"),
        (matches("lower", "1*2?3\\", ANY_MANY), r"lower:1\*2\?3\\*"),
        (matches("lower", ANY_MANY, "/etc/<a>|b]", ANY_MANY), r"lower:*\/etc\/\<a\>\|b\]*"),
        (matches("lower", ANY_MANY, Chars.of("-/–"), "Enc", ANY_MANY), r"lower:/.*[\-\/–]enc.*/"),
        (matches("path", ANY_MANY, "1/2", ANY_MANY), r"path:*1\/2*"),
        (matches("lower", ANY_MANY), "_exists_:lower"),
        (matches("path", ONE, ANY_MANY), "_exists_:path"),
        (matches("empty", ONE, ANY_MANY), "empty:?*"),
        # analysed text: what lies inside of a word is looked for in its words
        (matches("script", ANY_MANY, "Get-Thing", ANY_MANY), r"script:*Get\-Thing*"),
        (Test(Column("script"), Regex(Literal("get"), cased=False)), "script:*get*"),
        # names
        (matches("c-uri", "1"), r"c\-uri:1"),
        (matches("data.EventType", "1"), "data.EventType:1"),
        # regular expressions are compiled to whole values
        (Test(PATH, Regex(Literal("a b"))), r"path:*a\ b*"),
        (Test(PATH, Regex(Sequence((Literal("a"), Repeat(OneOf(Chars.of("01")), 1, None), Anchor(Place.TEXT_END))))), "path:/.*a[01]+/"),
        (Test(LOWER, Regex(Repeat(OneOf(Chars(((0x5A, 0x61),))), 2, 3), cased=False)), r"lower:/.*[\[-az]{2,3}.*/"),
        (Test(PATH, Regex(Sequence((Repeat(Literal("a"), 1, None), Literal("\\"), Anchor(Place.TEXT_END))))), r"path:/.*a+[\\]/"),
        # numbers, addresses, booleans
        (Test(PORT, Matches(exactly("443"))), "port:443"),
        (Test(PORT, Matches(exactly("-5"))), 'port:"-5"'),
        (Test(PORT, Compare(">", Decimal("5.5"))), "port:>5"),
        (Test(PORT, Compare(">=", Decimal("5.5"))), "port:>=6"),
        (Test(IP, InNetwork(ip_network("10.0.0.0/8"))), 'ip:"10.0.0.0/8"'),
        (Test(IP, Matches(exactly("FE80::1"))), 'ip:"fe80::1"'),
        (matches("ip", "10.", ANY_MANY), 'ip:"10.0.0.0/8"'),
        (matches("ip", "fe80:", ANY_MANY), 'ip:"fe80::/16"'),
        (matches("seen", "TRUE"), "seen:true"),
        # presence
        (Test(PATH, Null()), "(NOT _exists_:path)"),
        (Not(Test(PATH, Null())), "_exists_:path"),
        (Test(PATH, Exists()), "_exists_:path"),
        (Test(Column("empty"), Empty()), 'empty:""'),
        # groups: every one of one operator and every negation in brackets
        (Or((matches("lower", "a"), matches("lower", "b"), matches("data.x", "1"))), "lower:(a OR b) OR data.x:1"),
        (And((matches("lower", "a"), matches("lower", "b"))), "lower:(a AND b)"),
        (And((matches("lower", "a"), Or((matches("port", "1"), matches("ip", "::1"))))), 'lower:a AND (port:1 OR ip:"::1")'),
        (Not(Or((matches("lower", "a"), matches("lower", "b")))), "(NOT lower:(a OR b))"),
        (And((matches("lower", "a"), Not(And((matches("lower", "b"), matches("port", "1")))))), "lower:a AND (NOT (lower:b AND port:1))"),
        (Or((matches("lower", "a"), Not(matches("lower", "b")))), "lower:a OR (NOT lower:b)"),
        # composed terms
        (matches(USER, "1\\b"), "path:1 AND lower:b"),
        (matches(USER, ANY_MANY, "1", ANY_MANY), "lower:*1* OR path:*1*"),
        (TRUE, "*:*"),
    ],
)
def test_queries(predicate: Predicate, query: str) -> None:
    assert written(BACKEND, predicate) == query


def test_the_log_source_comes_first() -> None:
    assert (
        written(BACKEND, Or((matches("lower", "a"), matches("port", "1"))), matches("data.channel", "1"))
        == "data.channel:1 AND (lower:a OR port:1)"
    )


def test_what_the_log_source_decides_is_not_asked_again() -> None:
    assert written(BACKEND, Or((KIND, matches("lower", "a"))), KIND) == "direction:egress AND (direction:egress OR lower:a)"


def test_values_that_a_fact_excludes_are_left_out() -> None:
    assert written(BACKEND, Or((matches("hash", ANY_MANY, "MD5=1"), matches("lower", "a")))) == "lower:a"


def test_long_queries_are_broken_at_their_outermost_operators() -> None:
    names = Or(tuple(matches("lower", ANY_MANY, f"\\a-long-name-{number}.exe") for number in range(5)))
    assert BACKEND.generate(statement(And((matches("port", "1"), Not(names))))) == "\n".join(
        [
            "port:1",
            "AND (NOT lower:(",
            r"  *\\a\-long\-name\-0.exe",
            *(rf"  OR *\\a\-long\-name\-{number}.exe" for number in range(1, 5)),
            "))",
        ]
    )


@pytest.mark.parametrize(
    ("predicate", "code"),
    [
        (Test(LOWER, Regex(Repeat(Literal("A"), 1, None))), "case-insensitive-column"),
        (Test(PATH, Regex(Repeat(Sequence((Anchor(Place.WORD_EDGE), Literal("a"))), 1, None))), "regex-construct"),
        (matches("path", ANY_MANY, MANY_LETTERS, ANY_MANY), "limit-length"),
        (Test(PATH, Regex(Repeat(OneOf(~Chars.of("\n")), 1000, None))), "limit-automaton"),
        (matches("lower", ANY_MANY, "a", *[ONE] * 30, ANY_MANY), "limit-automaton"),
        (matches("lower", "a" * 1000, ANY_MANY), "limit-automaton"),
    ],
)
def test_refusals(predicate: Predicate, code: str) -> None:
    assert code_of(BACKEND, predicate) == code


@pytest.fixture(scope="module", params=[8, 9])
def lucene(request: pytest.FixtureRequest) -> Iterator[Lucene]:
    require(f"lucene-{request.param}")
    engine = Lucene(request.param)
    yield engine
    engine.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(predicates, min_size=10, max_size=30), st.lists(rows, min_size=10, max_size=25))
def test_real_lucene_finds_what_the_predicate_says(lucene: Lucene, asked: list[Predicate], records: list[dict[str, list[str]]]) -> None:
    queries = queries_for(BACKEND, asked)
    check_answers(queries, lucene.run(records, FIELD_TYPES, list(queries)), records)


def test_a_wildcard_is_a_pattern_only_where_the_rule_has_one() -> None:
    literal = Pattern.of("a*b?c\\", "d")
    assert written(BACKEND, Test(LOWER, Matches(literal))) == r'lower:"a*b?c\\d"'


def test_a_real_node_finds_in_words_what_lies_inside_of_one() -> None:
    """Whatever cuts a text into words: one that leaves runs of some characters whole."""
    require("opensearch-2")
    node = OpenSearch(2)
    scripts = ["Get-Thing | foo_Bar1", "FOO_BAR12", "foo _bar1", "foo.bar_1", "(xfoo_bar1x)", ""]
    asked = ["foo_bar1", "Thing", "FOO", "o_b", "bar"]
    answers = node.run([{"script": [text]} for text in scripts], {"script": "text"}, [f"script:*{text}*" for text in asked])
    node.close()
    expected = [Hits(frozenset(row for row, script in enumerate(scripts) if text.lower() in script.lower())) for text in asked]
    assert answers == expected
