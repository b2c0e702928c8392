"""The case folding: pairs, the same in every function that uses it."""

import sys

import pytest

from sigma_amsi.characters import ANY_CHARACTER, NO_CHARACTER, Chars, fold, other_case


def test_folding_is_by_pairs_over_all_of_unicode() -> None:
    for point in range(sys.maxunicode + 1):
        character = chr(point)
        other = other_case(character)
        assert other_case(other) == character
        assert fold(character) == fold(other)
        assert fold(fold(character)) == fold(character)


@pytest.mark.parametrize("odd", ["\u212a", "\u017f", "\u0130", "\u0131", "ß"])
def test_a_character_without_a_pair_folds_to_itself(odd: str) -> None:
    assert fold(odd) == odd
    assert other_case(odd) == odd


def test_sets_are_merged_sorted_ranges() -> None:
    assert Chars.of("cab") == Chars(((97, 99),))
    assert Chars.from_ranges([(5, 9), (1, 4)]) == Chars(((1, 9),))


def test_set_operations() -> None:
    letters, vowels = Chars.of("abcde"), Chars.of("aeiou")
    assert set(letters & vowels) == {"a", "e"}
    assert set(letters - vowels) == set("bcd")
    assert ~ANY_CHARACTER == NO_CHARACTER
    assert ~~vowels == vowels
    assert set(Chars.of("a1").folded()) == {"a", "A", "1"}
