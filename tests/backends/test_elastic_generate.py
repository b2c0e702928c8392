"""What the generators of all languages of Elasticsearch have in common; their queries are in a file of each."""

from decimal import Decimal
from ipaddress import ip_network
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.backend import Backend
from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused, Unreadable
from sigma_amsi.pattern import ANY_MANY, exactly
from sigma_amsi.predicate.tree import And, AnyField, Compare, InNetwork, Matcher, Matches, Not, Or, Predicate, Regex, Same, Test, TimePart
from sigma_amsi.proof.canonical import canonical
from sigma_amsi.regex.tree import Literal, Repeat
from sigma_amsi.registry import find_backend
from sigma_amsi.term import Column, Field, NumberText, Term
from tests.backends.elastic import IP, LOWER, PATH, PORT, SCHEMA, TABLE, USER, code_of, matches, misread, predicates, rows, statement

LANGUAGES = ("lucene", "eql", "kibana")


@pytest.fixture(params=LANGUAGES)
def backend(request: pytest.FixtureRequest) -> Backend:
    return find_backend(request.param)


@pytest.mark.parametrize(
    ("predicate", "code"),
    [
        (Test(AnyField(), Matches(exactly("a"))), "keyword-search"),
        (matches("lower", "A", cased=True), "case-insensitive-column"),
        (Test(PATH, Same(LOWER)), "field-comparison"),
        (Test(Column("@timestamp"), TimePart("hour", 3)), "time-part"),
        (Test(PATH, Compare(">", Decimal(5))), "number-order"),
        (Test(PORT, Compare(">", Decimal(10) ** 30)), "value-of-wrong-type"),
        (Test(PATH, InNetwork(ip_network("10.0.0.0/8"))), "network-on-type"),
        (matches("port", "8", ANY_MANY), "wildcard-on-type"),
        (matches("@timestamp", "2024", ANY_MANY), "wildcard-on-type"),
        (matches("ip", ANY_MANY, "0", ANY_MANY), "wildcard-on-type"),
        (matches("ip", ANY_MANY, "-", ANY_MANY), "unmapped-value"),  # no address has one
        (matches("port", "abc"), "value-of-wrong-type"),
        (matches("port", "0443"), "value-of-wrong-type"),
        (matches("ip", "::ffff:10.0.0.1"), "value-of-wrong-type"),
        (Test(PORT, Regex(Repeat(Literal("1"), 1, None))), "regex-unsupported"),
        (Test(IP, Regex(Repeat(Literal("1"), 1, None))), "regex-unsupported"),
        (matches("words", "a"), "analysed-text"),
        (matches("words", ANY_MANY, "a.b", ANY_MANY), "analysed-text"),
        (matches("script", "a", ANY_MANY), "analysed-text"),
        (matches("script", ANY_MANY, "a b", ANY_MANY), "analysed-text"),
        (matches("script", ANY_MANY, "a", ANY_MANY, "b", ANY_MANY), "analysed-text"),
        (Test(USER, Regex(Repeat(Literal("1"), 1, None))), "term-unsupported"),
        (matches(NumberText(PATH, "dword"), ANY_MANY, "1", ANY_MANY), "term-unsupported"),
        (matches("lower", "x" * 40_000), "limit-length"),
        (Or(tuple(matches("lower", str(number)) for number in range(1025))), "limit-clauses"),
        (matches("hash", ANY_MANY, "MD5=1"), "unmapped-value"),
    ],
)
def test_refusals(backend: Backend, predicate: Predicate, code: str) -> None:
    assert code_of(backend, predicate) == code


def test_a_refusal_names_the_test_of_the_rule(backend: Backend) -> None:
    bad = matches(USER, "a\\B", cased=True)
    with pytest.raises(Refused) as refusal:
        backend.generate(statement(And((matches("port", "1"), Not(Or((matches("path", "1"), bad)))))))
    assert refusal.value.test == bad


@pytest.mark.parametrize(
    ("column", "hint"),
    [
        ("script", "declare that: --assume scripts-are-kept-whole"),
        ("words", "declare that in your site file"),
    ],
)
def test_a_refusal_of_analysed_text_says_what_to_declare(backend: Backend, column: str, hint: str) -> None:
    with pytest.raises(Refused) as refusal:
        backend.generate(statement(matches(column, "a b")))
    assert refusal.value.problem.hint.endswith(hint)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("path:/[Aa][Bb]1/", matches("path", "ab1")),
        (r"path:/.*[\-\/].*/", matches("path", ANY_MANY, Chars.of("-/"), ANY_MANY)),
        ("path:/[Aa]b/", matches("path", Chars.of("Aa"), "b", cased=True)),
    ],
)
def test_sets_of_both_cases_are_read_as_letters_without_case(query: str, holds: Test) -> None:
    read = find_backend("lucene").parse(query, SCHEMA, TABLE).predicate
    assert canonical(read) == canonical(holds)


@pytest.mark.parametrize("language", ["lucene", "kibana"])
def test_what_lies_inside_of_a_word_is_found_in_the_words_of_an_analysed_text(language: str) -> None:
    backend = find_backend(language)
    asked = matches("script", ANY_MANY, "Invoke-Thing", ANY_MANY)
    records = [{"script": [text]} for text in ("x; invoke-thing -a", "$INVOKE-THINGS", "invoke -thing", "invoke.thing")]
    for predicate in (asked, Not(asked)):
        assert not code_of(backend, predicate)
        assert not misread(backend, predicate, records)


@pytest.mark.parametrize(
    ("language", "query"),
    [
        ("lucene", "script:invoke*"),
        ("lucene", "script:*invoke thing*"),
        ("lucene", r"script:*invoke\ thing*"),
        ("lucene", "script:*invoke*thing*"),
        ("lucene", "script:*invok?*"),
        ("lucene", "script:/.*invoke.*/"),
        ("lucene", "script:invoke"),
        ("lucene", "words:*invoke*"),
        ("kibana", "script: invoke*"),
        ("kibana", "script: *invoke thing*"),
        ("kibana", "script: *invoke*thing*"),
        ("kibana", "script: invoke"),
        ("kibana", "words: *invoke*"),
        ("eql", 'any where script : "*invoke*"'),
        ("eql", 'any where script like "*invoke*"'),
    ],
)
def test_nothing_else_on_analysed_text_is_read(language: str, query: str) -> None:
    with pytest.raises(Unreadable):
        find_backend(language).parse(query, SCHEMA, TABLE)


def test_every_term_and_matcher_has_its_capability(backend: Backend) -> None:
    assert set(backend.capabilities) == {*get_args(Term), *get_args(Matcher), AnyField} - {Field}


@settings(max_examples=300, deadline=None)
@given(predicates, st.lists(rows, min_size=5, max_size=15))
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parser_reads_what_the_predicate_says(language: str, predicate: Predicate, records: list[dict[str, list[str]]]) -> None:
    assert not misread(find_backend(language), predicate, records)
