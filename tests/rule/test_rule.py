"""A rule as a whole: its metadata, the lines of its tests, and where rules are read from."""

import io
import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from sigma_amsi.errors import Problem, RuleError
from sigma_amsi.pattern import ending, starting
from sigma_amsi.predicate.tree import And, Matches, Not, Or, Test
from sigma_amsi.rule import LogSource, Related, Rule, load, load_rule, read_text
from sigma_amsi.term import Field
from tests.rule.texts import HEAD, problem_of, read_one, with_item

FULL = """\
title: Everything at once
id: 3fd8f2a1-3f6c-4a9d-9a5a-0c1f4a6a9f10
name: everything
related:
    - id: 0f4d6a1c-3f6c-4a9d-9a5a-0c1f4a6a9f11
      type: derived
taxonomy: sigma
status: experimental
description: |
    Two
    lines
license: MIT
author: One, Two
references:
    - https://example.org/a
date: 2025-01-02
modified: 2025-02-03
tags:
    - attack.t1059
    - attack.execution
logsource:
    category: process_creation
    product: windows
    service: sysmon
    definition: has to be switched on
detection:
    selection:
        Image|endswith:
            - '\\one.exe'
            - '\\two.exe'
        User: x
    filter_a:
        Image|startswith: 'C:\\'
    condition: selection and not 1 of filter_*
fields: [Image, 5]
falsepositives:
    - Unlikely
level: high
scope:
    - server
regression_tests_path: a/info.yml
numbers: [1, {two: null}]
"""


def test_everything() -> None:
    rule = read_one(FULL)
    assert rule.problems == ()
    assert replace(rule, _items=()) == Rule(
        path=None,
        line=1,
        title="Everything at once",
        log_source=LogSource("process_creation", "windows", "sysmon", "has to be switched on"),
        digest=rule.digest,
        id="3fd8f2a1-3f6c-4a9d-9a5a-0c1f4a6a9f10",
        name="everything",
        status="experimental",
        level="high",
        description="Two\nlines\n",
        author="One, Two",
        license="MIT",
        date="2025-01-02",
        modified="2025-02-03",
        references=("https://example.org/a",),
        tags=("attack.t1059", "attack.execution"),
        fields=("Image", "5"),
        falsepositives=("Unlikely",),
        scope=("server",),
        related=(Related("0f4d6a1c-3f6c-4a9d-9a5a-0c1f4a6a9f11", "derived"),),
        custom={"regression_tests_path": "a/info.yml", "numbers": [1, {"two": None}]},
        _predicate=rule.detection,
    )


def test_the_detection_and_its_lines() -> None:
    rule = read_one(FULL)
    image = Field("Image")
    one, two = (Test(image, Matches(ending(text))) for text in ("\\one.exe", "\\two.exe"))
    user = Test(Field("User"), Matches(ending("x")))
    begins = Test(image, Matches(starting("C:\\")))
    detection = rule.detection
    assert isinstance(detection, And)
    assert detection.parts[0] == Or((one, two))
    assert detection.parts[2] == Not(begins)
    lines = {text: number for number, text in enumerate(FULL.splitlines(), 1)}
    assert rule.line_of(one) == rule.line_of(two) == lines["        Image|endswith:"]
    assert rule.line_of(begins) == lines["        Image|startswith: 'C:\\'"]
    assert rule.line_of(user) == 0  # not a test of this rule: its value is the whole x


def test_a_list_of_conditions_is_their_disjunction() -> None:
    text = HEAD + "detection:\n  a: {f: 1}\n  b: {g: 2}\n  condition: [a, not b]\n"
    assert read_one(text).detection == read_one(text.replace("[a, not b]", "a or not b")).detection


def test_the_digest_follows_the_text() -> None:
    text = with_item("f: a")
    assert read_one(text).digest == read_one(text.replace("\n", "\r\n")).digest == read_one("\ufeff" + text).digest
    assert read_one(text).digest != read_one(text + "# more\n").digest


def test_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = with_item("f: a")
    (tmp_path / "b").mkdir()
    (tmp_path / "empty").mkdir()
    for name, text in {
        "c.yml": rule,
        "a.yaml": rule + "---\n" + rule.replace("title", "titel") + "---\n" + rule,
        "b/z.yml": "a: [",
        "b/notes.txt": "",
    }.items():
        (tmp_path / name).write_text(text)
    os.symlink(tmp_path, tmp_path / "b" / "loop")
    found = [(each.path, each.line, getattr(each, "code", "")) for each in load([tmp_path, tmp_path / "c.yml"])]
    assert found == [
        (tmp_path / "a.yaml", 1, ""),
        (tmp_path / "a.yaml", 13, "missing-title"),
        (tmp_path / "a.yaml", 25, ""),
        (tmp_path / "b/z.yml", 1, "yaml-syntax"),
        (tmp_path / "c.yml", 1, ""),
        (tmp_path / "c.yml", 1, ""),
    ]
    assert [str(each) for each in load(str(tmp_path / "empty"))] == [f"{tmp_path}/empty: no-input: there is no *.yml or *.yaml file in it"]
    assert [each.code for each in load([]) if isinstance(each, Problem)] == ["no-input"]
    assert [each.code for each in load(tmp_path / "none.yml") if isinstance(each, Problem)] == ["unreadable-file"]

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(rule.encode())))
    (from_input,) = load("-")
    assert isinstance(from_input, Rule)
    assert from_input.path is None


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def scandir(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", scandir)
    (found,) = load(tmp_path)
    assert isinstance(found, Problem)
    assert (found.code, found.path) == ("unreadable-file", tmp_path)


def test_load_rule(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_text(with_item("f: a"))
    assert load_rule(path).path == load_rule(str(path)).path == path
    path.write_text(with_item("f: a") + "---\n" + with_item("f: a"))
    with pytest.raises(RuleError, match="several-rules"):
        load_rule(path)
    path.write_text(with_item("f|contain: a"))
    with pytest.raises(RuleError) as error:
        load_rule(path)
    assert str(error.value).startswith(
        f"{path}:10: unknown-modifier: the specification has no modifier 'contain'\n  hint: did you mean contains"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding: str) -> None:
    mark = "" if encoding in ("utf-8", "utf-8-sig", "utf-16") else "\ufeff"
    assert read_one((mark + with_item("f: é😀")).encode(encoding)) == read_one(with_item("f: é😀"))


@pytest.mark.parametrize("breaks", ["\r\n", "\r"])
def test_line_breaks(breaks: str) -> None:
    text = with_item("f|contains: a\ng|x: b").replace("\n", breaks)
    problem = problem_of(text)
    assert (problem.code, problem.line) == ("unknown-modifier", 11)


def test_documents_that_build_on_each_other_are_not_read_alone() -> None:
    text = "action: global\ntitle: x\n---\n" + with_item("f: a")
    assert [each.code for each in read_text(text) if isinstance(each, Problem)] == ["collection-action", "collection-action"]


def test_files_of_events_beside_rules_are_no_rules(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(FULL)
    (tmp_path / "a.tests.yml").write_text("- should match: {}\n")
    assert [rule.path for rule in load(tmp_path) if isinstance(rule, Rule)] == [tmp_path / "a.yml"]
    assert len(list(load(tmp_path))) == 1
