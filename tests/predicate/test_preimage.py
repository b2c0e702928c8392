"""Which beginnings of a value a pattern can notice: the quick look at texts answers as the look at single characters does."""

from hypothesis import example, given
from hypothesis import strategies as st

from sigma_amsi.characters import fold
from sigma_amsi.pattern import ANY_MANY, Pattern
from sigma_amsi.predicate.evaluate import number_text, pattern_test
from sigma_amsi.predicate.preimage import Numbers, _agrees, _spellings, numbers_before

words = st.text("aAbBı\\", max_size=5)
blocks = st.text("abı\\", min_size=1, max_size=4)


@given(words, words, blocks, st.booleans())
@example("HKLM\\A", "M\\a", "m\\a\\b", True)
@example("HKLM\\A", "M\\a", "\\a", False)
def test_a_text_touches_a_spelling_where_its_characters_do(own: str, other: str, block: str, cased: bool) -> None:
    for spelling in _spellings(own, other, cased):
        assert spelling.touches(block) == spelling.touches(list(block))
        assert _agrees(block, spelling.text) == _agrees(list(block), spelling.text)


@given(words, words, blocks)
def test_what_does_not_touch_a_spelling_passes_both_or_neither(own: str, other: str, block: str) -> None:
    if not any(spelling.touches(block) for spelling in _spellings(own, other, False)):
        passes = pattern_test(Pattern.of(ANY_MANY, block, ANY_MANY), False)
        assert all(passes(own + rest) == passes(other + rest) for rest in ("", block, block[1:], fold(block) + "a"))


@given(st.sampled_from([0, 7, 0x1F, 0xABCD]), st.sampled_from(["dword", "qword", "hex"]), st.booleans())
def test_numbers_are_found_whatever_the_case_of_the_pattern(number: int, style: str, upper: bool) -> None:
    spelled = number_text(str(number), style)
    assert numbers_before(Pattern.of(spelled.upper() if upper else spelled), False, style) == Numbers((number,))
