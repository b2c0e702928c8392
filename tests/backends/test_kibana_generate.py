"""KQL queries: how they look, that Kibana and Lucene make of them what they mean, and what is refused."""

from collections.abc import Iterator
from decimal import Decimal
from ipaddress import ip_network
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern
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
from sigma_amsi.regex.tree import Literal, Repeat
from sigma_amsi.registry import find_backend
from sigma_amsi.term import Column
from tests.backends.elastic import (
    FIELD_TYPES,
    IP,
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
from tests.engines import kibana, require
from tests.engines.answers import Accepted, Hits
from tests.engines.lucene import Lucene

BACKEND = find_backend("kibana")


@pytest.mark.parametrize(
    ("predicate", "query"),
    [
        # case is the field's
        (matches("lower", "Cmd.exe"), 'lower: "Cmd.exe"'),
        (matches("path", "Cmd.exe", cased=True), 'path: "Cmd.exe"'),
        (matches("path", "4688"), 'path: "4688"'),
        (matches("direction", "EGRESS"), 'direction: "egress"'),
        # whole values are quoted
        (matches("lower", 'a "b"\t*\\'), r'lower: "a \"b\"\t*\\"'),
        (matches("lower", "null"), 'lower: "null"'),
        # values with wildcards
        (matches("lower", ANY_MANY, "\\foo bar (x86)\\", ANY_MANY), r"lower: *\\foo bar \(x86\)\\*"),
        (matches("lower", "1*2?<3>{4}:5\n", ANY_MANY), r"lower: 1\*2?\<3\>\{4\}\:5\n*"),
        (matches("lower", ANY_MANY, "black and white", ANY_MANY), r"lower: *black \and white*"),
        (matches("lower", ANY_MANY, " OR"), r"lower: * \OR"),
        (matches("lower", ANY_MANY, "cannot do", ANY_MANY), r"lower: *can\u006eot do*"),
        (matches("lower", ANY_MANY, "nothing orderly", ANY_MANY), "lower: *nothing orderly*"),
        (matches("lower", ANY_MANY), "lower: *"),
        # sets of characters are listed
        (matches("lower", ANY_MANY, Chars.of("-/"), "enc", ANY_MANY), "lower: (*-enc* or */enc*)"),
        (matches("path", Chars.of("aA"), "1"), 'path: ("A1" or "a1")'),
        # expressions that patterns say as well
        (Test(PATH, Regex(Literal("A"))), "path: *A*"),
        # names
        (matches("c-uri", "1"), 'c-uri: "1"'),
        (matches("data.a:b", "1"), r'data.a\:b: "1"'),
        # lists
        (Or((matches("lower", "a", ANY_MANY), matches("lower", "b"))), 'lower: (a* or "b")'),
        (And((matches("lower", ANY_MANY, "a"), matches("lower", "b"))), 'lower: (*a and "b")'),
        # numbers, addresses, booleans
        (matches("port", "-5"), "port: -5"),
        (Test(PORT, Compare(">", Decimal("5.5"))), "port > 5"),
        (Test(IP, InNetwork(ip_network("10.0.0.0/8"))), "ip: 10.0.0.0/8"),
        (Or((Test(IP, InNetwork(ip_network("fe80::/10"))), matches("ip", "10.0.0.1"))), 'ip: ("fe80::/10" or 10.0.0.1)'),
        (matches("seen", "TRUE"), "seen: true"),
        # presence
        (Test(PATH, Null()), "not path: *"),
        (Not(Test(PATH, Null())), "path: *"),
        (Test(PATH, Exists()), "path: *"),
        (Test(Column("empty"), Empty()), 'empty: ""'),
        # groups
        (And((matches("port", "1"), Or((matches("ip", "::1"), matches("lower", "a"))))), 'port: 1 and (ip: "::1" or lower: "a")'),
        (Not(And((matches("port", "1"), matches("lower", "a")))), 'not (port: 1 and lower: "a")'),
        (Not(Or((matches("lower", "a"), matches("lower", "b")))), 'not lower: ("a" or "b")'),
        (matches(USER, "1\\c"), 'path: "1" and lower: "c"'),
        (TRUE, "*: *"),
    ],
)
def test_queries(predicate: Predicate, query: str) -> None:
    assert written(BACKEND, predicate) == query


def test_the_log_source_comes_first() -> None:
    where = matches("data.channel", "X", cased=True)
    assert written(BACKEND, Or((matches("lower", "a"), matches("port", "1"))), where) == 'data.channel: "X" and (lower: "a" or port: 1)'


@pytest.mark.parametrize(
    ("predicate", "code"),
    [
        (matches("path", "cmd.exe"), "case-sensitive-column"),
        (matches("path", Chars.of("ab"), ANY_MANY), "case-sensitive-column"),
        (Test(LOWER, Regex(Repeat(Literal("1"), 1, None))), "regex-unsupported"),
        (matches("lower", "a", ONE, "b"), "single-character-wildcard"),
        (matches("lower", " a", ANY_MANY), "blank-at-end"),
        (matches("lower", ANY_MANY, "a\u00a0"), "blank-at-end"),
        (matches("lower", ANY_MANY, "@kuery-wildcard@"), "literal-wildcard"),
        (matches("lower", "a" * 1000, ANY_MANY), "limit-automaton"),
    ],
)
def test_refusals(predicate: Predicate, code: str) -> None:
    assert code_of(BACKEND, predicate) == code


def test_a_refused_case_names_what_helps() -> None:
    with pytest.raises(Refused) as refusal:
        BACKEND.generate(statement(matches("path", "cmd.exe")))
    assert refusal.value.problem.hint == "use -t eql or -t lucene, or declare its normalizer: --assume keyword-fields-are-folded"


def nested(levels: int) -> Predicate:
    predicate: Predicate = And((matches("port", "1"), matches("ip", "::1")))
    for level in range(levels):
        predicate = And((matches("port", "1"), Or((matches("ip", "::1"), predicate)))) if level % 2 else Not(predicate)
    return predicate


@pytest.fixture(scope="module")
def lucene() -> Iterator[Lucene]:
    require("kibana")
    require("lucene-9")
    engine = Lucene(9)
    yield engine
    engine.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(predicates, min_size=10, max_size=30), st.lists(rows, min_size=10, max_size=25))
