"""`sigma-amsi convert`: what goes where, and exit codes."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from sigma_amsi.cli import main
from sigma_amsi.proof.verdict import HELD, Unproved
from sigma_amsi.rule.model import Rule
from sigma_amsi.targets import Query, Target
from tests.cli.rules import BROKEN, GOOD, UNMAPPED

SPLUNK = ["convert", "-t", "splunk", "-p", "splunk_windows"]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "deep").mkdir(parents=True)
    (folder / "good.yml").write_text(GOOD)
    (folder / "deep" / "unmapped.yml").write_text(UNMAPPED)
    (folder / "deep" / "broken.yml").write_text(BROKEN)
    return folder


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_one_rule_prints_its_query_alone_and_the_verdict_on_standard_error(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SPLUNK, str(rules / "good.yml")]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("source=")
    assert "#" not in printed.out
    assert printed.err == f"{rules / 'good.yml'}: proved\n"


def test_of_several_rules_each_query_stands_under_id_and_title(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SPLUNK, str(rules)]) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == "# 0f2a7c1e-6c1f-4a4e-9a54-2d9c1f3f7a01 Recovery switched off"
    assert f"{rules / 'deep' / 'unmapped.yml'}:8: refused unmapped-field" in printed.err
    assert f"{rules / 'deep' / 'broken.yml'}:" in printed.err
    assert printed.err.endswith("3 rules: 1 unreadable, 1 refused, 1 proved\n")


def test_a_title_cannot_end_the_line_that_it_stands_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yml").write_text(GOOD.replace("Recovery switched off", '"Recovery\\n| delete"'))
    (tmp_path / "b.yml").write_text(GOOD)
    assert main([*SPLUNK, str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("Recovery | delete")


def test_skip_makes_a_refusal_no_failure_but_not_an_unreadable_rule(rules: Path) -> None:
    assert main([*SPLUNK, "-s", str(rules / "good.yml"), str(rules / "deep" / "unmapped.yml")]) == 0
    assert main([*SPLUNK, "-s", str(rules)]) == 1


def test_ndjson_has_one_object_per_rule(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SPLUNK, "--output-format", "ndjson", str(rules)]) == 1
    broken, unmapped, good = objects(capsys.readouterr().out)
    assert good["rule"] == {
        "id": "0f2a7c1e-6c1f-4a4e-9a54-2d9c1f3f7a01",
        "title": "Recovery switched off",
        "path": (rules / "good.yml").as_posix(),
        "line": 1,
    }
    assert (good["target"], good["pipeline"], good["format"]) == ("splunk", "splunk_windows", "default")
    assert (good["verdict"], good["facts"], good["warnings"]) == ("proved", [], [])
    assert good["fields"] == {"Image": ["Image"], "CommandLine": ["CommandLine"]}
    assert unmapped["refused"]["code"] == "unmapped-field"
    assert unmapped["refused"]["line"] == 8
    assert "query" not in unmapped
    assert broken["rule"]["id"] is None
    assert broken["verdict"] == "refused"


def test_a_query_that_is_not_proved_is_withheld(rules: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    rule = str(rules / "good.yml")
    monkeypatch.setattr("sigma_amsi.targets.prove", lambda _: Unproved("limit reached: a test", HELD))
    assert main([*SPLUNK, rule]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "unproved" in printed.err
    assert main([*SPLUNK, "--output-format", "ndjson", rule]) == 1
    (shown,) = objects(capsys.readouterr().out)
    assert (shown["verdict"], shown["reason"]) == ("unproved", "limit reached: a test")
    assert "query" not in shown
    assert main([*SPLUNK, "--allow-unproved", rule]) == 0
    assert capsys.readouterr().out.startswith("source=")


def test_a_folder_of_results_repeats_the_tree_and_keeps_no_stale_query(rules: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    (output / "deep").mkdir(parents=True)
    (output / "deep" / "unmapped.spl").write_text("of an earlier run")
    assert main([*SPLUNK, "-o", f"{output}/", str(rules)]) == 1
    assert [path.relative_to(output).as_posix() for path in sorted(output.rglob("*")) if path.is_file()] == ["good.spl"]


def test_two_rules_never_share_a_file(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "deep" / "good.yml").write_text(GOOD)
    inputs = [str(rules / "good.yml"), str(rules / "deep" / "good.yml")]
    assert main([*SPLUNK, "-o", f"{tmp_path / 'out'}/", *inputs]) == 2
    assert "output: " in capsys.readouterr().err


def test_an_output_file_is_replaced_at_the_end(rules: Path, tmp_path: Path) -> None:
    output = tmp_path / "all.spl"
    output.write_text("before")
    assert main([*SPLUNK, "-o", str(output), str(rules / "good.yml")]) == 0
    assert output.read_text().startswith("source=")
    assert main([*SPLUNK, "-o", str(output), "--assume", "luck", str(rules / "good.yml")]) == 2
    assert output.read_text().startswith("source=")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_bug_is_told_with_its_rule_and_takes_no_other_query_away(
    rules: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Target.convert

    def break_down(self: Target, rule: Rule) -> Query:
        assert "nobody" not in rule.title, "impossible"
        return honest(self, rule)

    monkeypatch.setattr(Target, "convert", break_down)
    assert main([*SPLUNK, str(rules)]) == 3
    printed = capsys.readouterr()
    assert "source=" in printed.out
    assert f"{rules / 'deep' / 'unmapped.yml'}:1: this is a bug of ours" in printed.err
    assert "1 stopped by a bug" in printed.err


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert main([*SPLUNK, "-"]) == 0
    assert capsys.readouterr().err == "<stdin>: proved\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["-t", "splunk", "RULE"], "no-pipeline"),
        (["-t", "splunk", "-p", "splunk_windows", "-p", "splunk_cim", "RULE"], "several-pipelines"),
        (["-t", "splunk", "-p", "microsoft_xdr", "RULE"], "pipeline-does-not-fit"),
        (["-t", "klingon", "-p", "splunk_windows", "RULE"], "unknown-target"),
        (["-t", "splunk", "-p", "splunk_windws", "RULE"], "unknown-pipeline"),
        (["-t", "splunk", "-p", "splunk_windows", "--assume", "luck", "RULE"], "unknown-fact"),
        (["-t", "splunk", "-p", "splunk_windows", "-o", "/nowhere/at/all.spl", "RULE"], "output"),
        (["-t", "splunk", "-p", "splunk_windows"], "INPUT"),
        (["-t", "splunk", "-p", "splunk_windows", "--output", "RULE"], "INPUT"),
        (["-t", "splunk", "-p", "splunk_windows", "--allow-u", "RULE"], "unrecognized"),
    ],
)
def test_usage_errors_are_two_and_say_what_is_wrong(
    arguments: list[str], code: str, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", *(str(rules / "good.yml") if word == "RULE" else word for word in arguments)]) == 2
    assert code in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing.yml", "empty"])
def test_no_input_is_an_error(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert main([*SPLUNK, str(tmp_path / name)]) == 1
    assert str(tmp_path / name) in capsys.readouterr().err


def test_a_format_of_one_file_is_printed(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SPLUNK, "-f", "savedsearches", str(rules / "good.yml")]) == 0
    assert "\n[Recovery switched off]\n" in capsys.readouterr().out


def test_a_format_of_several_files_wants_a_folder(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SPLUNK, "-f", "app", str(rules / "good.yml")]) == 2
    assert "-o DIR" in capsys.readouterr().err
    assert main([*SPLUNK, "-f", "app", "-o", str(tmp_path / "app"), str(rules / "good.yml")]) == 0
    assert (tmp_path / "app" / "manifest.json").is_file()


@pytest.mark.parametrize("arguments", [["-f", "klingon"], ["-O", "x=y"], ["-f", "savedsearches", "--output-format", "ndjson"]])
def test_formats_that_cannot_be(arguments: list[str], rules: Path) -> None:
    assert main([*SPLUNK, *arguments, str(rules / "good.yml")]) == 2
