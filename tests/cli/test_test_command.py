"""`sigma-amsi test`: what is printed, and exit codes."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sigma_amsi.cli.test_command import run
from sigma_amsi.errors import Refused
from sigma_amsi.replay.run import Replay
from sigma_amsi.replay.subjects import QuerySubject
from sigma_amsi.rule import Rule
from tests.replay.rules import DELETION, KEY, sysmon, write_regression

ONLY = "--samples-only"
DEFENDER = ["-t", "kusto", "-p", "microsoft_xdr"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deletion.yml").write_text(DELETION)
    (tmp_path / "deletion.tests.yml").write_text(
        f"should match:\n  deleted: {{EventType: DeleteKey, TargetObject: '{KEY}'}}\n"
        f"should not match:\n  created: {{EventType: CreateKey, TargetObject: '{KEY}'}}\n"
    )
    return tmp_path


def fail(folder: Path) -> None:
    (folder / "deletion.tests.yml").write_text(f"should match:\n  created: {{EventType: CreateKey, TargetObject: '{KEY}'}}\n")


def test_near_misses_are_run_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*DEFENDER, str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == ["4 tests: 4 passed of 1 rule", "2 tests: 2 passed of near misses and hits, 31 events"]


def test_what_can_never_matter_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "deletion.yml").write_text(
        DELETION.replace("filter_own:", "filter_dead:\n    TargetObject: other\n  filter_own:").replace(
            "not filter_own", "not 1 of filter_*"
        )
    )
    assert run([str(folder)]) == 0
    assert "near misses and hits: rule passed: line 11: TargetObject = other can never matter" in capsys.readouterr().out


def test_passing_tests_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([ONLY, str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "2 tests: 2 passed of 1 rule\n"


def test_verbose_shows_them_and_what_of_the_rule_they_show(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*DEFENDER, ONLY, "-v", str(folder)]) == 0
    rule = folder / "deletion.yml"
    samples = [f"{rule}: {sample}: {subject} passed" for sample in ("deleted", "created") for subject in ("rule", "kusto microsoft_xdr")]
    printed = capsys.readouterr().out.splitlines()
    assert printed[:5] == [*samples, f"{rule}: the samples show 1 of 6 edges"]
    assert printed[5] == "  line 9: no sample on which TargetObject = *{11111111-2222-3333-4444-555555555555} decides by not holding"
    assert len(printed) == 10


def test_a_failure_is_told_and_is_the_exit_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fail(folder)
    assert run([ONLY, str(folder)]) == 1
    printed = capsys.readouterr()
    assert printed.out == f"{folder / 'deletion.yml'}: created: rule FAILED: does not match {folder / 'deletion.tests.yml'}:2\n"
    assert printed.err == "1 test: 1 failed of 1 rule\n"


def test_rules_without_tests_are_counted_and_none_at_all_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other.yml").write_text(DELETION)
    assert run([ONLY, str(folder)]) == 0
    assert capsys.readouterr().err == "2 tests: 2 passed of 1 rule; 1 rule without samples\n"
    assert run([ONLY, str(folder / "other.yml")]) == 1
    assert "hint: write RULE.tests.yml" in capsys.readouterr().err
    assert run([ONLY, "-v", str(folder / "other.yml")]) == 1
    assert "rule untested" in capsys.readouterr().out
    assert run([str(folder / "other.yml")]) == 0
    assert "1 rule without samples" in capsys.readouterr().err


def test_no_rule_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(tmp_path)]) == 1
    assert "no-input" in capsys.readouterr().err


def test_a_rule_that_cannot_be_read_is_told_and_hides_no_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.yml").write_text("title: [\n")
    assert run([str(folder)]) == 1
    printed = capsys.readouterr().err
    assert "2 tests: 2 passed" in printed
    assert "yaml-syntax" in printed


def test_ndjson(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*DEFENDER, ONLY, "--output-format", "ndjson", str(folder)]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["sample"], each["subject"], each["state"]) for each in found] == [
        ("deleted", "rule", "passed"),
        ("deleted", "kusto microsoft_xdr", "passed"),
        ("created", "rule", "passed"),
        ("created", "kusto microsoft_xdr", "passed"),
    ]
    assert found[0]["rule"]["title"] == "Own Provider Key Deleted"


def test_junit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fail(folder)
    (folder / "other.yml").write_text(DELETION)
    assert run([ONLY, "--output-format", "junit", str(folder)]) == 1
    (suite,) = ElementTree.fromstring(capsys.readouterr().out)
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", "1", "1")
    failed, untested = suite
    assert failed.get("classname") == str(folder / "deletion.yml")
    assert failed.get("name") == "created [rule]"
    assert failed[0].tag == "failure"
    assert "does not match" in (failed[0].get("message") or "")
    assert untested[0].tag == "skipped"


def test_regression_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_regression(tmp_path, count=1)
    (tmp_path / "rule.yml").write_text(f"{DELETION}regression_tests_path: regression/info.yml\n")
    assert run([*DEFENDER, ONLY, str(tmp_path / "rule.yml")]) == 0
    printed = capsys.readouterr()
    assert printed.err == "2 tests: 2 passed of 1 rule\n"
    # More than the figure is no failure, as with SigmaHQ's own runner, and is not kept secret either.
    assert printed.out.count("matches 2 of 3 events, and 1 are expected") == 2
    write_regression(tmp_path / "more", count=3)
    (tmp_path / "more" / "rule.yml").write_text(f"{DELETION}regression_tests_path: regression/info.yml\n")
    assert run([ONLY, str(tmp_path / "more" / "rule.yml")]) == 1


def test_rules_on_given_events(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recordings = folder / "recordings"
    recordings.mkdir()
    (recordings / "a.json").write_text("\n".join(json.dumps(sysmon(12, operation)) for operation in ("CreateKey", "DeleteKey")))
    (recordings / "notes.txt").write_text("not an event")
    assert run([*DEFENDER, str(folder / "deletion.yml"), str(recordings)]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{recordings / 'a.json'}:2: {folder / 'deletion.yml'}: Own Provider Key Deleted\n"
    assert printed.err == "1 rule on 2 events: fired 1 time; queries of 1 of them found 1, 0 differences\n"
    assert run(["--output-format", "ndjson", str(folder / "deletion.yml"), str(recordings / "a.json")]) == 0
    (match,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (match["event"]["line"], match["fires"], match["query"]) == (2, True, None)


def test_no_event_is_an_error(folder: Path) -> None:
    (folder / "empty.json").write_text("")
    assert run([str(folder / "deletion.yml"), str(folder / "empty.json")]) == 1


def test_events_that_cannot_be_read_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.json").write_text("{}\n{")
    assert run([str(folder / "deletion.yml"), str(folder / "broken.json")]) == 1
    assert "broken.json:2: event-json" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["-p", "microsoft_xdr", "rules"], ["--output-format", "junit", "rules", "events.json"]])
def test_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(arguments)
    assert stopped.value.code == 2


@pytest.mark.parametrize("more", [[], ["events.json"]])
def test_a_bug_of_ours_is_told_with_its_rule_and_takes_no_other_away(
    more: list[str], folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "other.yml").write_text(DELETION)
    (folder / "events.json").write_text(json.dumps(sysmon(12, "DeleteKey")))
    query = Replay.query

    def broken(replay: Replay, rule: Rule) -> QuerySubject | Refused | None:
        if rule.path == folder / "deletion.yml":
            raise AssertionError("impossible")
        return query(replay, rule)

    monkeypatch.setattr(Replay, "query", broken)
    assert run([*DEFENDER, str(folder), *(str(folder / each) for each in more)]) == 3
    printed = capsys.readouterr().err
    assert f"{folder / 'deletion.yml'}:1: this is a bug of ours" in printed
    assert ("1 rule on 1 event: fired 1 time" if more else "1 rule without samples") in printed
