"""Texts between quotes, and the regular expressions and patterns in them."""

import re
from collections.abc import Mapping

from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, Token
from sigma_amsi.predicate.tree import Regex
from sigma_amsi.regex import RegexError, perl

from .values import Site

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def unescaped(text: str) -> str:
    r"""A text of `eval`, `regex` or `rex` before PCRE sees it: `\\` and `\"` are escapes, others stay.

    Search Reference, "Text functions": the expression performs one level of escaping and PCRE another.
    """
    return _ESCAPE.sub(lambda match: match[1] if match[1] in '\\"' else match[0], text)


def plain_text(text: str, site: Site) -> str:
    """A text that is compared as it is."""
    for match in _ESCAPE.finditer(text):
        if match[1] in "abfnrtvx0":
            raise site.unreadable(rf"whether \{match[1]} in a text is an escape is not documented")
    return unescaped(text)


def regular_expression(text: str, site: Site) -> Regex:
    """The expression that PCRE searches for."""
    try:
        tree, cased = perl.parse(unescaped(text), dialect=perl.Dialect.PCRE)
    except RegexError as error:
        raise site.unreadable(f"regular expression: {error}") from error
    return Regex(tree, cased)


def like_pattern(text: str, site: Site) -> Pattern:
    """`%` for any characters, `_` for one. How to escape them, and whether the backslash does, is not documented."""
    text = plain_text(text, site)
    if "\\" in text:
        raise site.unreadable("what a backslash is in a LIKE pattern is not documented")
    wildcards: Mapping[str, Token] = {"%": ANY_MANY, "_": ONE}
    return Pattern.of(*(wildcards.get(character, character) for character in text))
