"""How names, strings and patterns are written in EQL."""

import re

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.pattern import AnyMany, Pattern

_is_plain_name = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*").fullmatch
_KEYWORDS = frozenset(
    (
        *("and", "any", "by", "false", "fork", "in", "join", "like", "maxspan", "missing", "not", "null", "of", "or", "regex"),
        *("runs", "sample", "sequence", "true", "until", "where", "with"),
    )
)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def name(column: str) -> str:
    """The field's name, in backticks where EQL would read it as something else: "Escape a field name" in its syntax reference."""
    if _is_plain_name(column) and _KEYWORDS.isdisjoint(column.split(".")):
        return column
    return "`" + column.replace("`", "``") + "`"


def string(text: str) -> str:
    """The text as a string."""
    return '"' + "".join(map(_character, text)) + '"'


def raw_string(text: str) -> str:
    """The text as a string without escapes, which shows a regular expression as it is, where there can be one."""
    return f'"""{text}"""' if '"' not in text and text.isprintable() and "\\" in text else string(text)


def pattern(wildcards: Pattern) -> str:
    """The pattern, which `is_like`, as a string with wildcards."""
    return string("".join(token if isinstance(token, str) else "*" if isinstance(token, AnyMany) else "?" for token in wildcards.tokens))


def is_like(wildcards: Pattern) -> bool:
    """Whether the pattern can be said with `*` and `?`, for which EQL has no escape, alone."""
    return all(
        token == ANY_CHARACTER if isinstance(token, Chars) else isinstance(token, AnyMany) or not {"*", "?"} & set(token)
        for token in wildcards.tokens
    )


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"
