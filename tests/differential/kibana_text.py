"""Random KQL text, as Kibana's grammar has it: keywords in any case, groups of values, odd blanks and escapes."""

from .values import ADDRESSES, NETWORKS, NUMBERS, Draw

_SPECIAL = '\\():<>"*{}'
_TEXTS = ("exact", "c-uri", "lower", "lowers", "way")
_FIELDS = (*_TEXTS, *_TEXTS, "port", "size", "ip", "ips", "seen")


def query(draw: Draw, depth: int = 3) -> str:
    """Tests with `and`, `or` and `not`, in parentheses or not."""
    text = _part(draw, depth)
    for _ in range(draw.choice((0, 0, 1, 1, 2))):
        text += _operator(draw) + _part(draw, depth)
    return text


def _operator(draw: Draw) -> str:
    return draw.choice((" and ", " or ", " and ", " or ", " AND ", " Or ", "  and\n", "\tor ", "\u00a0and "))


def _part(draw: Draw, depth: int) -> str:
    negation = "" if draw.chance(0.7) else draw.choice(("not ", "NOT ", "not  ", "not " if draw.chance(0.9) else "not not "))
    if depth and draw.chance(0.4):
        return f"{negation}({_blank(draw)}{query(draw, depth - 1)}{_blank(draw)})"
    return negation + _test(draw)


def _blank(draw: Draw) -> str:
    return draw.choice(("", "", "", " ", "\n"))


def _test(draw: Draw) -> str:
    field = draw.choice(_FIELDS)
    if draw.chance(0.03):
        return draw.choice(("*:*", "* : *", f"{field}:*"))
    colon = draw.choice((":", ":", ":", ": ", " : "))
    name = draw.choice((field, field, field, f'"{field}"'))
    order = f"{draw.choice((' ', ''))}{draw.choice(('>', '>=', '<', '<='))}{draw.choice((' ', ''))}"
    if field in ("ip", "ips") and draw.chance(0.3):
        return f"{name}{order}{_escaped(draw.choice(ADDRESSES))}"
    if field in ("port", "size"):
        number = draw.choice(NUMBERS if draw.chance(0.9) else ("4.5", "007", "x"))
        return f"{name}{order if draw.chance(0.5) else colon}{number}"
    if draw.chance(0.25):
        return f"{name}{colon}{_values(draw, field, 2)}"
    return f"{name}{colon}{_value(draw, field)}"


def _values(draw: Draw, field: str, depth: int) -> str:
    text = ""
    for index in range(draw.number(1, 3)):
        item = _values(draw, field, depth - 1) if depth and draw.chance(0.2) else _value(draw, field)
        text += (_operator(draw) if index else "") + draw.choice(("", "", "", "not ")) + item
    return f"({_blank(draw)}{text}{_blank(draw)})"


def _value(draw: Draw, field: str) -> str:
    if draw.chance(0.04):
        return "*"
    if field in ("ip", "ips"):
        value = draw.choice((*ADDRESSES, *NETWORKS))
        return f'"{value}"' if draw.chance(0.5) else _escaped(value)
    if field == "seen":
        return draw.choice(("true", "false", '"true"', "TRUE" if draw.chance(0.1) else "false"))
    if field in ("port", "size"):
        return draw.choice((*NUMBERS, "4.5"))
    text = draw.text() if draw.chance(0.5) else draw.part()
    if field == "way" and draw.chance(0.6):
        text = draw.choice(("egress", "ingress", "Egress"))
    kind = draw.number(0, 9)
    if kind < 4:
        return _quoted(draw, text)
    if kind < 6:
        return _escaped(text) or '""'
    if kind == 6 and draw.chance(0.3):
        return "".join("\\" + character if draw.chance(0.3) else character for character in text) or "a"
    return "".join(draw.choice(("*", _escaped(draw.part()), _escaped(text))) for _ in range(draw.number(1, 4))) or "*"


def _escaped(text: str) -> str:
    """Special characters and line breaks escaped. A keyword in it stays one, as a person would write it."""
    plain = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(plain.get(character, "\\" + character if character in _SPECIAL else character) for character in text)


def _quoted(draw: Draw, text: str) -> str:
    if draw.chance(0.1):
        return '"' + text.replace('"', "") + '"'
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n" if draw.chance(0.5) else "\n", "é": "\\u00e9" if draw.chance(0.5) else "é"}
    return '"' + "".join(escapes.get(character, character) for character in text) + '"'
