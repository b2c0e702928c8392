"""What an expression means is what its dialect says; what the tree cannot hold is refused, and what is invalid is told apart from that."""

import re
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, NO_CHARACTER, Chars
from sigma_amsi.predicate.evaluate import regex_test
from sigma_amsi.regex import RegexConstruct, RegexSyntax, named_sets
from sigma_amsi.regex.perl import Dialect, Expression, parse
from sigma_amsi.regex.tree import EMPTY, Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence

PCRE, KUSTO = Dialect.PCRE, Dialect.KUSTO
NOT_NEWLINE = OneOf(~Chars.of("\n"))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", EMPTY),
        ("abc", Literal("abc")),
        ("a.c", Sequence((Literal("a"), NOT_NEWLINE, Literal("c")))),
        ("(?s)a.c", Sequence((Literal("a"), OneOf(ANY_CHARACTER), Literal("c")))),
        ("a|bc|a", Choice((Literal("a"), Literal("bc")))),
        ("a|", Choice((Literal("a"), EMPTY))),
        ("(^)?a", Sequence((Repeat(Anchor(Place.TEXT_START), 0, 1), Literal("a")))),
        ("(a)(?:b)(?<n>c)(?P<m>d)(?'o'e)", Literal("abcde")),
        ("(?|(a)|(b))", Choice((Literal("a"), Literal("b")))),
        ("ab*", Sequence((Literal("a"), Repeat(Literal("b"), 0, None)))),
        (
            "a+?b{2}c{2,}d{2,5}?e?",
            Sequence(
                (
                    Repeat(Literal("a"), 1, None),
                    Repeat(Literal("b"), 2, 2),
                    Repeat(Literal("c"), 2, None),
                    Repeat(Literal("d"), 2, 5),
                    Repeat(Literal("e"), 0, 1),
                )
            ),
        ),
        ("(ab){3}", Repeat(Literal("ab"), 3, 3)),
        ("a{1}b{0}", Literal("a")),
        ("a{x}{", Literal("a{x}{")),
        ("^a$", Sequence((Anchor(Place.TEXT_START), Literal("a"), Anchor(Place.TEXT_END_OR_LAST_NEWLINE)))),
        ("(?m)^a$", Sequence((Anchor(Place.LINE_START), Literal("a"), Anchor(Place.LINE_END)))),
        (r"\Aa\z", Sequence((Anchor(Place.TEXT_START), Literal("a"), Anchor(Place.TEXT_END)))),
        (r"(?m)a\Z", Sequence((Literal("a"), Anchor(Place.TEXT_END_OR_LAST_NEWLINE)))),
        (r"\bx\B", Sequence((Anchor(Place.WORD_EDGE), Literal("x"), Anchor(Place.NO_WORD_EDGE)))),
        (r"[a-c]", OneOf(Chars((((ord("a"), ord("c"))),)))),
        (r"[a]", Literal("a")),
        (r"[]a]", OneOf(Chars.of("]a"))),
        (r"[^]a]", OneOf(~Chars.of("]a"))),
        (r"[-a]", OneOf(Chars.of("-a"))),
        (r"[a-]", OneOf(Chars.of("-a"))),
        (r"[a-c-e]", OneOf(Chars.of("abc-e"))),
        (r"[[a]", OneOf(Chars.of("[a"))),
        (r"[\w+|\s]", OneOf(named_sets.WORD | named_sets.SPACE | Chars.of("+|"))),
        (r"[[:alpha:]_]", OneOf(named_sets.POSIX["alpha"] | Chars.of("_"))),
        (r"[[:^digit:]]", OneOf(~named_sets.DIGIT)),
        (r"[\b]", Literal("\b")),
        (r"[^\s\S]", OneOf(NO_CHARACTER)),
        (r"\d\D", Sequence((OneOf(named_sets.DIGIT), OneOf(~named_sets.DIGIT)))),
        (r"\w\W", Sequence((OneOf(named_sets.WORD), OneOf(~named_sets.WORD)))),
        (r"\s\S", Sequence((OneOf(named_sets.SPACE), OneOf(~named_sets.SPACE)))),
        (r"\h", OneOf(named_sets.HORIZONTAL_SPACE)),
        (r"\v", OneOf(named_sets.VERTICAL_SPACE)),
        (r"\N", NOT_NEWLINE),
        (r"\p{Lu}", OneOf(named_sets.general_category("Lu") or NO_CHARACTER)),
        (r"\P{L}", OneOf(~(named_sets.general_category("L") or NO_CHARACTER))),
        (r"\p{^L}", OneOf(~(named_sets.general_category("L") or NO_CHARACTER))),
        (r"\pN", OneOf(named_sets.general_category("N") or NO_CHARACTER)),
        (r"\x41\x{1F600}\o{101}\0\012\cA\e\a\f\n\r\t", Literal("A\U0001f600A\0\n\x01\x1b\a\f\n\r\t")),
        (r"\.\\\/\-\_\"", Literal('.\\/-_"')),
        (r"\Qa.b*\E*", Sequence((Literal("a.b"), Repeat(Literal("*"), 0, None)))),
        (r"\Q(a", Literal("(a")),
        (r"a\Q\Eb\Ec", Literal("abc")),
        ("a(?#no) (?#more)*", Sequence((Literal("a"), Repeat(Literal(" "), 0, None)))),
        ("aab(?#more)*c", Sequence((Literal("aa"), Repeat(Literal("b"), 0, None), Literal("c")))),
        (r"a\.\\b\.*", Sequence((Literal("a.\\b"), Repeat(Literal("."), 0, None)))),
        ("(?x) a b # c\n * [ ]", Sequence((Literal("a"), Repeat(Literal("b"), 0, None), Literal(" ")))),
        (r"(?x)a\ b", Literal("a b")),
        ("(?n)(a)(?U)b*(?J)", Sequence((Literal("a"), Repeat(Literal("b"), 0, None)))),
        ("(?^)a", Literal("a")),
        ("a(?-i)b", Literal("ab")),
        ("é\U0001f600", Literal("é\U0001f600")),
    ],
)
def test_pcre(text: str, tree: RegexTree) -> None:
    assert parse(text) == Expression(tree, True)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("(?i)abc", Expression(Literal("abc"), False)),
        ("(?i:abc)1", Expression(Literal("abc1"), False)),
        ("1(?i)a", Expression(Literal("1a"), False)),
        ("(?i)1", Expression(Literal("1"), True)),
        ("(?i)[ab]", Expression(OneOf(Chars.of("abAB")), True)),
        ("(?i)x[^ab]", Expression(Sequence((Literal("x"), OneOf(~Chars.of("abAB")))), False)),
        ("a(?i)b", Expression(Sequence((Literal("a"), OneOf(Chars.of("bB")))), True)),
        ("(?i)a(?-i)b", Expression(Sequence((OneOf(Chars.of("aA")), Literal("b"))), True)),
        ("(?i:a|é)b", Expression(Sequence((Choice((OneOf(Chars.of("aA")), OneOf(Chars.of("éÉ")))), Literal("b"))), True)),
        ("(?i)a[b](?-i)[c]", Expression(Sequence((OneOf(Chars.of("aA")), OneOf(Chars.of("bB")), Literal("c"))), True)),
        (
            "(a(?i)b|c)d",
            Expression(Sequence((Choice((Sequence((Literal("a"), OneOf(Chars.of("bB")))), OneOf(Chars.of("cC")))), Literal("d"))), True),
        ),
    ],
)
def test_ignoring_case(text: str, expression: Expression) -> None:
    assert parse(text) == expression


