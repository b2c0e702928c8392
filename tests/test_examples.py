"""The examples run, and print what the README says."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from sigma_amsi.rule import load_rule
from sigma_amsi.targets import target

HERE = Path(__file__).resolve().parent.parent


RULES = HERE / "examples" / "detection-as-code" / "rules"


def run(name: str, *arguments: str | Path, code: int = 0) -> str:
    environment = {**os.environ, "PYTHONPATH": str(HERE)}  # a checkout need not be installed
    command = [sys.executable, str(HERE / "examples" / name), *map(str, arguments)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, cwd=HERE, env=environment)
    assert ran.returncode == code, ran.stderr
    return ran.stdout


def test_the_amsi_rule_is_proved_on_every_target_and_the_plausible_queries_are_refuted() -> None:
    shown = dict(block.split("\n", 1) for block in run("amsi.py").split("=== ")[1:])
    assert "\nproved, assuming deletions-are-in-previous-columns, " in shown["kusto, microsoft_xdr"]
    for title in ("kusto, azure_monitor", "splunk, splunk_windows", "lucene, ecs_windows", "eql, ecs_windows"):
        assert "\nproved" in shown[title]
    assert "--assume keyword-fields-are-folded" in shown["kibana, ecs_windows"]
    assert "\ndifferent" in shown["kusto, without the operation and the filter"]
    assert re.search(r"misses\n.*Registry(Key|ValueName)=\{", shown["kusto, with the operation, on RegistryKey"])


def test_verdicts_become_a_table_with_a_row_for_each_rule(tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text("title: [")
    (tmp_path / "own.yml").write_text((RULES / "registry_delete_amsi_provider.yml").read_text().replace("TargetObject|", "CallTrace|"))
    (row,) = csv.DictReader(run("verdicts_to_csv.py", tmp_path, code=1).splitlines())
    assert row["file"] == "own.yml"
    assert row["kusto"] == row["splunk"] == "refused"
    assert re.match(r"line \d+: (unmapped|missing)-field: ", row["kusto: why"])
    rows = list(csv.DictReader(run("verdicts_to_csv.py").splitlines()))
    assert len(rows) == len(list(RULES.glob("*.yml")))
    assert {row["kusto"] for row in rows} <= {"proved", "proved-assuming"}


def test_a_live_query_is_judged(tmp_path: Path) -> None:
    said = run("judge_live_query.py", code=1)
    assert "also fires on table=DeviceRegistryEvents" in said
    assert "is silent on   table=DeviceRegistryEvents" in said
    query = target("kusto", pipeline="microsoft_xdr").convert(load_rule(HERE / "examples" / "amsi.yml")).text
    live = tmp_path / "live.kql"
    live.write_text(query)
    assert run("judge_live_query.py", HERE / "examples" / "amsi.yml", live) == "says what the rule says\n"
    live.write_text(f"{query}\n| summarize count() by DeviceName")
    assert run("judge_live_query.py", HERE / "examples" / "amsi.yml", live, code=1).startswith("cannot be judged: ")


def test_coverage_counts_proved_queries_by_technique() -> None:
    assert "T1685        1 of   1 proved  Disable or Modify Tools" in run("attack_coverage.py")
    layer = json.loads(run("attack_coverage.py", RULES, "kusto", "microsoft_xdr", "--layer"))
    assert {"techniqueID": "T1685", "score": 1} in layer["techniques"]


def test_columns_are_counted_with_their_fields() -> None:
    said = run("data_needed.py")
    assert re.search(r"^ +3 process\.executable +Image$", said, re.MULTILINE)


def test_versions_are_compared_by_the_events_that_they_find() -> None:
    assert run("compare_versions.py").startswith("more events, such as\n  table=WindowsEvent ")
    same = HERE / "examples" / "amsi.yml"
    assert run("compare_versions.py", same, same) == "the same events\n"
