"""The tree that is made of YAML text: lines, aliases and merge keys, several documents, and the parser without libyaml."""

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
import yaml

from sigma_amsi.errors import Problem
from sigma_amsi.rule import document
from sigma_amsi.rule.document import MAXIMUM_DEPTH, MAXIMUM_NODES, Document, ListNode, MapNode, Node, Scalar
from sigma_amsi.rule.scalar import data_of


@pytest.fixture(params=["libyaml", "pure Python"])
def module(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module on each of the two parsers."""
    if request.param == "libyaml":
        yield document
        return
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "yaml.cyaml", None)
        name = document.__name__
        patch.delitem(sys.modules, name)
        yield importlib.import_module(name)
    setattr(sys.modules["sigma_amsi.rule"], "document", document)  # noqa: B010 # the import above has replaced it


def read(text: str) -> Node:
    (found,) = document.documents(text)
    assert isinstance(found, Document), found
    return found.root


def problem(text: str) -> Problem:
    (found,) = document.documents(text)
    assert isinstance(found, Problem)
    return found


def test_lines(module: ModuleType) -> None:
    (found,) = module.documents("# comment\n\na: 1\nb:\n  - x\n  - 'y\n\n    z'\nc: {d: e}\n")
    root = found.root
    assert root.line == 3
    assert {key: line for key, (line, _) in root.entries.items()} == {"a": 3, "b": 4, "c": 9}
    assert [(item.text, item.line, item.tag) for item in root.entries["b"][1].items] == [("x", 5, ""), ("y\nz", 6, "str")]
    assert root.entries["c"][1].entries["d"][0] == 9


def test_several_documents(module: ModuleType) -> None:
    text = "a: 1\n---\nb: [\n--- # third\nc: 2\n...\nd: 3\n---\n\n---\n- x\n"
    found = list(module.documents(text))
    assert [each.line if isinstance(each, Problem) else each.root.line for each in found] == [1, 3, 5, 7, 11]
    # YAML 1.1 wants a `---` after a `...`.
    assert [isinstance(each, Problem) for each in found] == [False, True, False, True, False]


def test_directives_belong_to_their_document(module: ModuleType) -> None:
    (found,) = module.documents("%YAML 1.1\n%TAG ! tag:example.org,2000:\n---\na: 1\n")
    assert found.root.entries["a"][0] == 4


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "--- ~\n---\nnull\n"])
def test_empty_documents_are_none(module: ModuleType, text: str) -> None:
    assert list(module.documents(text)) == []


def test_a_line_of_hyphens_ends_a_block() -> None:
    """The text of a block cannot hold the line, by YAML's grammar; so splitting there is safe."""
    found = list(document.documents("a: |\n  x\n---\nb: 1\n"))
    assert len(found) == 2


def test_each_document_has_its_text() -> None:
    found = list(document.documents("a: 1\n---\nb: 2\n"))
    assert [each.text for each in found if isinstance(each, Document)] == ["a: 1\n", "---\nb: 2\n"]


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1, 2]\nb: *x\nc: [*x, *x]",
        "a: &x 1\nb: *x",
        "a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n  r: 4",
        "a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc:\n  <<: [*x, *y]\n  r: 4",
        "a: &x {p: 1}\nb: &y\n  <<: *x\n  q: 2\nc:\n  <<: *y",
    ],
)
def test_aliases_and_merges_as_pyyaml(text: str) -> None:
    assert data_of(read(text)) == yaml.safe_load(text)


def test_an_alias_means_the_anchor_last_before_it() -> None:
    assert data_of(read("a: &x 1\nb: &x 2\nc: *x")) == {"a": 1, "b": 2, "c": 2}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: [1", "yaml-syntax", 1),
        ("a: b: c", "yaml-syntax", 1),
        ("x: 1\na: 'b", "yaml-syntax", 2),
        ("a:\n\tb: 1", "yaml-tab", 2),
        ("a:\n  b: 1\n \tc: 2", "yaml-tab", 3),
        ("a: !!binary aGk=", "yaml-tag", 1),
        ("a: !!python/object:os.system {}", "yaml-tag", 1),
        ("a: !own x", "yaml-tag", 1),
        ("a: !!set {x, y}", "yaml-tag", 1),
        ("a: !!omap [x: 1]", "yaml-tag", 1),
        ("? [a, b]\n: 1", "yaml-key", 1),
        ("{a: 1}: 1", "yaml-key", 1),
        ("a: *x", "yaml-alias", 1),
        ("a: &x [*x]", "yaml-alias", 1),
        ("a: 1\nb:\n  <<: text", "yaml-merge", 3),
        ("a: 1\nb: 2\na: 3", "duplicate-key", 3),
        ("a:\n  <<: {}\n  <<: {}", "duplicate-key", 3),
        ("a: \x01", "encoding", 1),
        ("a: 1\nb: \ufffe", "encoding", 2),
        ("[" * (MAXIMUM_DEPTH + 1), "too-deep", 1),
        ("\n".join(f"{' ' * level}a:" for level in range(MAXIMUM_DEPTH + 2)), "too-deep", MAXIMUM_DEPTH + 1),
        ("[" + "1," * (MAXIMUM_NODES + 1) + "]", "too-large", 1),
    ],
)
def test_problems(text: str, code: str, line: int) -> None:
    found = problem(text)
    assert (found.code, found.line) == (code, line)


def test_problems_without_libyaml(module: ModuleType) -> None:
    for text, code in (("a: [1", "yaml-syntax"), ("a:\n\tb: 1", "yaml-tab"), ("a: \x01", "encoding"), ('"\\ud800"', "yaml-syntax")):
        (found,) = module.documents(text)
        assert found.code == code


def test_depth_through_aliases() -> None:
    """Thirty levels that stand for thirty more are sixty, however few lines they take."""
    nested = "[" * 30 + "{0}" + "]" * 30
    text = "a: &a " + nested.format("1") + "\nb: &b " + nested.format("*a") + "\nc: " + nested.format("*b")
    assert problem(text).code == "too-deep"
    assert isinstance(read(text.rsplit("\n", 1)[0]), MapNode)


def test_a_bomb_of_aliases_is_counted() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 9) + "]" for level in range(1, 10)]
    assert problem("\n".join(lines)).code == "too-large"


def test_node_types() -> None:
    assert isinstance(read("x"), Scalar)
    assert isinstance(read("- x"), ListNode)
