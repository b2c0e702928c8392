"""How texts are written in `query_string`: quoted, bare, as a wildcard term or between slashes.

Elastic's "Query string query" lists the reserved characters. All are escaped in wildcard terms, and blanks too, which would split the term.
Whole values are quoted unless they are plain words: quotes also keep a leading `<` or `>` from being read as a range, which a backslash does not.
"""

import re

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import AnyMany, Pattern

_RESERVED = re.compile(r'[-+=&|><!(){}\[\]^"~*?:\\/ \t\n\r\u3000]')
_is_plain = re.compile("[A-Za-z0-9_.]+").fullmatch
_OPERATORS = ("AND", "OR", "NOT", "TO")


def escaped(text: str) -> str:
    """The text as part of a term or of a field's name."""
    return _RESERVED.sub(r"\\\g<0>", text)


def value(text: str) -> str:
    """The text as a whole value."""
    if _is_plain(text) and text not in _OPERATORS:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def wildcards(pattern: Pattern) -> str:
    """The pattern, whose sets are all of every character, as a wildcard term."""
    written = []
    for token in pattern.tokens:
        if isinstance(token, str):
            written.append(escaped(token))
        else:
            written.append("*" if isinstance(token, AnyMany) else "?")
    return "".join(written)


def regex(text: str) -> str:
    """A regular expression in Lucene's syntax, in which slashes are escaped."""
    return f"/{text}/"


def has_sets(pattern: Pattern) -> bool:
    """Whether the pattern has a set of characters that is not `?`."""
    return any(isinstance(token, Chars) and token.ranges != ((0, 0x10FFFF),) for token in pattern.tokens)
