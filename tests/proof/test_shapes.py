"""What facts say of the texts of columns: used where the proof needs them, named, and part of every witness."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import Chars
from sigma_amsi.errors import ConfigurationError
from sigma_amsi.pattern import ANY_MANY, Pattern, Token, containing, exactly, starting
from sigma_amsi.pipeline.nodes import read_nodes
from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.pipeline.schema import ColumnType, Schema, Table
from sigma_amsi.pipeline.schemas import read_schema
from sigma_amsi.pipeline.site import Site
from sigma_amsi.predicate.evaluate import regex_test
from sigma_amsi.predicate.tree import TRUE, And, Matches, Not, Or, Predicate, Test
from sigma_amsi.proof.prove import Claim, prove
from sigma_amsi.proof.shapes import _begins_at_characters, _escaped, _is_escaped, _is_the_same
from sigma_amsi.proof.verdict import Proved, ProvedAssuming, Verdict, Wider
from sigma_amsi.regex.tree import Anchor, Literal, OneOf, Place, Repeat, Sequence
from sigma_amsi.term import Column, XmlText

SPLUNK = load_pipeline("splunk_windows").schema.tables[""]
COMMAND, RAW = Column("CommandLine"), Column("_raw")
FACT = "xml-text-is-escaped"


def has(subject: Column | XmlText, pattern: Pattern, *, cased: bool = False) -> Test:
    return Test(subject, Matches(pattern, cased))


def verdict(query: Predicate, detection: Predicate, table: Table = SPLUNK) -> Verdict:
    return prove(Claim(query, TRUE, detection, table, {"CommandLine": XmlText(COMMAND)}))


@pytest.mark.parametrize(
    ("query", "detection"),
    [
        (has(COMMAND, containing("2&gt;&amp;1")), has(XmlText(COMMAND), containing("2>&1"))),
        (Or((has(COMMAND, containing("&&")), has(COMMAND, containing("&amp;&amp;")))), has(XmlText(COMMAND), containing("&&"))),
        (has(COMMAND, exactly("&lt;a&gt;")), has(XmlText(COMMAND), exactly("<A>"))),
        (has(COMMAND, containing("<")), Or(())),
        (Not(has(COMMAND, containing("& "))), TRUE),
        (has(XmlText(RAW), containing("a&b")), has(RAW, containing("a&amp;b"))),
    ],
)
def test_proved_with_the_fact_alone(query: Predicate, detection: Predicate) -> None:
    name = "xml-is-well-formed" if "_raw" in repr(detection) else FACT
    assert verdict(query, detection) == ProvedAssuming((name,))
    assert verdict(detection, query) == ProvedAssuming((name,))
    bare = Table("", {"CommandLine": ColumnType("CommandLine", absent_for=("",)), "_raw": ColumnType("_raw", absent_for=("",))})
    assert not isinstance(verdict(query, detection, bare), Proved | ProvedAssuming)


@pytest.mark.parametrize(
    ("query", "detection"),
    [
        (has(COMMAND, containing("whoami")), has(XmlText(COMMAND), containing("whoami"))),
        (Or((has(COMMAND, containing("<")), Not(has(COMMAND, containing("<"))))), TRUE),
        (And((has(COMMAND, containing("&gt;")), has(COMMAND, exactly("x")))), Or(())),
    ],
)
def test_a_proof_that_needs_no_fact_names_none(query: Predicate, detection: Predicate) -> None:
    assert verdict(query, detection) == Proved()


@pytest.mark.parametrize(
    ("query", "detection"),
    [
        (has(COMMAND, containing("&gt")), has(XmlText(COMMAND), containing(">x"))),
        (has(COMMAND, containing("&amp;lt;")), has(XmlText(COMMAND), containing("<"))),
        (has(COMMAND, containing("lt;")), has(XmlText(COMMAND), containing("lt;"))),
        (TRUE, Not(has(COMMAND, starting("&")))),
        (has(XmlText(COMMAND), containing("&")), has(XmlText(COMMAND), containing("&&"))),
    ],
)
def test_a_witness_is_a_text_that_the_fact_allows(query: Predicate, detection: Predicate) -> None:
    found = verdict(query, detection)
    assert not isinstance(found, Proved | ProvedAssuming)
    kind = SPLUNK.columns["CommandLine"]
    assert kind.texts is not None
    for witness in (found.obligations.detection.adds, found.obligations.detection.misses):
        if witness is not None:
            assert regex_test(kind.texts, True)(str(witness.row["CommandLine"]))
    assert isinstance(found, Wider) or found.obligations.detection.misses is not None


# -- The schema that says so -------------------------------------------------------------------------------------------------------------

SCHEMA = """
schema: s
title: S
types: {code: {kind: text, texts: codes-are-digits}}
facts:
  codes-are-digits: {says: a code is digits, basis: BASIS, source: here, texts: '[0-9]+'}
