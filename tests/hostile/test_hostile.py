"""Hostile files end in a clear error or a rule, in bounded time and memory, and cannot bring the process down."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sigma_amsi.codes import CODES
from tests.hostile.inputs import INPUTS, RULE, STRANGE_NAMES, Hostile

CHECKOUT = Path(__file__).resolve().parent.parent.parent
MAXIMUM_SECONDS = 20
"""For one input: far more than any takes, so that a busy machine does not fail the test."""

MAXIMUM_MEGABYTES = 700


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What a process of its own made of each input, in turn. A crash leaves the rest out."""
    folder = tmp_path_factory.mktemp("hostile")
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.read_inputs", str(folder)], capture_output=True, text=True, check=False, cwd=CHECKOUT
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {reading["name"]: reading for reading in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("hostile", INPUTS, ids=lambda hostile: hostile.name)
def test_hostile(hostile: Hostile, readings: dict[str, dict[str, object]]) -> None:
    reading = readings[hostile.name]
    assert reading["outcomes"] == Counter(hostile.outcomes)
    assert isinstance(reading["seconds"], float)
    assert reading["seconds"] < MAXIMUM_SECONDS


def test_memory(readings: dict[str, dict[str, object]]) -> None:
    megabytes = [reading["megabytes"] for reading in readings.values()]
    assert all(isinstance(each, int) and each < MAXIMUM_MEGABYTES for each in megabytes), readings


def test_outcomes_are_codes() -> None:
    assert {code for each in INPUTS for code in each.outcomes} <= CODES.keys() | {RULE}
    assert len({each.name for each in INPUTS}) == len(INPUTS) >= 30
    assert len(set(STRANGE_NAMES)) == len(STRANGE_NAMES)
