"""Work that is spread over processes comes back as if one had done it."""

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sigma_amsi.cli import SOME_REFUSED, main, workers
from sigma_amsi.cli.workers import WORTH_A_PROCESS, spread
from sigma_amsi.errors import ConfigurationError
from tests.cli.rules import GOOD

MANY = 2 * WORTH_A_PROCESS


def _squares(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def _prepared() -> Callable[[int], tuple[int, int]]:
    return _squares


def _failing() -> Callable[[int], int]:
    return partial(divmod, 1)


def _killed(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def _dying() -> Callable[[int], int]:
    return _killed


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 3)


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_results_come_in_order_from_several_processes(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", platform)
    results = list(spread(_prepared, range(MANY)))
    assert [square for square, _ in results] == [number * number for number in range(MANY)]
    assert os.getpid() not in {process for _, process in results}


@pytest.mark.usefixtures("several")
def test_few_files_are_not_worth_a_process() -> None:
    assert {process for _, process in spread(_prepared, range(MANY - 1))} == {os.getpid()}


@pytest.mark.usefixtures("several")
def test_an_error_of_the_work_is_an_error_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(spread(_failing, range(MANY)))


@pytest.mark.usefixtures("several")
def test_a_process_that_was_ended_is_told() -> None:
    with pytest.raises(ConfigurationError, match="ended from outside"):
        list(spread(_dying, range(MANY)))


@pytest.mark.usefixtures("several")
def test_a_folder_is_converted_as_by_one_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MANY):
        (tmp_path / f"{number:03}.yml").write_text(GOOD if number % 7 else "title: broken\n", encoding="utf-8")
    words = ["convert", "-t", "splunk", "-p", "splunk_windows", str(tmp_path)]
    assert main(words) == SOME_REFUSED
    spread_out = capsys.readouterr()
    monkeypatch.setattr(workers, "_cores", lambda: 1)
    assert main(words) == SOME_REFUSED
    assert capsys.readouterr() == spread_out
    assert spread_out.err.endswith(f"{MANY} rules: {-(-MANY // 7)} unreadable, {MANY - -(-MANY // 7)} proved\n")
