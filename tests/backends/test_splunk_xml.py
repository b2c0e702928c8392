"""Where Splunk's fields hold XML text, the shortcuts that spare the decoding of it find what decoding would find."""

import random
from itertools import product

import pytest
from sigma_amsi.backends.splunk.xml import finds_the_same_undecoded, spellings

from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, Token
from sigma_amsi.predicate.evaluate import decode_xml, pattern_test, regex_test
from sigma_amsi.predicate.tree import Regex
from sigma_amsi.regex.perl import parse

PIECES = ["&", "<", ">", "a", "amp", "amp;", "lt", "l", "t;", ";", "x", "xa", "T", " ", "\n", "-"]
ENCODED = [text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for text in PIECES]
RANDOM = random.Random(12)
TEXTS = ["".join(RANDOM.choice(ENCODED) for _ in range(RANDOM.randrange(7))) for _ in range(800)]
EXPRESSIONS = [
    "x", "amp", "(?i)AMP", "^amp", "amp$", r"\bamp\b", r"\Bmp", "x.x", "[^x]a", "^$", "", r"\bx", r"x\b", "^x", "x$", "(?m)^x", "l?t", "(x|lt)",
    "x-", " a*t", ";", "&", "<x", "xa{2,}", "[a-z]{4}", r"\d", r"\w-", "(?i)T-x", r"x\B",
]  # fmt: skip


@pytest.mark.parametrize("source", EXPRESSIONS)
def test_an_expression_that_is_not_decoded_finds_the_same(source: str) -> None:
    tree, cased = parse(source)
    found = regex_test(tree, cased)
    if finds_the_same_undecoded(Regex(tree, cased)):
        assert [text for text in TEXTS if found(text) != found(decode_xml(text))] == []


@pytest.mark.parametrize(
    ("source", "spared"),
    [
        ("x-", True),
        (r"\bxa$", True),
        ("(?i)T-x", True),
        ("^x", True),
        ("x.x", False),
        ("amp", False),
        ("l?t", False),
        (";", False),
        ("", False),
    ],
)
def test_decoding_is_spared_where_an_expression_has_nothing_to_do_with_entities(source: str, spared: bool) -> None:
    assert finds_the_same_undecoded(Regex(*parse(source))) == spared


def test_the_spellings_of_a_pattern_match_what_the_pattern_matches_decoded() -> None:
    many: list[tuple[Token, ...]] = [(), (ANY_MANY,)]
    texts = ["", "a", "amp;", "&", "<x", ";", "t", "x"]
    shapes = product(many, texts, [*many, (ONE,)], texts, many)
    patterns = [Pattern.of(*before, one, *between, other, *after) for before, one, between, other, after in shapes]
    told = 0
    for pattern in patterns:
        spelled = spellings(pattern)
        if spelled is not None:
            told += 1
            wanted, tests = pattern_test(pattern, False), [pattern_test(each, False) for each in spelled]
            assert [text for text in TEXTS if any(test(text) for test in tests) != wanted(decode_xml(text))] == [], pattern
    assert told > len(patterns) / 4
