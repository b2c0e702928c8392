"""How Kusto spells string literals, names and numbers. Escaping happens here and nowhere else."""

import re

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}

_is_bare = re.compile("(?!__)(?=.*[A-Z])[A-Za-z_][A-Za-z0-9_]*").fullmatch


def literal(text: str) -> str:
    """The string literal of a text: verbatim where that spares doubled backslashes, else with escapes.

    "The string data type": a verbatim literal `@"…"` has no escapes but the doubled quotation mark, and neither kind may hold a line break.
    Whatever is not printable is escaped, so that a query looks like what it does.
    """
    if text.isprintable():
        return '@"' + text.replace('"', '""') + '"' if "\\" in text else '"' + text.replace('"', '\\"') + '"'
    return '"' + "".join(_ESCAPES.get(character) or _printable(character) for character in text) + '"'


def name(text: str) -> str:
    """A name of a table or column, in brackets where it needs them.

    Kusto has some two hundred words that cannot stand as a bare name. All are in lower case or begin with two underscores, so a name with a
    capital is none of them.
    """
    return text if _is_bare(text) else f"[{literal(text)}]"


def member(path: str, *, of_text: bool) -> str:
    """A member of a dynamic column: `EventData.Image`, with brackets round the parts of the path that need them.

    of_text: whether the column holds JSON as text, which has no members before `parse_json` has read it.
    """
    root, *parts = path.split(".")
    spelled = [f"parse_json({name(root)})" if of_text else name(root)]
    for part in parts:
        bare = name(part)
        spelled.append(bare if bare.startswith("[") else f".{bare}")
    return "".join(spelled)


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    point = ord(character)
    return f"\\U{point:08x}" if point > 0xFFFF else f"\\u{point:04x}"
