"""The samples of a rule are found in all three places, and what is wrong with them says where."""

from pathlib import Path

import pytest

from sigma_amsi.errors import ConfigurationError
from sigma_amsi.events.log_sources import coverage, covers
from sigma_amsi.replay.samples import samples_of
from sigma_amsi.rule import Rule, load_rule
from tests.replay.rules import DELETION, write_regression


def rule_in(folder: Path, more: str = "") -> Rule:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "deletion.yml"
    path.write_text(DELETION + more)
    return load_rule(path)


def problem(rule: Rule) -> tuple[str, str, int]:
    with pytest.raises(ConfigurationError) as error:
        list(samples_of(rule))
    found = error.value.problem
    return found.code, found.path.name if found.path else "", found.line


def test_a_rule_without_samples(tmp_path: Path) -> None:
    assert list(samples_of(rule_in(tmp_path))) == []


def test_inline_and_beside(tmp_path: Path) -> None:
    rule = rule_in(tmp_path, "tests:\n  should match:\n    inline: {EventType: DeleteKey, Many: [1, null, true]}\n")
    (tmp_path / "deletion.tests.yml").write_text(
        "should not match:\n  two events:\n  - {EventType: CreateKey}\n  - {EventID: 13, Details: null}\n"
    )
    inline, beside = samples_of(rule)
    assert (inline.name, inline.expected) == ("inline", "all")
    (event,) = inline.events()
    assert event.fields["Many"] == ("1", None, "true")
    assert covers(coverage(rule.log_source), event)
    assert (beside.name, beside.expected) == ("two events", "none")
    assert [event.fields["EventID"] for event in beside.events()] == [12, "13"]


def test_a_file_of_events_counts_from_the_file_that_names_it(tmp_path: Path) -> None:
    rule = rule_in(tmp_path / "rules")
    (tmp_path / "rules" / "deletion.tests.yml").write_text("should match:\n  recorded: ../events.json\n")
    assert problem(rule) == ("test-file", "deletion.tests.yml", 2)
    (tmp_path / "events.json").write_text('{"EventID": 12}{"EventID": 12}')
    (sample,) = samples_of(rule)
    assert len(list(sample.events())) == 2


@pytest.mark.parametrize("start", ["rules/deep/deeper", "."])
def test_regression_data_is_looked_for_upwards(start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_regression(tmp_path, count=2)
    elsewhere = tmp_path.parent / f"{tmp_path.name}-other"
    if start == ".":  # from the working directory, for a rule that lies elsewhere
        monkeypatch.chdir(tmp_path)
        rule = rule_in(elsewhere, "regression_tests_path: regression/info.yml\n")
    else:
        rule = rule_in(tmp_path / start, "regression_tests_path: regression/info.yml\n")
    (sample,) = samples_of(rule)
    assert (sample.name, sample.expected, sample.count) == ("Positive Detection Test", "some", 2)
    assert len(list(sample.events())) == 3


@pytest.mark.parametrize(
    ("tests", "code", "line"),
    [
        ("should not matc:\n  x: {a: 1}\n", "configuration-unknown-key", 1),
        ("should match:\n  x: {a: {b: 1}}\n", "configuration-type", 2),
        ("should match:\n  x:\n", "configuration-type", 2),
        ("should match: [1]\n", "configuration-type", 1),
        ("should match:\n  x: [1]\n", "configuration-type", 2),
    ],
)
def test_what_is_wrong_says_where(tests: str, code: str, line: int, tmp_path: Path) -> None:
    rule = rule_in(tmp_path)
    (tmp_path / "deletion.tests.yml").write_text(tests)
    assert problem(rule) == (code, "deletion.tests.yml", line)


@pytest.mark.parametrize(
    ("info", "code"),
    [
        ("regression_tests: []\n", "configuration-missing-key"),
        ("regression_tests_info: [{name: x}]\n", "configuration-missing-key"),
        ("regression_tests_info: [{path: events.json, match_count: many}]\n", "configuration-value"),
        ("regression_tests_info: [{path: nowhere.json}]\n", "test-file"),
    ],
)
def test_regression_data_that_cannot_be_used(info: str, code: str, tmp_path: Path) -> None:
    rule = rule_in(tmp_path, "regression_tests_path: info.yml\n")
    (tmp_path / "events.json").write_text("{}")
    (tmp_path / "info.yml").write_text(info)
    assert problem(rule)[0] == code


def test_regression_data_that_is_not_there(tmp_path: Path) -> None:
    assert problem(rule_in(tmp_path, "regression_tests_path: nowhere/info.yml\n"))[:2] == ("test-file", "deletion.yml")
    assert problem(rule_in(tmp_path, "regression_tests_path: 1\n"))[:2] == ("test-file", "deletion.yml")
