"""The quick way to a value of `search`, which most values of rules can go: a text that neither SPL nor XML spells in a way of its own."""

import re

from sigma_amsi.pattern import AnyMany, Pattern

_needs_no_care = re.compile(r"(?![AGLMPTaglmpt]{0,3}(?:;|\Z))[^*$`&<>]+").fullmatch
"""Texts without what `text` and `xml` look after, and which do not begin as the rest of an entity could."""


def plain_value(pattern: Pattern) -> str | None:
    """The one value that says the pattern, of a field with or without XML text; None where it takes the general way to find out."""
    match pattern.tokens:
        case (AnyMany(), str(text), AnyMany()):
            before, after = '"*', '*"'
        case (AnyMany(), str(text)):
            before, after = '"*', '"'
        case (str(text), AnyMany()):
            before, after = '"', '*"'
        case (str(text),) if "/" not in text and not text.isdecimal():  # else it may be a network or a number
            before, after = '"', '"'
        case _:
            return None
    if not text.isprintable() or not _needs_no_care(text):
        return None
    return before + text.replace("\\", "\\\\").replace('"', '\\"') + after