def test_flags_from_outside() -> None:
    assert parse("ab", ignore_case=True) == parse("(?i)ab")
    assert parse("^a$", multiline=True) == parse("(?m)^a$")
    assert parse(".", dot_all=True) == parse("(?s).")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("^a$", Sequence((Anchor(Place.TEXT_START), Literal("a"), Anchor(Place.TEXT_END)))),
        ("(?m)^", Anchor(Place.LINE_START)),
        (r"\d", OneOf(named_sets.unicode_digit())),
        (r"[\w]", OneOf(named_sets.unicode_word())),
        (r"\s", OneOf(named_sets.UNICODE_SPACE)),
        (r"(?-u)\w", OneOf(named_sets.WORD)),
        (r"(?-u:\b)", Anchor(Place.WORD_EDGE)),
        (r"\v\x41\u0041\U00000041\u{41}\x{41}\-\ ", Literal("\vAAAAA- ")),
        ("(?<a.b>x)(?P<c>y)", Literal("xy")),
        ("(?x)a b", Literal("ab")),
        ("(^)*a", Sequence((Repeat(Anchor(Place.TEXT_START), 0, None), Literal("a")))),
    ],
)
def test_kusto(text: str, tree: RegexTree) -> None:
    assert parse(text, dialect=KUSTO).tree == tree