def test_kibana_and_lucene_find_what_the_predicate_says(
    lucene: Lucene, asked: list[Predicate], records: list[dict[str, list[str]]]
) -> None:
    queries = queries_for(BACKEND, asked)
    assert all(isinstance(answer, Accepted) for answer in kibana.parse(list(queries)))
    check_answers(queries, kibana.run(lucene, records, FIELD_TYPES, list(queries)), records)


WORDS = ("cannot be", "x or y and z", "and", "or", "not a", "NOT", "a and", "or b", "a\u00a0or\u00a0b", "a\tnot b", "and and and")
MORE_WORDS = ("a AND", "cannot", "null", "true*", "x \\not y", "a\nb", "{a}", "bandor not", 'a"b', "\\n", "\\u0041", "a:b", "a<b>c")


def test_words_of_the_language_stay_in_the_value(lucene: Lucene) -> None:
    texts = WORDS + MORE_WORDS
    patterns = [
        Pattern.of(*tokens) for text in texts for tokens in ((ANY_MANY, text, ANY_MANY), (ANY_MANY, text), (text[:2], ANY_MANY, text[2:]))
    ]
    tests = [Test(PATH, Matches(pattern, cased=True)) for pattern in patterns]
    pairs: list[Predicate] = [Or((first, second)) for first, second in pairwise(tests)]
    pairs += [And((first, Not(second))) for first, second in zip(tests, tests[3:], strict=False)]
    asked = queries_for(BACKEND, [*tests, *pairs])
    assert len(asked) > 100
    records = [{"path": [text]} for text in texts]
    check_answers(asked, kibana.run(lucene, records, FIELD_TYPES, list(asked)), records)


def test_the_deepest_query_that_is_written_is_one_that_elasticsearch_takes(lucene: Lucene) -> None:
    deepest = next(levels for levels in range(40) if code_of(BACKEND, nested(levels + 1)) == "limit-depth")
    assert deepest == 17
    (answer,) = kibana.run(lucene, [{"port": ["1"]}], FIELD_TYPES, [BACKEND.generate(statement(nested(deepest)))])
    assert isinstance(answer, Hits), answer
