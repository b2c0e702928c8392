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


def test_the_amsi_rule_is_proved_on_every_target_and_the_plausible_queries_are_refuted() -> None:
    shown = dict(block.split("\n", 1) for block in run("amsi.py").split("=== ")[1:])
    assert "\nproved, assuming deletions-are-in-previous-columns, " in shown["kusto, microsoft_xdr"]
    for title in ("kusto, azure_monitor", "splunk, splunk_windows", "lucene, ecs_windows", "eql, ecs_windows"):
        assert "\nproved" in shown[title]
    assert "--assume keyword-fields-are-folded" in shown["kibana, ecs_windows"]
    assert "\ndifferent" in shown["kusto, without the operation and the filter"]
    assert "PreviousRegistryValueName={" in shown["kusto, with the operation, on RegistryKey"]
