"""Bicep: scheduled rules as resources in the language that Azure Resource Manager's templates are compiled from.

Escapes from Bicep's documentation, Data types: strings, and multi-line strings.
"""

from collections.abc import Mapping, Sequence

from sigma_amsi.package.writing import HIDDEN, Json

_HEAD = """\
@description('The name of the Log Analytics workspace.')
param workspaceName string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}
"""
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def document(rules: Sequence[Mapping[str, Json]], api_version: str) -> str:
    """A file with a resource for each rule, of which `id` and `properties` are given."""
    return "\n".join([_HEAD, *(_resource(rule, api_version) for rule in rules)])


def _resource(rule: Mapping[str, Json], api_version: str) -> str:
    name = rule["id"]
    assert isinstance(name, str)
    body: dict[str, Json] = {"name": name, "kind": "Scheduled", "properties": rule["properties"]}
    lines = "\n".join(f"  {key}: {written(value, 2)}" for key, value in body.items())
    return (
        f"resource rule_{name.replace('-', '_')} 'Microsoft.SecurityInsights/alertRules@{api_version}' = {{\n"
        f"  scope: workspace\n{lines}\n}}\n"
    )


def written(value: Json, indent: int = 0) -> str:
    """A value as an expression. Keys are names of properties, which need no quotes."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return str(value)
    inner = " " * (indent + 2)
    if isinstance(value, list):
        items = [inner + written(each, indent + 2) for each in value]
    else:
        items = [f"{inner}{key}: {written(each, indent + 2)}" for key, each in value.items()]
    opening, closing = ("[", "]") if isinstance(value, list) else ("{", "}")
    return "\n".join([opening, *items, " " * indent + closing]) if items else opening + closing


def text(value: str) -> str:
    """A text of several lines between `'''`, where nothing is an escape, if it can stand there; else in quotes."""
    if "\n" in value and HIDDEN.search(value) is None and "'''" not in value and not value.endswith("'"):
        return f"'''\n{value}'''"  # the first line feed is no part of the text
    return "'" + "".join(_escaped(character) for character in value).replace("${", "\\${") + "'"


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{{{ord(character):x}}}" if HIDDEN.match(character) else character
