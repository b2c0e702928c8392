"""How texts are written in Kibana's query language. Its grammar is `kuery.peg`, today `grammar.peggy`, in kbn-es-query."""

import re

from sigma_amsi.pattern import AnyMany, Pattern

_SPECIAL = re.compile(r'[\\():<>"*{}]')
_WHITESPACE = {"\t": r"\t", "\r": r"\r", "\n": r"\n"}
_BLANK = "[ \u00a0]"
# Inside a value, ` and ` and ` or ` would end it, and so would the word where the value ends. `not ` ends it anywhere, in `cannot ` too, and `\\not`
# does not help: it is read as a newline and `ot`.
_AND_OR = re.compile(rf"(?<={_BLANK})(and|or)(?={_BLANK}|$)", re.IGNORECASE)
_NOT = re.compile(rf"n(?=ot(?:{_BLANK}|$))", re.IGNORECASE)

WILDCARD_SYMBOL = "@kuery-wildcard@"
"""What Kibana puts in the place of a `*` before it looks for wildcards: a text with this in it would be read as having one."""


def quoted(text: str) -> str:
    """The text as a whole value."""
    return '"' + _with_whitespace(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def unquoted(text: str) -> str:
    """The text as a field's name, or as part of a value."""
    escaped = _with_whitespace(_SPECIAL.sub(r"\\\g<0>", text))
    return _NOT.sub(lambda found: f"\\u{ord(found[0]):04x}", _AND_OR.sub(r"\\\g<0>", escaped))


def wildcards(pattern: Pattern) -> str:
    """The pattern, which has no sets, as a value with wildcards."""
    return "".join("*" if isinstance(token, AnyMany) else unquoted(token) for token in pattern.tokens if isinstance(token, AnyMany | str))


def _with_whitespace(text: str) -> str:
    return "".join(_WHITESPACE.get(character, character) for character in text)
