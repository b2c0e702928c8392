"""An inverse image holds exactly the texts that the evaluator's operation takes into the language."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, containing, ending, exactly, starting
from sigma_amsi.predicate.evaluate import decode_xml, number_text, term_values
from sigma_amsi.proof.automaton import Language, pattern_language
from sigma_amsi.proof.budget import LimitReached
from sigma_amsi.proof.images import Style, before_number_text, before_prefix, before_xml_text
from sigma_amsi.proof.search import equivalent, shortest
from sigma_amsi.term import Column, Prefix
from tests.proof.languages import SHORT_TEXTS, languages

beginnings = st.text("abA", max_size=3)
tables = st.lists(st.tuples(beginnings, st.text("abA-", max_size=3)), max_size=4).map(tuple)


@settings(deadline=None)
@given(languages, tables)
def test_other_beginnings(language: Language, table: tuple[tuple[str, str], ...]) -> None:
    image = before_prefix(language, table)
    for text in SHORT_TEXTS:
        (respelled,) = term_values(Prefix(Column("c"), table), {"c": text})
        assert (text in image) == (str(respelled) in language)


def test_hives() -> None:
    table = (("HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\", "HKLM\\System\\CurrentControlSet\\"), ("HKEY_LOCAL_MACHINE\\", "HKLM\\"))
    image = before_prefix(pattern_language(starting("HKLM\\System\\CurrentControlSet\\Services\\"), False), table)
    assert "hkey_local_machine\\system\\controlset001\\services\\x" in image
    assert "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\x" in image
    assert "HKLM\\System\\CurrentControlSet\\Services\\" in image
    assert "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Services\\x" not in image
    unchanged = pattern_language(ending("\\{2781761E-28E0-4109-99FE-B9D127C57AFE}"), False)
    assert equivalent(before_prefix(unchanged, table), unchanged)


entity_texts = st.lists(st.sampled_from(["&", "&lt;", "&amp;", "&gt;", "lt;", "amp;", "a", "<", ">", "l", "t", ";", "g"]), max_size=6).map(
    "".join
)
entity_patterns = st.lists(
    st.one_of(entity_texts, st.just(ANY_MANY), st.sampled_from([Chars.of("&l"), Chars.of("<a;"), ANY_CHARACTER, ~Chars.of("&")])),
    max_size=5,
).map(lambda tokens: Pattern.of(*tokens))


@settings(deadline=None)
@given(entity_patterns, st.booleans(), st.lists(entity_texts, min_size=5, max_size=20))
def test_entities(pattern: Pattern, cased: bool, texts: list[str]) -> None:
    language = pattern_language(pattern, cased)
    image = before_xml_text(language)
    literal = "".join(token if isinstance(token, str) else "a" for token in pattern.tokens)
    for text in (*texts, literal, literal.replace("&", "&amp;").replace("<", "&lt;")):
        assert (text in image) == (decode_xml(text) in language)
    assert (shortest(image) is None) == (shortest(language) is None)


numbers = st.one_of(
    st.integers(0, 40).map(str),
    st.integers(0, 2**33).map(str),
    st.integers(0, 2**65).map(str),
    st.sampled_from(["007", "x", "", "DWORD (0x00000001)", "0x1", str(2**32 - 1), str(2**32), str(2**64 - 1), str(2**64)]),
)
spelled = st.sampled_from(
    [
        exactly("DWORD (0x00000001)"),
        containing("DWORD"),
        containing("(0x0000000"),
        Pattern.of("DWORD (0x0000000", Chars.of("12"), ")"),
        starting("QWORD (0x00000000-0x0000"),
        exactly("0x0"),
        exactly("0x3e7"),
        exactly("0xffffffffffffffff"),
        starting("0x"),
        starting("0x1"),
        Pattern.of("0x", ONE, ONE),
        Pattern.of(ANY_MANY),
        exactly("12"),
        containing("DWORD (0xfffffff"),
    ]
)


@settings(deadline=None)
@given(spelled, st.booleans(), st.sampled_from(["dword", "qword", "hex"]), st.lists(numbers, min_size=5, max_size=20))
def test_numbers(pattern: Pattern, cased: bool, style: Style, texts: list[str]) -> None:
    language = pattern_language(pattern, cased)
    image = before_number_text(language, style)
    for text in texts:
        assert (text in image) == (number_text(text, style) in language)


@pytest.mark.parametrize(
    ("pattern", "style", "inside", "outside"),
    [
        (exactly("DWORD (0x00000001)"), "dword", ["1", "DWORD (0x00000001)"], ["01", "0", "11", "0x00000001"]),
        (Pattern.of("DWORD (0x000000", ONE, ONE, ")"), "dword", ["0", "255"], ["256", "4294967295"]),
        (starting("0x1"), "hex", ["1", "16", "31", "256", "511"], ["0", "15", "32", "512"]),
        (containing("DWORD"), "dword", ["0", "4294967295", "a DWORD"], ["4294967296", "word"]),
    ],
)
def test_intervals_of_numbers(pattern: Pattern, style: Style, inside: list[str], outside: list[str]) -> None:
    image = before_number_text(pattern_language(pattern, False), style)
    assert [text for text in inside if text not in image] == []
    assert [text for text in outside if text in image] == []


def test_numbers_in_too_many_intervals_are_given_up() -> None:
    with pytest.raises(LimitReached, match="intervals"):
        before_number_text(pattern_language(ending("1)"), False), "dword")
