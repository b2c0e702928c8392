"""What items, lists and maps of a selection mean: every kind of value under every modifier."""

from decimal import Decimal
from ipaddress import ip_network

import pytest

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, containing, ending, exactly, starting
from sigma_amsi.predicate.tree import (
    And,
    AnyField,
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
    TimePart,
)
from sigma_amsi.regex.tree import Literal
from sigma_amsi.term import Field
from tests.rule.texts import DETECTION_LINE, meaning, read_one, with_detection, with_item

F, G = Field("f"), Field("g")
DASH = Chars.of("-/–—―")


def matches(*tokens: object, cased: bool = False, subject: Field | AnyField = F) -> Test:
    return Test(subject, Matches(Pattern.of(*tokens), cased))  # type: ignore[arg-type] # tokens in a table


def keyword(*tokens: object) -> Test:
    return matches(ANY_MANY, *tokens, ANY_MANY, subject=AnyField())


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        # values without modifiers
        ("f: abc", matches("abc")),
        ("f: 'a''b'", matches("a'b")),
        ("f: 443", matches("443")),
        ("f: '443'", matches("443")),
        ("f: 0x1BB", matches("443")),
        ("f: 1.50", matches("1.5")),
        ("f: -1.0e-3", matches("-0.001")),
        ("f: true", matches("true")),
        ("f: No", matches("false")),
        ("f: 2021-06-07", matches("2021-06-07")),
        ("f: null", Test(F, Null())),
        ("f:", Test(F, Null())),
        ("f: ''", Test(F, Empty())),
        ("f: [a, 1, true, '']", Or((matches("a"), matches("1"), matches("true"), Test(F, Empty())))),
        ("f: [a, a]", matches("a")),
        # wildcards and escapes
        ("f: a*b?c", matches("a", ANY_MANY, "b", ONE, "c")),
        ("f: '*'", matches(ANY_MANY)),
        ("f: '**?'", matches(ANY_MANY, ONE)),
        (r"f: 'a\*b\?c'", matches("a*b?c")),
        (r"f: 'C:\Windows\x'", matches(r"C:\Windows\x")),
        (r"f: 'a\\b'", matches(r"a\b")),
        (r"f: 'a\\\b'", matches(r"a\\b")),
        (r"f: 'a\\\\b'", matches(r"a\\b")),
        (r"f: 'a\\*'", matches("a\\", ANY_MANY)),
        (r"f: 'a\\\*'", matches("a\\*")),
        (r"f: 'a\\\\*'", matches("a\\\\", ANY_MANY)),
        ("f: 'a\\'", matches("a\\")),
        ('f: "a\\tb"', matches("a\tb")),
        # contains, startswith, endswith, cased
        ("f|contains: abc", Test(F, Matches(containing("abc")))),
        ("f|startswith: abc", Test(F, Matches(starting("abc")))),
        ("f|endswith: abc", Test(F, Matches(ending("abc")))),
        ("f|contains: '*a*'", Test(F, Matches(containing("a")))),
        ("f|contains: ''", matches(ANY_MANY)),
        ("f|startswith: ''", matches(ANY_MANY)),
        ("f|endswith: 'a\\'", Test(F, Matches(ending("a\\")))),
        ("f|contains: 'a?*b'", matches(ANY_MANY, "a", ONE, ANY_MANY, "b", ANY_MANY)),
        ("f|cased: Abc", matches("Abc", cased=True)),
        ("f|cased: 5", matches("5", cased=True)),
        ("f|cased|contains: Abc", Test(F, Matches(containing("Abc"), True))),
        ("f|contains|cased: Abc", Test(F, Matches(containing("Abc"), True))),
        ("f|contains: [a, b]", Or((Test(F, Matches(containing("a"))), Test(F, Matches(containing("b")))))),
        ("f|contains|all: [a, b]", And((Test(F, Matches(containing("a"))), Test(F, Matches(containing("b")))))),
        ("f|all|contains: [a, b]", And((Test(F, Matches(containing("a"))), Test(F, Matches(containing("b")))))),
        ("f|all: [a, b]", And((matches("a"), matches("b")))),
        # neq
        ("f|neq: a", Not(matches("a"))),
        ("f|neq: 5", Not(matches("5"))),
        ("f|neq: null", Not(Test(F, Null()))),
        ("f|neq: ''", Not(Test(F, Empty()))),
        ("f|neq: [a, b]", Not(Or((matches("a"), matches("b"))))),
        ("f|neq|all: [a, b]", Not(And((matches("a"), matches("b"))))),
        ("f|contains|neq: a", Not(Test(F, Matches(containing("a"))))),
        ("f|re|neq: a", Not(Test(F, Regex(Literal("a"))))),
        ("f|neq|cidr: 10.0.0.0/8", Not(Test(F, InNetwork(ip_network("10.0.0.0/8"))))),
        # windash
        ("f|windash: -a", matches(DASH, "a")),
        ("f|windash: /a", matches(DASH, "a")),
        ("f|windash: –a", matches(DASH, "a")),
        ("f|windash: —a", matches(DASH, "a")),
        ("f|windash: ―a", matches(DASH, "a")),
        ("f|windash: a", matches("a")),
        ("f|windash: ''", Test(F, Empty())),
        ("f|windash|contains: ' -param-name /b '", matches(ANY_MANY, " ", DASH, "param-name ", DASH, "b ", ANY_MANY)),
        ("f|contains|windash: ' -a'", matches(ANY_MANY, " ", DASH, "a", ANY_MANY)),
        ("f|windash: 'a/b c- -'", matches("a/b c- -")),
        ("f|windash: '-*-a'", matches("-", ANY_MANY, DASH, "a")),
        ("f|windash|all: ['-a', '-b']", And((matches(DASH, "a"), matches(DASH, "b")))),
        # base64 and UTF-16
        ("f|base64: abc", matches("YWJj")),
        (r"f|base64: 'a\?b'", matches("YT9i")),
        ("f|base64|contains: é", Test(F, Matches(containing("w6k=")))),
        ("f|base64offset: abcd", Or((matches("YWJjZ"), matches("FiY2"), matches("hYmNk")))),
        ("f|base64offset: ab", Or((matches("YW"), matches("Fi"), matches("hY")))),
        (
            "f|base64offset|contains: /bin/sh",
            Or(tuple(Test(F, Matches(containing(text))) for text in ("L2Jpbi9za", "9iaW4vc2", "vYmluL3No"))),
        ),
        ("f|wide: cmd", matches("c\0m\0d\0")),
        ("f|utf16le: cmd", matches("c\0m\0d\0")),
        ("f|utf16be: cmd", matches("\0c\0m\0d")),
        ("f|wide: 'a*b'", matches("a\0", ANY_MANY, "b\0")),
        ("f|wide|base64: cmd", matches("YwBtAGQA")),
        ("f|utf16be|base64: cmd", matches("AGMAbQBk")),
        ("f|utf16|base64: cmd", matches("//5jAG0AZAA=")),
        ("f|wide|base64: é", matches("6QA=")),
        ("f|wide|base64offset|contains: ab", Or(tuple(Test(F, Matches(containing(text))) for text in ("YQBiA", "EAYg", "hAGIA")))),
        (
            "f|windash|base64: -a",
            Or(tuple(matches(text) for text in ("LWE=", "L2E=", "4oCTYQ==", "4oCUYQ==", "4oCVYQ=="))),
        ),
        (
            "f|windash|wide: -a",
            Or(tuple(matches(text) for text in ("-\0a\0", "/\0a\0", "\x13 a\0", "\x14 a\0", "\x15 a\0"))),
        ),
        (
            "f|base64offset|all: [abc, xyz]",
            And(
                (
                    Or((matches("YWJj"), matches("FiY"), matches("hYm"))),
                    Or((matches("eHl6"), matches("h5e"), matches("4eX"))),
                )
            ),
        ),
        # re
        ("f|re: a", Test(F, Regex(Literal("a")))),
        (r"f|re: '\*'", Test(F, Regex(Literal("*")))),
        ("f|re|i: a", Test(F, Regex(Literal("a"), False))),
        ("f|re: (?i)a", Test(F, Regex(Literal("a"), False))),
        ("f|re|all: [a, b]", And((Test(F, Regex(Literal("a"))), Test(F, Regex(Literal("b")))))),
        # cidr
        ("f|cidr: 10.0.0.0/8", Test(F, InNetwork(ip_network("10.0.0.0/8")))),
        ("f|cidr: 'fe80::/10'", Test(F, InNetwork(ip_network("fe80::/10")))),
        ("f|cidr: 10.0.0.1", Test(F, InNetwork(ip_network("10.0.0.1/32")))),
        # comparisons
        ("f|lt: 5", Test(F, Compare("<", Decimal(5)))),
        ("f|lte: 5", Test(F, Compare("<=", Decimal(5)))),
        ("f|gt: 0.5", Test(F, Compare(">", Decimal("0.5")))),
        ("f|gte: 0x10", Test(F, Compare(">=", Decimal(16)))),
        # fieldref
        ("f|fieldref: g", Test(F, Same(G))),
        ("f|fieldref: [g, f]", Or((Test(F, Same(G)), Test(F, Same(F))))),
        ("f|fieldref|contains: g", Test(F, Same(G, "contains"))),
        ("f|fieldref|startswith: g", Test(F, Same(G, "startswith"))),
        ("f|fieldref|endswith: g", Test(F, Same(G, "endswith"))),
        ("f|fieldref|neq: g", Not(Test(F, Same(G)))),
        ("f|fieldref|cased: g", Test(F, Same(G, "equals", True))),
        # exists
        ("f|exists: true", Test(F, Exists())),
        ("f|exists: no", Not(Test(F, Exists()))),
        # parts of a time
        ("f|minute: 59", Test(F, TimePart("minute", 59))),
        ("f|hour: [1, 2]", Or((Test(F, TimePart("hour", 1)), Test(F, TimePart("hour", 2))))),
        ("f|day: 31", Test(F, TimePart("day", 31))),
        ("f|week: 53", Test(F, TimePart("week", 53))),
        ("f|month: 1", Test(F, TimePart("month", 1))),
        ("f|year: 2025", Test(F, TimePart("year", 2025))),
        ("f|hour|gte: 22", Or((Test(F, TimePart("hour", 22)), Test(F, TimePart("hour", 23))))),
        ("f|month|lt: 2", Test(F, TimePart("month", 1))),
        ("f|hour|neq: 3", Not(Test(F, TimePart("hour", 3)))),
        # expand without a placeholder
        (r"f|expand: '50\%'", matches("50%")),
        ("f|expand|contains: 5%", Test(F, Matches(containing("5%")))),
        (r"f|re|expand: '5\%'", Test(F, Regex(Literal("5%")))),
        ("f: '%name%'", matches("%name%")),
        # maps
        ("f: a\ng: b", And((matches("a"), matches("b", subject=G)))),
        (
            "f|startswith: a\nf|endswith: b",
            And((Test(F, Matches(starting("a"))), Test(F, Matches(ending("b"))))),
        ),
        ("on: a", matches("a", subject=Field("on"))),
        ("4624: a", matches("a", subject=Field("4624"))),
        ("'a b.c': a", matches("a", subject=Field("a b.c"))),
        ("<<: {f: a}\ng: b", And((matches("a"), matches("b", subject=G)))),
        # lists
        ("- f: a\n- f: b", Or((matches("a"), matches("b")))),
        ("- f: a\n  g: b\n- f: c", Or((And((matches("a"), matches("b", subject=G))), matches("c")))),
        ("- f: a\n- word", Or((matches("a"), keyword("word")))),
        # keywords
        ("- word", keyword("word")),
        ("- a\n- 5\n- true", Or((keyword("a"), keyword("5"), keyword("true")))),
        ("- 'a*b'", keyword("a", ANY_MANY, "b")),
        ("- '*a'", keyword("a")),
        ("'|all': [a, b]", And((keyword("a"), keyword("b")))),
        ("'|contains': a", keyword("a")),
        ("'|re': a", Test(AnyField(), Regex(Literal("a")))),
        ("'|cased': A", Test(AnyField(), Matches(containing("A"), True))),
        ("'|neq': a", Not(keyword("a"))),
        ("'|windash': -a", keyword(DASH, "a")),
    ],
)
def test_meaning(item: str, expected: Predicate) -> None:
    assert meaning(item) == expected


