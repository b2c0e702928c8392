"""Answers about languages, each confirmed by trying all short texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, containing, ending, exactly, starting
from sigma_amsi.proof.automaton import EVERYTHING, NOTHING, Language, pattern_language
from sigma_amsi.proof.budget import Budget, LimitReached
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.proof.languages import union
from sigma_amsi.proof.search import cells, difference_between, equivalent, find, included, is_empty, representatives, shortest
from sigma_amsi.regex.perl import parse
from tests.proof.languages import SHORT_TEXTS, languages, within
from tests.regex.trees import TEXTS, sets


def _pattern(*tokens: object, cased: bool = False) -> Language:
    return pattern_language(Pattern.of(*tokens), cased)  # type: ignore[arg-type]


def _expression(text: str) -> Language:
    return regex_language(*parse(text))


@settings(deadline=None, max_examples=200)
@given(st.lists(languages, max_size=4), st.lists(languages, max_size=4))
def test_what_is_found_is_an_example_and_what_is_not_found_is_not_there(wanted: list[Language], unwanted: list[Language]) -> None:
    text = within(20_000, lambda budget: find(wanted, unwanted, budget))
    if text is None:
        assert not any(_fits(each, wanted, unwanted) for each in TEXTS)
    else:
        assert _fits(text, wanted, unwanted)


@settings(deadline=None, max_examples=200)
@given(languages, st.lists(languages, max_size=2))
def test_with_one_wanted_language_the_example_is_a_shortest_one(wanted: Language, unwanted: list[Language]) -> None:
    text = within(20_000, lambda budget: find([wanted], unwanted, budget))
    if text is not None:
        assert not any(_fits(each, [wanted], unwanted) for each in TEXTS if len(each) < len(text))


@settings(deadline=None, max_examples=200)
@given(languages, languages)
def test_inclusion_and_equivalence(one: Language, other: Language) -> None:
    part = within(20_000, lambda budget: included(one, other, budget))
    assert not part or all(text in other for text in SHORT_TEXTS if text in one)
    text = within(20_000, lambda budget: difference_between(one, other, budget))
    if text is None:
        assert all((each in one) == (each in other) for each in SHORT_TEXTS)
    else:
        assert (text in one) != (text in other)


@given(languages)
def test_emptiness(language: Language) -> None:
    example = shortest(language)
    assert is_empty(language) == (example is None)
    assert example is None or example in language


@settings(deadline=None, max_examples=100)
@given(st.lists(languages, max_size=4))
def test_cells_are_all_combinations_that_occur(several: list[Language]) -> None:
    found = dict(within(50_000, lambda budget: list(cells(several, budget))))
    for signs, example in found.items():
        assert signs == tuple(example in language for language in several)
    for text in SHORT_TEXTS:
        assert tuple(text in language for language in several) in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_expression("(?is)^.*a.*$"), _pattern(ANY_MANY, "A", ANY_MANY)),
        (_expression("(?i)foo|bar"), union([_pattern(ANY_MANY, "BAR", ANY_MANY), _pattern(ANY_MANY, "foo", ANY_MANY)])),
        (_expression(r"\bfoo\b"), _expression(r"(?:^|\W)foo(?:\W|\z)")),
        (_expression("(?s)^.{2,3}\\z"), union([_pattern(ONE, ONE), _pattern(ONE, ONE, ONE)])),
        (_expression("a.*a"), _expression("a[^a\n]*a")),
        (_expression("(?:ab)*"), EVERYTHING),
        (_expression(r"a\bb"), NOTHING),
    ],
)
def test_equivalences(one: Language, other: Language) -> None:
    assert equivalent(one, other)


@pytest.mark.parametrize(
    ("one", "other", "example"),
    [
        (_expression("foo$"), _pattern(ANY_MANY, "foo", cased=True), "foo\n"),
        (_pattern("k"), _pattern("k", cased=True), "K"),
        (_expression("a.*b"), _expression("(?s)a.*b"), "a\nb"),
        (_expression(r"\bfoo\b"), _expression("foo"), "fooa"),
        (_pattern("a", ONE, "b"), _pattern("a", ANY_MANY, "b"), "ab"),
        (_pattern(ANY_MANY), _pattern(ONE, ANY_MANY), ""),
    ],
)
def test_differences(one: Language, other: Language, example: str) -> None:
    assert difference_between(one, other) == example


def test_two_ends_that_share_a_backslash_are_not_one_pattern() -> None:
    """`startswith` and `endswith` are two tests; the pattern made of both misses the value in which they overlap."""
    folder, program = "C:\\Program Files\\Windows Defender\\", "\\MsMpEng.exe"
    both = [pattern_language(starting(folder), False), pattern_language(ending(program), False)]
    fused = _pattern(folder, ANY_MANY, program)
    assert find(both, [fused]) == "c:\\program files\\windows defender\\msmpeng.exe"
    assert find([fused], both) is None


def test_examples_are_short_and_readable() -> None:
    assert shortest(_pattern(ANY_MANY, "foo", ONE, ONE)) == "fooaa"
    assert find([_pattern(ONE, ONE)], [_pattern(ANY_MANY, Chars.of("abc"), ANY_MANY)]) == "dd"
    assert find([EVERYTHING], [_expression("^[ -~]*$")]) == "À"
    six = [pattern_language(containing(text), False) for text in ("one", "two", "three", "four", "five", "six")]
    text = find(six, [pattern_language(containing("onetwo"), False)])
    assert text is not None
    assert len(text) <= len("onetwothreefourfivesix")


def test_a_budget_that_does_not_suffice_is_no_answer() -> None:
    wanted = _expression("^[ab]*$"), _expression("a.{10}$")
    with pytest.raises(LimitReached):
        find(wanted, [_expression("a.{9}a"), _expression("a.{9}b")], Budget(500))
    budget = Budget(100_000)
    find([_pattern("a")], [_pattern("b")], budget)
    assert 99_000 < budget.steps < 100_000


def test_long_lists_take_few_steps() -> None:
    """Each value of a list is held against all others, yet the steps grow with the text only, not with its square."""
    words = [f"\\tool{number * 7919}.exe" for number in range(200)]
    languages = [pattern_language(containing(word), False) for word in words]
    expression = _expression("(?i)" + "|".join(word.replace("\\", "\\\\").replace(".", "\\.") for word in reversed(words)))
    length = sum(map(len, words))
    assert equivalent(union(languages), expression, Budget(10 * length))
    assert find([languages[7]], languages[8:], Budget(1000)) == words[7]
    assert find([expression], languages, Budget(5 * length)) is None
    assert find([expression], languages[:150], Budget(5 * length)) in words[150:]


def test_two_wanted_languages_that_exclude_each_other_are_seen_among_many() -> None:
    many = [pattern_language(containing(f"word{number}"), False) for number in range(12)]
    ends = [pattern_language(ending(".exe"), False), pattern_language(ending(".dll"), False)]
    assert find([*many, *ends], [], Budget(20_000)) is None
    assert find([*many, pattern_language(exactly("word1"), False)], [], Budget(20_000)) is None


@given(sets, st.lists(sets, max_size=4))
def test_representatives_stand_for_all_characters(chars: Chars, others: list[Chars]) -> None:
    few = frozenset(member for other in others if len(other) <= 3 for member in other)
    many = [other for other in others if len(other) > 3]
    chosen = representatives(chars, few, many)
    assert all(character in chars for character in chosen)
    if len(chosen) == 1:
        return
    kinds = {_kind(character, others) for character in chosen}
    assert all(_kind(character, others) in kinds for character in "abAB-\n\té😀" if character in chars)


def _kind(character: str, sets: list[Chars]) -> tuple[bool, ...]:
    return tuple(character in chars for chars in sets)


def _fits(text: str, wanted: list[Language], unwanted: list[Language]) -> bool:
    return all(text in language for language in wanted) and not any(text in language for language in unwanted)
