"""Readers of Azure's files for the tests: ARM's JSON as Resource Manager evaluates it, and as much of Bicep as the rules' files need."""

import re
from typing import Any


def evaluated(value: Any) -> Any:
    """The value of ARM JSON in which no text may be an expression (Syntax and expressions in ARM templates: escape characters)."""
    if isinstance(value, str):
        if value.startswith("[[") and value.endswith("]"):
            return value[1:]
        assert not (value.startswith("[") and value.endswith("]")), f"an expression: {value[:80]}"
        return value
    if isinstance(value, list):
        return [evaluated(each) for each in value]
    return {key: evaluated(each) for key, each in value.items()} if isinstance(value, dict) else value


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<many>'''(?:\n)?(?P<lines>.*?)'''(?!'))
      | (?P<one>'(?P<text>(?:[^'\\\n]|\\u\{[0-9a-f]+\}|\\[\\'nrt$])*)')
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*|\d+)
      | (?P<symbol>[{}\[\]:=@()])
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"true": True, "false": False}
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")


def bicep_rules(content: str) -> list[dict[str, Any]]:
    """The bodies of the rules' resources."""
    found = []
    for start in re.finditer(r"^resource rule_\w+ 'Microsoft\.SecurityInsights/alertRules@[0-9-]+' = ", content, re.MULTILINE):
        body, end = _value(content, start.end())
        assert content[end : end + 1] == "\n"
        found.append(body)
    return found


def _value(content: str, at: int) -> tuple[Any, int]:
    token = _TOKEN.match(content, at)
    assert token, content[at : at + 80]
    at = token.end()
    if token["many"]:
        return token["lines"], at
    if token["one"]:
        assert "${" not in re.sub(r"\\.", "_", token["text"]), f"interpolated: {token['text'][:80]}"
        return _ESCAPE.sub(_unescaped, token["text"]), at
    if token["word"]:
        return _WORDS.get(token["word"], int(token["word"]) if token["word"].isdigit() else token["word"]), at
    return _items(content, at) if token["symbol"] == "[" else _entries(content, at)


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else {"n": "\n", "r": "\r", "t": "\t"}.get(escape[2], escape[2])


def _items(content: str, at: int) -> tuple[list[Any], int]:
    items = []
    while not (closing := re.compile(r"\s*\]").match(content, at)):
        item, at = _value(content, at)
        items.append(item)
    return items, closing.end()


def _entries(content: str, at: int) -> tuple[dict[str, Any], int]:
    entries = {}
    while not (closing := re.compile(r"\s*\}").match(content, at)):
        key = re.compile(r"\s*(\w+): ").match(content, at)
        assert key, content[at : at + 80]
        entries[key[1]], at = _value(content, key.end())
    return entries, closing.end()
