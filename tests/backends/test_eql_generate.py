"""EQL queries: how they look, that the parser reads back what they mean, and what is refused."""

from decimal import Decimal
from ipaddress import ip_network

import pytest

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import ANY_MANY, ONE
from sigma_amsi.predicate.tree import (
    TRUE,
    And,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Test,
)
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, Repeat, Sequence
from sigma_amsi.registry import find_backend
from sigma_amsi.term import Column
from tests.backends.elastic import (
    IP,
    PATH,
    PORT,
    USER,
    code_of,
    matches,
    statement,
    written,
)

BACKEND = find_backend("eql")


@pytest.mark.parametrize(
    ("predicate", "condition"),
    [
        # case is the operator's
        (matches("path", "cmd.exe"), 'path : "cmd.exe"'),
        (matches("path", "cmd.exe", cased=True), 'path == "cmd.exe"'),
        (matches("path", ANY_MANY, "\\cmd.exe"), r'path : "*\\cmd.exe"'),
        (matches("path", ANY_MANY, "\\cmd.exe", cased=True), r'path like "*\\cmd.exe"'),
        (matches("lower", "a", ONE, "B"), 'lower : "a?B"'),
        # letters beyond ASCII are folded by hand, since Lucene 8 does not
        (matches("path", ANY_MANY, "École", ANY_MANY), 'path regex~ ".*[Éé]cole.*"'),
        (matches("lower", ANY_MANY, "École", ANY_MANY), 'lower : "*École*"'),
        (matches("path", "École", cased=True), 'path == "École"'),
        # a literal star or question mark has no escape
        (matches("path", "a*b?c"), 'path in~ ("a*b?c")'),
        (matches("path", "a*b?c", cased=True), 'path == "a*b?c"'),
        (matches("path", ANY_MANY, "*$", ANY_MANY), r'path regex~ """.*\*$.*"""'),
        (matches("path", ANY_MANY, "A*", cased=True), r'path regex """.*A\*"""'),
        (matches("path", ANY_MANY, Chars.of("-/–"), "enc", ANY_MANY), r'path regex~ """.*[\-\/–]enc.*"""'),
        # strings
        (matches("path", 'a "b"\t\n\\'), r'path : "a \"b\"\t\n\\"'),
        (matches("path", "\x00\u200b"), r'path : "\u{0}\u{200b}"'),
        (matches("path", ANY_MANY, '"*', ANY_MANY), r'path regex~ ".*\\\"\\*.*"'),
        # names
        (matches("c-uri", "1"), '`c-uri` : "1"'),
        (matches("data.any", "1"), '`data.any` : "1"'),
        (matches("data.a`b", "1"), '`data.a``b` : "1"'),
        (matches("data.EventType", "1"), 'data.EventType : "1"'),
        # lists
        (Or((matches("path", "a", ANY_MANY), matches("path", "b"))), 'path : ("a*", "b")'),
        (Or((matches("path", "a", cased=True), matches("path", "b", cased=True))), 'path in ("a", "b")'),
        (Or((matches("path", "a", cased=True), matches("path", "b"))), 'path == "a" or path : "b"'),
        (Or((matches("port", "80"), matches("port", "-1"))), "port in (80, -1)"),
        (Or((matches("ip", "::1"), matches("ip", "10.0.0.1"))), 'ip == "::1" or ip == "10.0.0.1"'),
        # regular expressions are compiled to whole values
        (Test(PATH, Regex(Choice((Literal("a"), Literal("b"))))), 'path like ("*a*", "*b*")'),
        (Test(PATH, Regex(Repeat(OneOf(Chars.of("ab")), 2, None), cased=False)), 'path regex~ ".*[ABab]{2,}.*"'),
        (Test(PATH, Regex(Sequence((Repeat(Literal("a"), 2, None), Anchor(Place.TEXT_END))))), 'path regex ".*a{2,}"'),
        # numbers, addresses, booleans
        (Test(PORT, Compare("<=", Decimal("5.5"))), "port <= 5"),
        (Test(PORT, Compare("<", Decimal(-1))), "port < -1"),
        (Or((Test(IP, InNetwork(ip_network("10.0.0.0/8"))), matches("ip", "fe80:", ANY_MANY))), 'cidrMatch(ip, "10.0.0.0/8", "fe80::/16")'),
        (matches("seen", "True"), "seen == true"),
        # presence
        (Test(PATH, Null()), "path == null"),
        (Not(Test(PATH, Null())), "path != null"),
        (Test(PATH, Exists()), "path != null"),
        (Test(Column("empty"), Empty()), 'empty : ""'),
        # groups
        (And((matches("port", "1"), Or((matches("path", "1"), matches("lower", "1"))))), 'port == 1 and (path : "1" or lower : "1")'),
        (Not(And((matches("port", "1"), matches("path", "1")))), 'not (port == 1 and path : "1")'),
        (Not(matches("path", "1")), 'not path : "1"'),
        (Not(Or((matches("path", "1"), matches("path", "2")))), 'not path : ("1", "2")'),
        (matches(USER, "AB\\c"), 'path : "AB" and lower : "c"'),
        (TRUE, "true"),
    ],
)
def test_conditions(predicate: Predicate, condition: str) -> None:
    assert written(BACKEND, predicate) == f"any where {condition}"


def test_the_log_source_comes_first() -> None:
    where = matches("data.channel", "X", cased=True)
    assert (
        written(BACKEND, Or((matches("path", "a"), matches("port", "1"))), where)
        == 'any where data.channel == "X" and (path : "a" or port == 1)'
    )


def test_long_queries_are_broken_at_their_outermost_operators() -> None:
    names = Or(tuple(matches("path", f"C:\\a\\long\\path\\{number}.exe") for number in range(4)))
    assert BACKEND.generate(statement(And((matches("port", "1"), Not(names))))).splitlines() == [
        "any where port == 1",
        "  and not path : (",
        r'    "C:\\a\\long\\path\\0.exe",',
        r'    "C:\\a\\long\\path\\1.exe",',
        r'    "C:\\a\\long\\path\\2.exe",',
        r'    "C:\\a\\long\\path\\3.exe"',
        "  )",
    ]


def test_a_list_of_expressions_becomes_one_and_must_not_be_too_long_for_one() -> None:
    expressions = tuple(matches("path", ANY_MANY, "*" + letter * 400, ANY_MANY) for letter in "abc")
    assert written(BACKEND, Or(expressions)).count("path regex~") == 3


@pytest.mark.parametrize(
    ("predicate", "code"),
    [
        (Test(PATH, Regex(Repeat(Sequence((Anchor(Place.WORD_EDGE), Literal("a"))), 1, None))), "regex-construct"),
        (matches("path", ANY_MANY, "*" + "ab" * 600, ANY_MANY), "limit-automaton"),
        (matches("path", ANY_MANY, "*" * 600, ANY_MANY), "limit-length"),
        (Test(PATH, Regex(Repeat(OneOf(~Chars.of("\n")), 1000, None))), "limit-automaton"),
        (matches("path", "x" * 40_000), "limit-length"),
    ],
)
def test_refusals(predicate: Predicate, code: str) -> None:
    assert code_of(BACKEND, predicate) == code
