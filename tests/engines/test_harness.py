"""What the harness does when an engine is missing or fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from . import ENGINES, EngineMissing, available, cache_folder, missing, require
from .conversation import Conversation, EngineFailed
from .lucene import Lucene

DOWNLOADED = [name for name in ENGINES if name != "duckdb-kql"]


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache folder."""
    monkeypatch.setenv("SIGMA_AMSI_ENGINES", str(tmp_path))


@pytest.mark.usefixtures("nothing")
def test_the_cache_folder_can_be_chosen(tmp_path: Path) -> None:
    assert cache_folder() == tmp_path


def test_the_default_is_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGMA_AMSI_ENGINES", raising=False)
    assert cache_folder() == Path(__file__).parents[2] / ".engines"


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("name", DOWNLOADED)
def test_a_missing_engine_skips_a_test(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert not available(name)
    with pytest.raises(pytest.skip.Exception, match=r"tests\.engines\.install"):
        require(name)


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("name", DOWNLOADED)
def test_a_missing_engine_fails_a_test_in_ci(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=f"engine {name}: no "):
        require(name)


@pytest.mark.usefixtures("nothing")
def test_a_missing_engine_cannot_be_asked() -> None:
    with pytest.raises(EngineMissing):
        Lucene(9)


def test_an_unknown_engine_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        missing("solr")


def test_an_engine_that_dies_is_told_with_its_last_words() -> None:
    conversation = Conversation([sys.executable, "-c", "import sys; input(); sys.exit('out of luck')"])
    with pytest.raises(EngineFailed, match="out of luck"):
        conversation.ask({})


def test_an_engine_that_hangs_is_ended() -> None:
    conversation = Conversation([sys.executable, "-c", "import time; time.sleep(600)"], timeout_seconds=0.2)
    with pytest.raises(EngineFailed):
        conversation.ask({})


def test_an_engine_that_was_closed_starts_again() -> None:
    conversation = Conversation([sys.executable, "-c", "print(input(), flush=True); input()"])
    for question in ("Å\n", {"a": ["\u2028"]}):
        assert conversation.ask(question) == question
        conversation.close()


def test_an_engine_keeps_its_state_between_questions() -> None:
    conversation = Conversation([sys.executable, "-c", "for n in range(3): input(); print(n, flush=True)"])
    assert [conversation.ask(None) for _ in range(3)] == [0, 1, 2]
    conversation.close()
