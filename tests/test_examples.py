"""The examples run, and print what the README says."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def run(name: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(HERE)}  # a checkout need not be installed
    command = [sys.executable, str(HERE / "examples" / name)]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE, env=environment).stdout


def test_the_amsi_rule_is_proved_and_the_plausible_queries_are_refuted() -> None:
    ours, plausible, better = run("amsi.py").split("=== ")[1:]
    assert "\nproved-assuming deletions-are-in-previous-columns " in ours
    assert "log source: not restricted" in plausible
    assert "different" in better
    assert "log source" not in better
    assert "PreviousRegistryValueName={2781761e-28e0-4109-99fe-b9d127c57afe}" in better
