"""How SPL spells names, values and strings. Escaping happens here and nowhere else, and only in ways on which all sources agree."""

import re
from ipaddress import ip_network

from sigma_amsi.errors import Refused
from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.predicate.tree import Test

is_time_range = re.compile(
    "_?(?:index_)?(?:earliest|latest)|timeformat|(?:start|end)timeu?|(?:start|end)?(?:minutes|hours|days|months)ago|searchtimespan[a-z]+"
).fullmatch
"""Whether `search` takes a name for a time range and not for a field ("Time modifiers"). In `where` it is a field like any other."""

_OPERATORS = frozenset({"AND", "OR", "NOT", "XOR", "IN", "TERM", "CASE"})
_is_bare = re.compile(r"[A-Za-z_][A-Za-z0-9_.{}]*").fullmatch
_has_mark = re.compile(r"[\"'\\*$`]").search


def search_name(name: str, test: Test) -> str:
    """A field's name in `search`: in double quotes where it has other characters than letters, digits, `_`, `.` and braces."""
    _check_name(name, test)
    return name if _is_bare(name) and name not in _OPERATORS else f'"{name}"'


def eval_name(name: str, test: Test) -> str:
    """A field's name in `where`, always in single quotes: a bare `a.b` would be the concatenation of two fields ("eval")."""
    _check_name(name, test)
    return f"'{name}'"


def _check_name(name: str, test: Test) -> None:
    if not name or not name.isprintable() or _has_mark(name):
        raise Refused("term-unsupported", f"SPL has no way to write the name of the field {name!r}", test=test)


def search_value(pattern: Pattern) -> str | None:
    """The value, in quotes but where it is a number, that says the pattern in `search`; None where `search` has none.

    "Backslashes": a literal asterisk cannot be escaped. "search": a value that spells a network is read as a test for it. Control
    characters, and what another layer might expand, a pair of `$` and backticks in threes, are left to `where`.
    """
    texts = [token for token in pattern.tokens if isinstance(token, str)]
    if any(not isinstance(token, str | AnyMany) for token in pattern.tokens) or any("*" in text for text in texts):
        return None
    whole = "".join(texts)
    if not whole.isprintable() or whole.count("$") > 1 or "```" in whole:
        return None
    if pattern.literal is not None and _is_network(pattern.literal):
        return None
    if pattern.literal is not None and re.fullmatch("[0-9]+", pattern.literal):
        return pattern.literal  # "search": quotes change nothing, and a number reads better without
    escaped = [token.replace("\\", "\\\\").replace('"', '\\"') if isinstance(token, str) else "*" for token in pattern.tokens]
    return f'"{"".join(escaped)}"'


def _is_network(text: str) -> bool:
    if "/" not in text:
        return False
    try:
        ip_network(text.strip(), strict=False)
    except ValueError:
        return False
    return True


def string_literal(text: str, test: Test) -> str:
    """A string of `where` and `eval`: `\\\\` is a backslash and `\\"` a quotation mark ("eval")."""
    if not text.isprintable() or text.count("$") > 1 or "```" in text:
        raise Refused("term-unsupported", f"SPL has no safe way to write the text {text!r} in an expression", test=test)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def regex_literal(expression: str) -> str:
    """A regular expression as a string of `where`, such that it is the same however many times SPL unescapes it.

    Sources disagree on how many backslashes a literal one takes, so none stands before a backslash or a quotation mark: `\\x5c` and `\\x22`
    are no sequences of SPL's and reach the engine as they are. Literal dollar signs, bars and backticks are spelled by number too, lest a
    dashboard, a pipe or a macro take them.
    """
    written: list[str] = []
    in_class = False
    for piece in re.findall(r"\\.|.", expression, re.DOTALL):
        if piece[-1] in _BY_NUMBER and (len(piece) == 2 or piece in '"`' or (in_class and piece == "$")):
            written.append(f"\\x{ord(piece[-1]):02x}")
            continue
        written.append(piece)
        if piece in "[]":
            in_class = piece == "["
    return f'"{"".join(written)}"'


_BY_NUMBER = frozenset('\\"$|`')
