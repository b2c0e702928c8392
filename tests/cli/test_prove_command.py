"""`sigma-amsi prove`: verdicts on foreign queries and on what pySigma's backends write."""

import io
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sigma_amsi.cli import main

RULE = """
title: Key Deleted
id: 00000000-1111-2222-3333-444444444444
logsource: {product: windows, category: registry_delete}
detection:
    selection: {TargetObject|endswith: '\\key'}
    condition: selection
"""
DEFENDER = ("prove", "-t", "kusto", "-p", "microsoft_xdr")
PYSIGMA = ("--backend-output", "pysigma", "--pysigma-pipeline", "sysmon", "--pysigma-pipeline", "splunk_windows")
WIDE = "DeviceRegistryEvents\n| where RegistryKey endswith @'\\key'\n"


@pytest.fixture
def sysmon() -> None:
    """pySigma's pipelines are distributions of their own, which a user may lack."""
    if find_spec("sigma.pipelines.sysmon") is None:  # importing it before pySigma does changes which pipelines pySigma finds
        pytest.skip("pysigma-pipeline-sysmon is not installed")


@pytest.fixture
def rule(tmp_path: Path) -> str:
    path = tmp_path / "rule.yml"
    path.write_text(RULE, encoding="utf-8")
    return str(path)


@pytest.fixture
def query(tmp_path: Path) -> Path:
    path = tmp_path / "query.kql"
    path.write_text(WIDE, encoding="utf-8")
    return path


def test_our_own_query_is_proved(rule: str, query: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", *DEFENDER[1:], rule]) == 0
    query.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main([*DEFENDER, rule, "--query", str(query)]) == 0
    assert capsys.readouterr().out.startswith(f"{rule}:2: proved-assuming ")


def test_both_obligations_are_shown_with_rows_and_events(rule: str, query: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*DEFENDER, rule, "--query", str(query)]) == 1
    verdict, *lines = capsys.readouterr().out.splitlines()
    assert verdict == f"{rule}:2: different"
    assert any(line.startswith("  log source: not restricted; adds table=DeviceRegistryEvents RegistryKey=") for line in lines)
    assert any(line.startswith("  detection:  misses table=DeviceRegistryEvents ActionType=") for line in lines)
    assert any(line.startswith("  as event:   misses TargetObject=") for line in lines)


def test_a_query_from_standard_input(rule: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WIDE.encode())))
    assert main([*DEFENDER, rule, "--query", "-", "--output-format", "ndjson"]) == 1
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert shown["verdict"] == "different"
    assert shown["queries"] == [WIDE]
    assert shown["detection"]["misses"]["event"]["TargetObject"]


def test_what_cannot_be_read_has_its_place(rule: str, query: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query.write_text(f"{WIDE}| frobnicate\n", encoding="utf-8")
    assert main([*DEFENDER, rule, "--query", str(query)]) == 1
    first, near = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{query}:3: unreadable-query: at character ")
    assert near.startswith("  near: ")
    assert near.endswith("| frobnicate")


@pytest.mark.parametrize("arguments", [["RULE"], ["RULE", "--query", "x", *PYSIGMA], ["RULE", "RULE", "--query", "x"], ["--query", "x"]])
def test_usage(rule: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*DEFENDER, *(rule if word == "RULE" else word for word in arguments)]) == 2
    assert "usage: sigma-amsi prove" in capsys.readouterr().err


@pytest.mark.parametrize(("broken", "said"), [("rule", "unreadable-file"), ("query", "unreadable-file")])
def test_files_that_are_not_there(rule: str, query: Path, broken: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [f"{rule}x" if broken == "rule" else rule, "--query", f"{query}x" if broken == "query" else str(query)]
    assert main([*DEFENDER, *arguments]) == 1
    assert said in capsys.readouterr().out


def test_a_rule_that_the_target_refuses(tmp_path: Path, query: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "refused.yml"
    path.write_text(RULE.replace("TargetObject", "NoSuchField"), encoding="utf-8")
    assert main([*DEFENDER, str(path), "--query", str(query)]) == 1
    assert "refused unmapped-field" in capsys.readouterr().out


@pytest.mark.usefixtures("sysmon")
def test_the_splunk_backend_loses_the_operation(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "-t", "splunk", "-p", "splunk_windows_classic", *PYSIGMA, rule]) == 1
    verdict, log_source, detection, _ = capsys.readouterr().out.splitlines()
    assert verdict == f"{rule}:2: wider"
    assert log_source.startswith("  log source: not restricted; adds ")
    assert detection == "  detection:  holds"


@pytest.mark.usefixtures("sysmon")
def test_one_bad_rule_does_not_hide_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yml").write_text("title: [\n", encoding="utf-8")
    placeholder = RULE.replace("endswith: '\\key'", "expand: '%x%'")
    (tmp_path / "b.yml").write_text(f"{RULE}---{placeholder}---{RULE}", encoding="utf-8")
    assert main(["prove", "-t", "splunk", "-p", "splunk_windows_classic", *PYSIGMA, "--output-format", "ndjson", str(tmp_path)]) == 1
    output = capsys.readouterr()
    shown = [json.loads(line) for line in output.out.splitlines()]
    assert [each["verdict"] for each in shown] == [None, "wider", None, "wider"]
    assert [each["rule"]["line"] for each in shown[1:]] == [2, 9, 16]
    assert output.err.startswith("4 rules: ")


@pytest.mark.usefixtures("sysmon")
def test_rules_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(RULE.encode())))
    assert main(["prove", "-t", "splunk", "-p", "splunk_windows_classic", *PYSIGMA, "-"]) == 1
    assert capsys.readouterr().out.startswith("<stdin>:2: wider\n")


def test_what_pysigma_does_not_know_is_a_usage_error(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["prove", "-t", "splunk", "-p", "splunk_windows", "--backend-output", "pysigma", "--pysigma-pipeline", "klingon", rule]
    assert main(words) == 2
    assert "pysigma-plugin" in capsys.readouterr().err


@pytest.mark.usefixtures("sysmon")
def test_a_rule_of_several_conditions_is_several_queries_that_count_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "two.yml"
    path.write_text(
        "title: x\nlogsource: {product: windows, category: process_creation}\n"
        "detection: {a: {CommandLine|contains: one}, b: {CommandLine|contains: two}, condition: [a, b]}\n",
        encoding="utf-8",
    )
    assert main(["prove", "-t", "splunk", "-p", "splunk_windows_classic", *PYSIGMA, "--output-format", "ndjson", str(path)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["verdict"] == "proved"
    assert len(shown["queries"]) == 2


@pytest.mark.usefixtures("sysmon")
def test_columns_that_nobody_has_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "image.yml"
    path.write_text(
        "title: x\nlogsource: {product: windows, category: process_creation}\ndetection: {a: {Image|endswith: x.exe}, condition: a}\n",
        encoding="utf-8",
    )
    pipelines = ("--pysigma-pipeline", "sysmon", "--pysigma-pipeline", "ecs_windows")
    assert main(["prove", "-t", "lucene", "-p", "ecs_windows", "--backend-output", "pysigma", *pipelines, str(path)]) == 1
    assert "  columns:    not in the schema, read as absent: process.executable.caseless\n" in capsys.readouterr().out