def test_flags_of_expressions() -> None:
    assert meaning("f|re|s: a.b") == meaning("f|re: (?s)a.b")
    assert meaning("f|re|m: ^a$") == meaning("f|re: (?m)^a$")
    assert meaning("f|re|i|s: a.") == meaning("f|re|s|i: a.") == meaning("f|re: (?is)a.")


def test_a_plain_text_is_a_keyword() -> None:
    assert read_one(with_detection("sel: word\ncondition: sel")).detection == keyword("word")


def test_exactly_is_not_a_pattern_of_the_same_spelling() -> None:
    assert meaning(r"f: 'a\*'") == Test(F, Matches(exactly("a*"))) != meaning("f: 'a*'")


@pytest.mark.parametrize(
    ("item", "code", "said"),
    [
        ("f|expand: '%Servers%'", "placeholder", "%Servers%"),
        ("f|expand|contains: 'a%x y%b'", "placeholder", "%x y%"),
        (r"f|expand: '\%plain%name%'", "placeholder", "%name%"),
        ("f|contains|expand: ['x', '%a%']", "placeholder", "%a%"),
        ("f|re|expand: '^%a%$'", "placeholder", "%a%"),
        ("f|re: a(?=b)", "regex-construct", "look-ahead"),
        (r"f|re: (a)\1", "regex-construct", "back-reference"),
    ],
)
def test_what_is_valid_but_no_test_is_refused_with_its_place(item: str, code: str, said: str) -> None:
    rule = read_one(with_item(item))
    assert [problem.code for problem in rule.refusals] == [code]
    with pytest.raises(Refused) as refused:
        _ = rule.detection
    assert refused.value.problem.code == code
    assert refused.value.problem.line == DETECTION_LINE + 1
    assert said in refused.value.problem.message
