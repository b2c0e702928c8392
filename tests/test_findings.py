"""The page of findings is what the installed backends and our verdicts give, and every finding is one."""

import os
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CHECKOUT = Path(os.environ.get("SIGMA_AMSI_CHECKOUT") or Path(__file__).resolve().parent.parent)


def generator() -> ModuleType:
    """docs/findings/__main__.py, which is in no package."""
    spec = spec_from_file_location("findings_generator", CHECKOUT / "docs" / "findings" / "__main__.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for the module of a class
    spec.loader.exec_module(module)
    return module


FINDINGS = generator()


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[Any, Any]]:
    """What the backends and our verdicts give now, where they are those that the page was made with."""
    made_with = FINDINGS.versions_on_page(FINDINGS.PAGE.read_text(encoding="utf-8"))
    installed = FINDINGS.versions()
    if made_with != installed:
        pytest.skip(f"the page was made with {made_with}, installed are {installed}")
    found: list[tuple[Any, Any]] = FINDINGS.outcomes()
    return found


def test_every_finding_is_one(outcomes: list[tuple[Any, Any]]) -> None:
    assert {finding.expected for finding, _ in outcomes} <= set(FINDINGS.VERDICTS)
    assert [finding.path.stem for finding, found in outcomes if found.verdict != finding.expected] == []
    assert len(outcomes) >= 40


def test_the_page_is_fresh(outcomes: list[tuple[Any, Any]]) -> None:
    page = FINDINGS.PAGE.read_text(encoding="utf-8")
    assert without_witnesses(page) == without_witnesses(FINDINGS.page(outcomes)), "stale: run `python -m docs.findings`"


def without_witnesses(page: str) -> str:
    """The page without the rows and events: of the many that show a difference, any will do."""
    return re.sub(r"^  as event: .*\n|(?<=adds ).*$|(?<=misses ).*$", "", page, flags=re.MULTILINE)
