"""The generated pages of the documentation say what the code goes by."""

from pathlib import Path

import pytest

from sigma_amsi.codes import CODES
from sigma_amsi.predicate.tree import Matcher
from sigma_amsi.registry import backend_names, find_backend
from sigma_amsi.term import Field, Term

from .documentation import COMMAND, FOLDER, pages
from .documentation.pages import MATCHERS, TERMS

PAGES = pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_is_stale(path: Path) -> None:
    found = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert found == PAGES[path], f"{path.name} is stale; to print it anew: {COMMAND}"


def test_no_page_is_left_over() -> None:
    assert {path for path in FOLDER.rglob("*") if path.is_file()} == set(PAGES), f"to remove what is no more: {COMMAND}"


def test_every_term_and_matcher_is_in_the_matrix() -> None:
    assert set(MATCHERS) == set(Matcher.__args__)
    assert set(Term.__args__) - {Field} <= set(TERMS)
    for name in backend_names():
        assert set(find_backend(name).capabilities) == set(TERMS) | set(MATCHERS)


def test_every_code_has_its_section() -> None:
    text = PAGES[FOLDER / "codes.md"]
    assert [name for name in CODES if f"\n### {name}\n" not in text] == []
