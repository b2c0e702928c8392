import tomllib
from collections.abc import Iterator

import pytest

from sigma_amsi.package.toml_lines import line_of, lines_of

_TEXT = '''\
# a comment = 1
rules = [
    "a", # ] a bracket
    "[b]",
]
"quoted key" = """
[no.header]
key = 1
"""
a.b . c = {d = 1, e = "}"}

[defaults] # [x]
owner = 'one \\'

[destinations.x.overrides."41d1"]
enabled = false
[[destinations.x.actions]]
name = "one"
  [[destinations.x.actions]]
  name = "two"
  [destinations.x.actions.settings]
  to = \'\'\'
two
lines\'\'\'
last = 1
'''


def _paths(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key)
            yield from _paths(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _paths(item, (*path, str(number)))


def test_every_key_has_the_line_that_it_stands_on() -> None:
    lines = lines_of(_TEXT)
    found = {".".join(path): line_of(lines, path) for path in _paths(tomllib.loads(_TEXT))}
    assert found == {
        "rules": 2,
        "quoted key": 6,
        "a": 10,
        "a.b": 10,
        "a.b.c": 10,
        "a.b.c.d": 10,
        "a.b.c.e": 10,
        "defaults": 12,
        "defaults.owner": 13,
        "destinations": 15,
        "destinations.x": 15,
        "destinations.x.overrides": 15,
        "destinations.x.overrides.41d1": 15,
        "destinations.x.overrides.41d1.enabled": 16,
        "destinations.x.actions": 17,
        "destinations.x.actions.0.name": 18,
        "destinations.x.actions.1.name": 20,
        "destinations.x.actions.1.settings": 21,
        "destinations.x.actions.1.settings.to": 22,
        "destinations.x.actions.1.settings.last": 25,
    }


@pytest.mark.parametrize("path", [(), ("nowhere",)])
def test_what_has_no_line_has_0(path: tuple[str, ...]) -> None:
    assert line_of(lines_of(_TEXT), path) == 0


def test_quotation_marks_before_the_end_of_a_text() -> None:
    text = "a = \"\"\"\n\"\"\"\"\nb = '''\n'''''\nc = 1\n"
    assert tomllib.loads(text) == {"a": '"', "b": "''", "c": 1}
    assert lines_of(text) == {("a",): 1, ("b",): 3, ("c",): 5}
