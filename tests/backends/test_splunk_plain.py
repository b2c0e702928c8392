"""The quick way to a value of `search` leads where the general one does."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sigma_amsi.backends.splunk.plain import plain_value
from sigma_amsi.backends.splunk.text import search_value
from sigma_amsi.backends.splunk.xml import spellings

from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, Token, containing, exactly

TOKENS = st.one_of(
    st.text("aAglmpt;&<>\"'\\*$`/.10x é\n ", min_size=1, max_size=6),
    st.sampled_from(["amp;", "mp", "lt;x", "T;", "10.0.0.0/8", "443", "٣", "powershell", "\\cmd.exe", "$a$"]),
    st.sampled_from([ANY_MANY, ONE]),
)


@settings(max_examples=500)
@given(st.lists(TOKENS, max_size=4))
@example([ANY_MANY, "mp;"])
@example([ANY_MANY, "gt"])
@example(["443"])
@example(["10.0.0.0/8"])
@example([ANY_MANY, "$x$", ANY_MANY])
def test_a_plain_value_is_the_only_one_that_there_is(tokens: list[Token]) -> None:
    pattern = Pattern.of(*tokens)
    plain = plain_value(pattern)
    if plain is not None:
        assert spellings(pattern) == [pattern]
        assert search_value(pattern) == plain


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (containing("-enc"), '"*-enc*"'),
        (Pattern((ANY_MANY, "\\cmd.exe")), r'"*\\cmd.exe"'),
        (Pattern(('say "', ANY_MANY)), r'"say \"*"'),
        (exactly("explorer.exe"), '"explorer.exe"'),
    ],
)
def test_what_most_rules_ask_for_is_plain(pattern: Pattern, value: str) -> None:
    assert plain_value(pattern) == value
