"""Steps are a measure of the question alone: not of the run, nor of what was proved before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.proving import main, measured, own_rules
from sigma_amsi.targets import target

PRINTED = """
from benchmarks.proving import measured, own_rules
from sigma_amsi.targets import target

for cost in measured(target("kusto", pipeline="microsoft_xdr"), own_rules()[::23]):
    print(cost.rule, cost.steps, cost.verdict)
"""


def steps(**environment: str) -> str:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", PRINTED]
    return subprocess.run(command, cwd=root, env={**os.environ, **environment}, capture_output=True, text=True, check=True).stdout


def test_steps_do_not_depend_on_the_run() -> None:
    first = steps(PYTHONHASHSEED="1")
    assert first == steps(PYTHONHASHSEED="2")
    assert "registry_set" in first


def test_steps_do_not_depend_on_what_was_proved_before() -> None:
    chosen, rules = target("kusto", pipeline="microsoft_xdr"), own_rules()[::23]
    forwards = {cost.rule: cost.steps for cost in measured(chosen, rules)}
    backwards = {cost.rule: cost.steps for cost in measured(chosen, rules[::-1])}
    assert forwards == backwards
    assert any(forwards.values())


def test_the_benchmark_needs_no_corpus(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SIGMA_AMSI_CORPUS", os.devnull)
    assert main(["--every", "40", "--target", "splunk"]) == 0
    printed = capsys.readouterr().out
    assert "rules for Windows of our own making" in printed
    assert "| splunk | splunk_windows | 15 |" in printed