def test_unicode_sets() -> None:
    assert "٣" in named_sets.unicode_digit()
    assert all(character in named_sets.unicode_word() for character in "aé_٣Ⓐ\u0301\u200d")
    assert not any(character in named_sets.unicode_word() for character in " -½\u2000")


@pytest.mark.parametrize(
    ("text", "dialects"),
    [
        ("(", [PCRE, KUSTO]),
        (")", [PCRE, KUSTO]),
        ("(?", [PCRE, KUSTO]),
        ("(?<a", [PCRE, KUSTO]),
        ("(?q)", [PCRE, KUSTO]),
        ("(?#", [PCRE, KUSTO]),
        ("(?#a)", [KUSTO]),
        ("(?|a)", [KUSTO]),
        ("(?J)", [KUSTO]),
        ("(?i-)", [KUSTO]),
        ("(?^i)", [KUSTO]),
        ("[", [PCRE, KUSTO]),
        ("[]", [PCRE, KUSTO]),
        ("[a-", [PCRE, KUSTO]),
        ("[b-a]", [PCRE, KUSTO]),
        (r"[\d-z]", [PCRE, KUSTO]),
        (r"[a-\d]", [PCRE, KUSTO]),
        ("[[:words:]]", [PCRE, KUSTO]),
        ("[[.a.]]", [PCRE, KUSTO]),
        ("[[:<:]]", [PCRE, KUSTO]),
        ("*a", [PCRE, KUSTO]),
        ("a|+", [PCRE, KUSTO]),
        ("{1}", [PCRE, KUSTO]),
        ("{", [KUSTO]),
        ("a{", [KUSTO]),
        ("a{2,1}", [PCRE, KUSTO]),
        ("a{65536}", [PCRE, KUSTO]),
        ("a{1001}", [KUSTO]),
        ("a{99999999999999999999}", [PCRE, KUSTO]),
        ("\\", [PCRE, KUSTO]),
        ("[\\", [PCRE, KUSTO]),
        (r"\j", [PCRE, KUSTO]),
        (r"\u0041", [PCRE]),
        (r"\Z", [KUSTO]),
        (r"\h", [KUSTO]),
        (r"\e", [KUSTO]),
        (r"\é", [KUSTO]),
        (r"\x4", [KUSTO]),
        (r"\x{110000}", [PCRE, KUSTO]),
        (r"\x{D800}", [PCRE, KUSTO]),
        (r"\c", [PCRE]),
        (r"\p", [PCRE, KUSTO]),
        (r"[\N]", [PCRE]),
    ],
)
def test_invalid(text: str, dialects: list[Dialect]) -> None:
    for dialect in dialects:
        with pytest.raises(RegexSyntax):
            parse(text, dialect=dialect)


@pytest.mark.parametrize(
    ("text", "dialects"),
    [
        ("(?=a)", [PCRE, KUSTO]),
        ("(?!a)", [PCRE, KUSTO]),
        ("(?<=a)", [PCRE, KUSTO]),
        ("(?<!a)", [PCRE, KUSTO]),
        ("(?*a)", [PCRE]),
        ("(?>a)", [PCRE]),
        ("(?P=a)", [PCRE]),
        ("(?P>a)", [PCRE]),
        ("(?&a)", [PCRE]),
        ("(?R)", [PCRE]),
        ("(?1)", [PCRE]),
        ("(?-1)", [PCRE]),
        ("(?(1)a)", [PCRE]),
        ("(?C1)", [PCRE]),
        ("(*UTF)a", [PCRE]),
        ("(?xx)a", [PCRE]),
        (r"(a)\1", [PCRE, KUSTO]),
        (r"\k<a>", [PCRE]),
        (r"\g{1}", [PCRE]),
        (r"\R", [PCRE]),
        (r"a\Kb", [PCRE]),
        (r"\Ga", [PCRE]),
        (r"\C", [PCRE]),
        (r"\X", [PCRE]),
        (r"\N{U+41}", [PCRE]),
        (r"\x4", [PCRE]),
        (r"\p{Greek}", [PCRE, KUSTO]),
        (r"(?i)\p{Lu}", [PCRE, KUSTO]),
        (r"[\Qa\E]", [PCRE]),
        ("^*", [PCRE]),
        (r"\b+", [PCRE]),
        ("a*+", [PCRE, KUSTO]),
        ("a{2}{3}", [PCRE, KUSTO]),
        ("a{,3}", [PCRE, KUSTO]),
        ("a{ 1 }", [PCRE, KUSTO]),
        ("(?m)^", [PCRE]),
        ("(?m)a*(^b?|c)$", [PCRE]),
        (r"\b", [KUSTO]),
        (r"\B", [KUSTO]),
        (r"\b{start}", [KUSTO]),
        (r"\<a", [KUSTO]),
        ("[a&&b]", [KUSTO]),
        ("[ --z]", [KUSTO]),
        ("[a-z--b]", [KUSTO]),
        ("[[a]b]", [KUSTO]),
        ("(?x)[a b]", [KUSTO]),
        ("(?-u).", [KUSTO]),
        ("(?-u)[^a]", [KUSTO]),
        ("(?-u)é", [KUSTO]),
        ("(" * 51 + ")" * 51, [PCRE, KUSTO]),
    ],
)
def test_refused(text: str, dialects: list[Dialect]) -> None:
    for dialect in dialects:
        with pytest.raises(RegexConstruct):
            parse(text, dialect=dialect)