tables: {t: {columns: {code: code, other: {kind: text}}}}
"""


def schema(text: str, declared: Mapping[str, None] | None = None) -> Schema:
    return read_schema(read_nodes(text, Path("s.yml")), Site(declared=dict(declared or {})))[0]


@pytest.mark.parametrize(("basis", "expected"), [("official", Proved()), ("vendor", ProvedAssuming(("codes-are-digits",)))])
def test_official_facts_are_not_named(basis: str, expected: Verdict) -> None:
    table = schema(SCHEMA.replace("BASIS", basis)).tables["t"]
    assert verdict(has(Column("code"), containing("x")), Or(()), table) == expected
    assert isinstance(verdict(has(Column("other"), containing("x")), Or(()), table), Wider)
    assert isinstance(verdict(has(Column("code"), containing("7")), Or(()), table), Wider)


def test_a_site_fact_counts_where_it_is_declared() -> None:
    text = SCHEMA.replace("BASIS", "site")
    query = has(Column("code"), containing("x"))
    assert isinstance(verdict(query, Or(()), schema(text).tables["t"]), Wider)
    assert verdict(query, Or(()), schema(text, {"codes-are-digits": None}).tables["t"]) == ProvedAssuming(("codes-are-digits",))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [(SCHEMA.replace("'[0-9]+'", "'[0-9'"), "configuration-value"), (SCHEMA.replace("texts: codes", "texts: cods"), "unknown-fact")],
)
def test_what_a_schema_cannot_say(wrong: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        schema(wrong.replace("BASIS", "vendor"))
    assert error.value.problem.code == code


ESCAPED = SPLUNK.columns["CommandLine"].texts
PIECES = st.sampled_from(["&", "<", ">", "lt;", "amp;", ";", "t", "a", "&&", "gt", "LT;", ANY_MANY, Chars.of("at"), Chars.of("&<")])


@settings(max_examples=300)
@given(st.lists(PIECES, min_size=1, max_size=4), st.booleans())
def test_where_texts_begin_at_characters_the_automata_agree(tokens: list[Token], cased: bool) -> None:
    assert ESCAPED is not None
    pattern = Pattern.of(*tokens)
    escaped = Pattern.of(*map(_escaped, pattern.tokens))
    if _begins_at_characters(escaped):
        assert _is_the_same(Matches(pattern, cased), Matches(escaped, cased), ESCAPED)


def test_only_texts_that_are_escaped_throughout_count_as_escaped() -> None:
    raw = SPLUNK.columns["_raw"].texts
    assert ESCAPED is not None
    assert raw is not None
    assert _is_escaped(ESCAPED)
    assert not _is_escaped(raw)
    assert not _is_escaped(Literal("a"))  # found somewhere: the rest of the text may be anything


@pytest.mark.parametrize("special", "&<>")
def test_a_shape_with_raw_special_characters_is_not_escaped(special: str) -> None:
    anything_else = Repeat(OneOf(~(Chars.of("&<>") - Chars.of(special))), 0, None)
    assert not _is_escaped(Sequence((Anchor(Place.TEXT_START), anything_else, Anchor(Place.TEXT_END))))


@pytest.mark.parametrize("text", ["lt;", "t;x", ";", "mp", "AMP;"])
def test_a_text_that_may_begin_inside_an_entity_is_left_to_the_automata(text: str) -> None:
    assert not _begins_at_characters(containing(text))
    assert _begins_at_characters(starting(text))
    assert _begins_at_characters(containing("x" + text))
