"""Where the rules and recorded attacks are that some tests look at, when they are there."""

import os
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent


def corpus() -> Path | None:
    """The folder of the corpus: `SIGMA_AMSI_CORPUS`, or one beside the checkout. None when there is none, and the tests on it are skipped."""
    named = os.environ.get("SIGMA_AMSI_CORPUS")
    folder = Path(named) if named else _CHECKOUT.parent / "shared" / "corpus"
    return folder if folder.is_dir() else None


def needed_corpus() -> Path:
    """The folder of the corpus. Skips the running test where there is none."""
    folder = corpus()
    if folder is None:
        import pytest  # benchmarks, which look for the corpus too, run without it

        pytest.skip("no corpus: see tests/corpus.py")
    return folder


def rule_folders() -> list[Path]:
    """The folders of rules in the corpus, sorted; empty without a corpus."""
    folder = corpus()
    return sorted(each for each in folder.glob("rules*") if each.is_dir()) if folder else []


def needed_rule_folders() -> list[Path]:
    """The folders of rules in the corpus. Skips the running test where there are none."""
    needed_corpus()
    return rule_folders()
