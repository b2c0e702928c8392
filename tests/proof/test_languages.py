"""Languages made of languages have the members that they should, tried on all short texts."""

from hypothesis import given, settings

from sigma_amsi.pattern import ANY_MANY, Pattern, exactly
from sigma_amsi.proof.automaton import EVERYTHING, NOTHING, Language, pattern_language
from sigma_amsi.proof.languages import (
    character_classes,
    complement,
    concatenation,
    determinised,
    difference,
    intersection,
    union,
)
from sigma_amsi.proof.search import equivalent, is_empty
from tests.proof.languages import SHORT_TEXTS, languages, within


@settings(deadline=None)
@given(languages, languages)
def test_union_and_concatenation(one: Language, other: Language) -> None:
    either, row = union([one, other]), concatenation(one, other)
    for text in SHORT_TEXTS:
        assert (text in either) == (text in one or text in other)
        assert (text in row) == any(text[:place] in one and text[place:] in other for place in range(len(text) + 1))


@settings(deadline=None)
@given(languages, languages)
def test_intersection_and_difference(one: Language, other: Language) -> None:
    both = within(5000, lambda budget: intersection(one, other, budget))
    without = within(5000, lambda budget: difference(one, other, budget))
    for text in SHORT_TEXTS:
        assert (text in both) == (text in one and text in other)
        assert (text in without) == (text in one and text not in other)


@settings(deadline=None)
@given(languages)
def test_determinised_and_complement(language: Language) -> None:
    single = within(5000, lambda budget: determinised(language, budget))
    outside = within(5000, lambda budget: complement(language, budget))
    for text in SHORT_TEXTS:
        assert single.after(text).bit_count() == 1
        assert (text in single) == (text in language)
        assert (text in outside) == (text not in language)
    assert is_empty(within(5000, lambda budget: intersection(language, outside, budget)))


@given(languages)
def test_classes_cover_all_characters_once(language: Language) -> None:
    classes = character_classes(language.automaton)
    assert sum(len(chars) for chars, _ in classes) == 0x110000
    for chars, moves in classes:
        for character in "abAB-\né😀":
            if character in chars:
                assert language.automaton.moves(character) == moves


def test_nothing_and_everything() -> None:
    assert union([]) == NOTHING
    assert equivalent(complement(NOTHING), EVERYTHING)
    assert is_empty(complement(EVERYTHING))
    assert equivalent(concatenation(EVERYTHING, pattern_language(exactly("x"), True)), pattern_language(Pattern.of(ANY_MANY, "x"), True))