def test_an_error_says_where() -> None:
    with pytest.raises(RegexSyntax, match="at character 3") as error:
        parse("ab(c")
    assert error.value.position == 2
    assert error.value.reason == "missing )"


@pytest.mark.parametrize(
    "text", ["(" * 100_000, "[" * 100_000, "a" * 100_000, "a|" * 50_000, "(?i)" * 20_000, "\\" * 100_001, "a{" * 50_000]
)
def test_long_texts_take_little_time(text: str) -> None:
    start = time.process_time()
    for dialect in Dialect:
        with suppress(RegexSyntax, RegexConstruct):
            parse(text, dialect=dialect)
    assert time.process_time() - start < 5


ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "A",
        "É",
        "é",
        ".",
        r"\d",
        r"\w",
        r"\W",
        r"\s",
        r"\S",
        r"\.",
        "[ab]",
        "[^a]",
        "[a-z]",
        r"\n",
        "1",
        "^",
        "$",
        r"\b",
        r"\B",
        "-",
    ]
)
QUANTIFIERS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,}", "*?", "+?"])
PIECES = st.tuples(ATOMS, QUANTIFIERS).map(lambda pair: pair[0] if pair[0] in ("^", "$", r"\b", r"\B") else "".join(pair))
EXPRESSIONS = st.recursive(
    st.lists(PIECES, max_size=4).map("".join),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}){two[1]}"),
        st.tuples(inner, st.sampled_from("*+?")).map(lambda two: f"(?:{two[0]}){two[1]}"),
        inner.map(lambda one: f"(?i:{one})"),
        inner.map(lambda one: f"(?s:{one})"),
    ),
    max_leaves=4,
)


ASCII_CLASSES = {
    r"\d": "[0-9]",
    r"\w": "[a-zA-Z0-9_]",
    r"\W": "[^a-zA-Z0-9_]",
    r"\s": r"[\t-\r ]",
    r"\S": r"[^\t-\r ]",
    r"\b": r"(?a:\b)",
    r"\B": r"(?a:\B)",
}


@settings(deadline=None)
@given(
    EXPRESSIONS,
    st.sampled_from(["", "(?i)", "(?s)", "(?im)"]),
    st.lists(st.text("aAbBéÉ1_ -.\n", max_size=6), min_size=6, max_size=6),
)
def test_python_finds_the_same(text: str, flags: str, values: list[str]) -> None:
    """Python's `re` agrees with PCRE on this alphabet of constructs, with ASCII classes and full folding of the letters used."""
    text = flags + text
    try:
        expression = parse(text)
    except RegexConstruct:
        assert "m" in flags  # only the multi-line ^ at the end
        return
    # re.ASCII would also keep Python from folding é, so the classes are spelled out instead.
    expected = re.compile(re.sub(r"\\[dwWsSbB]", lambda found: ASCII_CLASSES[found[0]], text))
    test = regex_test(expression.tree, expression.cased)
    for value in values:
        if value == "" and "\\B" in text:
            continue  # before Python 3.14, \B does not hold in the empty text
        assert test(value) == (expected.search(value) is not None), (text, value)
