"""Random query_string text: everything that its grammar has, spaced and escaped in odd ways."""

from collections.abc import Sequence

from .values import ADDRESSES, NETWORKS, NUMBERS, Draw

_RESERVED = '+-=&|><!(){}[]^"~*?:\\/ \t\n\u3000'
_REGEX_RESERVED = '.?+*|{}[]()"\\#@&<>~^$/-'
_SETS = ("[ab]", "[^a]", "[a-c]", "[A-C0-9]", "[\\\\.]", "[^\\\\]", "[é-ñ]")
_OPERATORS = ("a*", "b?", "x+", "@", '"a*"', "^", "$", "a{2}")
_RARE_OPERATORS = ("#", "~(ab)", "<1-50>", "(.*a.*&.*b.*)", "()", "\\d", "\\w", "\\a", "(a|)")
_TEXTS = ("exact", "c-uri", "lower", "lowers", "way")
_NUMBERS = ("port", "size")
_ADDRESSES = ("ip", "ips")
_FIELDS = (*_TEXTS, *_TEXTS, *_NUMBERS, *_ADDRESSES, "seen")


def query(draw: Draw, depth: int = 3) -> str:
    """Clauses with operators between them."""
    clauses = [_clause(draw, depth) for _ in range(draw.choice((1, 1, 2, 2, 3)))]
    text = clauses[0]
    for clause in clauses[1:]:
        text += _operator(draw) + clause
    return text


def _operator(draw: Draw) -> str:
    if draw.chance(0.85):
        return draw.choice((" AND ", " OR ", " AND ", " OR ", " && ", " || ", "  AND\t", "\nOR "))
    return draw.choice((" ", " ", " NOT ", " AND NOT ", " OR NOT ", " && ", " || ", " +", " -", "||"))


def _clause(draw: Draw, depth: int) -> str:
    sign = "" if draw.chance(0.7) else draw.choice(("NOT ", "NOT ", "+", "-", "!", "NOT  " if draw.chance(0.9) else "NOT NOT "))
    if depth and draw.chance(0.4):
        return f"{sign}({_blank(draw)}{query(draw, depth - 1)}{_blank(draw)}){draw.choice(('', '', '', '^2', '^0.5'))}"
    return sign + _test(draw)


def _blank(draw: Draw) -> str:
    return draw.choice(("", "", "", " ", "\n "))


def _test(draw: Draw) -> str:
    kind = draw.number(0, 25)
    if kind == 0:
        return draw.choice(("*:*", "*", "* : *"))
    field = draw.choice(_FIELDS)
    if kind < 3:
        return f"_exists_:{_named(draw, field)}"
    colon = draw.choice((":", ":", ":", ":", ": ", " : "))
    value = _group(draw, field) if draw.chance(0.2) else _value(draw, field)
    return f"{_named(draw, field)}{colon}{value}{draw.choice(('', '', '', '', '', '^3'))}"


def _named(draw: Draw, field: str) -> str:
    if field == "c-uri":
        return draw.choice(("c-uri", "c\\-uri"))
    return field if draw.chance(0.9) else "\\" + field


def _group(draw: Draw, field: str, depth: int = 1) -> str:
    if draw.chance(0.15):
        return "(" + " ".join(_term(draw, field) for _ in range(2)) + ")"
    items = []
    for _ in range(draw.number(1, 3)):
        sign = "" if draw.chance(0.8) else draw.choice(("NOT ", "+", "-", "!"))
        items.append(sign + (_group(draw, field, depth - 1) if depth and draw.chance(0.2) else _value(draw, field)))
    text = items[0]
    for item in items[1:]:
        text += _operator(draw) + item
    return f"({_blank(draw)}{text}{_blank(draw)})"


def _value(draw: Draw, field: str) -> str:
    if draw.chance(0.04):
        return "*"
    if field in _NUMBERS:
        return _ordered(draw, NUMBERS if draw.chance(0.9) else ("4.5", "007", "5.0", "1e3", "x"))
    if field in _ADDRESSES:
        if draw.chance(0.5):
            network = draw.choice((*NETWORKS, "10.1.2.3/8"))
            return _quoted(network) if draw.chance(0.5) else escaped(network)
        return _ordered(draw, ADDRESSES)
    if field == "seen":
        return draw.choice(("true", "false", '"true"', "false", "True" if draw.chance(0.1) else "true"))
    kind = draw.number(0, 19)
    if kind < 6:
        return _term(draw, field)
    if kind < 10:
        return _quoted(_text(draw, field))
    if kind < 15:
        return _wildcards(draw, field)
    if kind < 19:
        return "/" + _regex(draw).replace("/", "\\/") + "/"
    return _range(draw, [_text(draw, field) or "a", draw.part()])


def _text(draw: Draw, field: str) -> str:
    return draw.choice(("egress", "ingress", "Egress", "gress")) if field == "way" else draw.text()


def _ordered(draw: Draw, values: Sequence[str]) -> str:
    value = draw.choice(values)
    kind = draw.number(0, 9)
    if kind < 4:
        return _quoted(value) if draw.chance(0.3) else escaped(value)
    if kind < 7:
        return draw.choice((">", ">=", "<", "<=")) + escaped(value)
    return _range(draw, [value, draw.choice(values)])


def _range(draw: Draw, bounds: Sequence[str]) -> str:
    low, high = ("*" if draw.chance(0.2) else _quoted(bound) if draw.chance(0.3) else escaped(bound) for bound in bounds)
    return f"{draw.choice('[[{')}{_blank(draw)}{low} TO {high}{_blank(draw)}{draw.choice(']]}')}"


def _term(draw: Draw, field: str) -> str:
    text = _text(draw, field) or "a"
    if draw.chance(0.95):
        return escaped(text)
    return "".join("\\" + character if draw.chance(0.3) else character for character in text)


def escaped(text: str) -> str:
    """The text with every special character escaped."""
    return "".join("\\" + character if character in _RESERVED else character for character in text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _wildcards(draw: Draw, field: str) -> str:
    pieces = [draw.choice(("*", "*", "?", escaped(draw.part()), escaped(_text(draw, field)))) for _ in range(draw.number(1, 4))]
    text = "".join(pieces)
    return text if draw.chance(0.95) else draw.choice(("*", "?")) + text.replace("\\\\", "\\")


def _regex(draw: Draw, depth: int = 2) -> str:
    return "".join(_regex_item(draw, depth) for _ in range(draw.number(1, 4)))


def _regex_item(draw: Draw, depth: int) -> str:
    kind = draw.number(0, 24)
    if kind < 8:
        return _regex_literal(draw, draw.part())
    if kind < 13:
        return draw.choice((".*", ".", ".*", ".+", ".?"))
    if kind < 17:
        return draw.choice(_SETS) + draw.choice(("", "+", "*", "?", "{2}", "{1,}", "{0,2}"))
    if kind < 21 and depth:
        return "(" + "|".join(_regex(draw, depth - 1) for _ in range(draw.number(1, 2))) + ")" + draw.choice(("", "", "?", "{1,2}"))
    return draw.choice(_OPERATORS if draw.chance(0.8) else _RARE_OPERATORS)


def _regex_literal(draw: Draw, text: str) -> str:
    bare = draw.chance(0.02)
    return "".join("\\" + character if character in _REGEX_RESERVED and not bare else character for character in text)
