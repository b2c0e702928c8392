"""Whether two patterns have a value in common, against trying out short texts."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, NO_CHARACTER, Chars
from sigma_amsi.pattern import ANY_MANY, Pattern, Token, containing, ending, exactly, starting
from sigma_amsi.pattern_meet import meet
from sigma_amsi.predicate.evaluate import pattern_test

LETTERS = "aAb"
TEXTS = ["".join(letters) for length in range(8) for letters in product(LETTERS, repeat=length)]
TOKENS: st.SearchStrategy[Token] = st.sampled_from(["a", "A", "b", "ab", Chars.of("ab"), Chars.of("Ab"), ANY_CHARACTER, ANY_MANY])
# At most seven characters together, so that a shared value, if there is one, has at most seven.
PATTERNS = st.lists(TOKENS, max_size=4).map(lambda tokens: Pattern.of(*tokens)).filter(lambda pattern: _width(pattern) <= 3)


def _width(pattern: Pattern) -> int:
    return sum(len(token) if isinstance(token, str) else isinstance(token, Chars) for token in pattern.tokens)


@given(PATTERNS, PATTERNS, st.booleans())
def test_it_is_what_trying_out_finds(first: Pattern, second: Pattern, cased: bool) -> None:
    both = pattern_test(first, cased), pattern_test(second, cased)
    assert meet(first, second, cased=cased) == any(both[0](text) and both[1](text) for text in TEXTS)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (exactly(""), exactly(""), True),
        (exactly(""), Pattern.of(ANY_MANY), True),
        (exactly(""), Pattern.of(ANY_CHARACTER), False),
        (starting("ab"), ending("bc"), True),
        (containing("imphash="), Pattern.of("IMPHASH=", ANY_CHARACTER), True),
        (containing("sha1=012"), Pattern.of("IMPHASH=", ANY_CHARACTER, ANY_CHARACTER), False),
        (Pattern.of(Chars.of("É"), ANY_MANY), starting("é"), True),
        (Pattern.of(ANY_MANY, NO_CHARACTER), Pattern.of(ANY_MANY), False),
        (Pattern.of(ANY_MANY), Pattern.of(NO_CHARACTER, ANY_MANY), False),
    ],
)
def test_examples(first: Pattern, second: Pattern, expected: bool) -> None:
    assert meet(first, second) == expected
    assert meet(second, first) == expected


def test_long_patterns_take_no_time() -> None:
    stars: list[Token] = ["a", ANY_MANY] * 300
    assert meet(Pattern.of(*stars), Pattern.of(*stars, "b"))
    assert not meet(Pattern.of(*stars, "a"), Pattern.of(*stars, "b"))
