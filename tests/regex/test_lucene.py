"""The reader of Lucene's expressions agrees with real Lucene on every text that it reads, and refuses the rest."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, NO_CHARACTER, Chars
from sigma_amsi.predicate.evaluate import regex_test
from sigma_amsi.regex import RegexConstruct, RegexSyntax
from sigma_amsi.regex.lucene import parse_lucene
from sigma_amsi.regex.tree import EMPTY, Choice, Literal, OneOf, RegexTree, Repeat, Sequence
from tests.engines.answers import Hits, Rejected
from tests.engines.lucene import Lucene

from .trees import TEXTS, anchored

OPERATORS = '.?+*|{}[]()"\\#@&<>~^$'
VALUES = [
    *(text for text in TEXTS if len(text) <= 3),
    *OPERATORS,
    *("0", "1", "5", "12", "01", "001", "05", "010", "a|", "|a", ")a", "a]", "a}", "{a", "^a", "$a", "a^", "a-b", "ab-", "\\a"),
]
FRAGMENTS = [
    *"ab-A12",
    *OPERATORS,
    *("[ab]", "[^a]", "(a|b)", "a*", "{2}", "{1,2}", "{1,}", "<1-5>", "<01-10>", "<5-10>", '"a.b"', "\\.", "\\|"),
    *("[a-b]", "[]a]", "[a-]", "[-a]", "()", "(a|)", "|a", '\\"', "\\a", "(#|a)*"),
]
expressions = st.lists(st.sampled_from(FRAGMENTS), max_size=6).map("".join).filter(lambda text: not text.endswith("\\"))


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expressions=st.lists(expressions, min_size=40, max_size=40))
def test_real_lucene_reads_the_same(lucene: Lucene, expressions: list[str]) -> None:
    readings = {text: reading for text in expressions if (reading := _reading(text)) is not None}
    answers = lucene.run([{"f": [value]} for value in VALUES], {"f": "exact"}, [f"f:/{text}/" for text in readings])
    for (text, reading), answer in zip(readings.items(), answers, strict=True):
        assert (Hits(reading) if isinstance(reading, frozenset) else Rejected) == (answer if isinstance(answer, Hits) else Rejected), text


def _reading(text: str) -> frozenset[int] | str | None:
    """The positions of the values that match; the complaint about an invalid text; None where it is refused."""
    try:
        found = regex_test(anchored(parse_lucene(text)), True)
    except RegexSyntax as problem:
        return problem.reason
    except RegexConstruct:
        return None
    return frozenset(row for row, value in enumerate(VALUES) if found(value))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", EMPTY),
        ("()", EMPTY),
        ("abc", Literal("abc")),
        (r"a\.b", Literal("a.b")),
        ('"a.b"*', Repeat(Literal("a.b"), 0, None)),
        (".", OneOf(ANY_CHARACTER)),
        ("#", OneOf(NO_CHARACTER)),
        ("@", Repeat(OneOf(ANY_CHARACTER), 0, None)),
        ("[a-c.]", OneOf(Chars.of("abc."))),
        ("[^a]", OneOf(~Chars.of("a"))),
        ("a|bc", Choice((Literal("a"), Literal("bc")))),
        ("a{2}b{2,}c{2,3}", Sequence((Repeat(Literal("a"), 2, 2), Repeat(Literal("b"), 2, None), Repeat(Literal("c"), 2, 3)))),
        ("<9-11>", Sequence((Repeat(Literal("0"), 0, None), Choice((Literal("9"), Literal("10"), Literal("11")))))),
        ("<09-10>", Choice((Literal("09"), Literal("10")))),
        ("*a", Literal("*a")),
        ("^a$", Literal("^a$")),
    ],
)
def test_readings(text: str, tree: RegexTree) -> None:
    assert parse_lucene(text) == tree


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r"\d+", "versions"),
        (r"a\n", "versions"),
        ("~a", "complement"),
        ("a&b", "intersection"),
        ("<name>", "named automaton"),
        ("<1-2000>", "interval"),
        ("a{3,2}", "wrong order"),
        ("#*", "nothing"),
        ("(" * 60 + ")" * 60, "deep"),
    ],
)
def test_what_the_tree_cannot_hold_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RegexConstruct, match=reason):
        parse_lucene(text)


@pytest.mark.parametrize(("text", "place"), [("(a", 3), ("[a", 3), ("a)", 2), ('"a', 1), ("a{x}", 3), ("a|", 3), ("[b-a]", 5), ("<1-2", 1)])
def test_invalid_texts_name_the_place(text: str, place: int) -> None:
    with pytest.raises(RegexSyntax, match=f"at character {place}"):
        parse_lucene(text)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("abc*", Sequence((Literal("ab"), Repeat(Literal("c"), 0, None)))),
        ("ab{2}c", Sequence((Literal("a"), Repeat(Literal("b"), 2, 2), Literal("c")))),
        ("a|bc", Choice((Literal("a"), Literal("bc")))),
        ("[aA]b", Sequence((OneOf(Chars.of("aA")), Literal("b")))),
        ("[^aA]+", Repeat(OneOf(~Chars.of("aA")), 1, None)),
    ],
)
def test_runs_and_plain_classes_are_taken_up_to_what_is_repeated(text: str, tree: RegexTree) -> None:
    assert parse_lucene(text) == tree
