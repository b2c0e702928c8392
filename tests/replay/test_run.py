"""A rule and its query run on events, and have to say the same."""

from pathlib import Path

import pytest

from sigma_amsi.events import Event
from sigma_amsi.events.documents import event_of_json
from sigma_amsi.replay.model import Outcome
from sigma_amsi.replay.run import Replay
from sigma_amsi.replay.subjects import QuerySubject
from sigma_amsi.replay.sweep import matches, prepared
from sigma_amsi.rule import Rule, load_rule
from sigma_amsi.targets import target
from tests.replay.rules import DELETION, GUID, KEY, sysmon

TARGETS = [
    ("kusto", "microsoft_xdr"),
    ("kusto", "azure_monitor"),
    ("splunk", "splunk_windows"),
    ("splunk", "splunk_windows_classic"),
    ("lucene", "ecs_windows"),
    ("lucene", "ecs_windows_agent"),
    ("eql", "ecs_windows"),
    ("kibana", "ecs_windows"),
]
OWN = "C:\\Program Files\\Own & Co\\own.exe"
EVENTS = {
    "key deleted": (sysmon(12, "DeleteKey"), True),
    "value deleted": (sysmon(12, "DeleteValue"), True),
    "key of the user": (sysmon(12, "DeleteKey", f"HKU\\S-1-5-21-1-2-3-4\\Software\\{GUID.upper()}"), True),
    "no path at all": (sysmon(12, "DeleteKey", GUID), True),
    "key created": (sysmon(12, "CreateKey"), False),
    "value set": (sysmon(13, "SetValue"), False),
    "renamed": (sysmon(14, "RenameKey"), False),
    "another key": (sysmon(12, "DeleteKey", KEY + "x"), False),
    "by its own program": (sysmon(12, "DeleteKey", image=OWN), False),
    "by its own program, in capitals": (sysmon(12, "DeleteKey", image=OWN.upper()), False),
    "by a program that is almost its own": (sysmon(12, "DeleteKey", image=OWN + "x"), True),
}


def replay_on(language: str, pipeline: str) -> Replay:
    return Replay(target(language, pipeline=pipeline, assume=["keyword-fields-are-folded"] if language == "kibana" else []))


def rule_with(folder: Path, tests: str) -> Rule:
    path = folder / "deletion.yml"
    path.write_text(DELETION)
    (folder / "deletion.tests.yml").write_text(tests)
    return load_rule(path)


def event(name: str) -> Event:
    return event_of_json(EVENTS[name][0])  # type: ignore[arg-type]  # JSON of our own


@pytest.mark.parametrize(("language", "pipeline"), TARGETS)
def test_a_deletion_is_found_on_every_target_and_a_creation_nowhere(language: str, pipeline: str, tmp_path: Path) -> None:
    replay = replay_on(language, pipeline)
    rules = [prepared(replay, rule_with(tmp_path, "{}"))]
    for name, (_, expected) in EVENTS.items():
        found = [(match.fires, match.query) for match in matches(replay, rules, [event(name)])]
        assert found == ([(True, True)] if expected else []), name


AMSI = "HKLM\\SOFTWARE\\Microsoft\\AMSI\\Providers\\{2781761E-28E0-4109-99FE-B9D127C57AFE}"


@pytest.mark.parametrize(("language", "pipeline"), TARGETS)
def test_the_amsi_rule_fires_on_the_deletion_and_not_on_the_creation(language: str, pipeline: str) -> None:
    replay = replay_on(language, pipeline)
    rules = [prepared(replay, load_rule(Path(__file__).parents[2] / "examples" / "amsi.yml"))]
    operations = ("DeleteKey", "CreateKey", "DeleteValue")
    events = [event_of_json(sysmon(12, operation, AMSI)) for operation in operations]  # type: ignore[arg-type]  # JSON of our own
    found = [(match.event.fields["EventType"], match.fires, match.query) for match in matches(replay, rules, events)]
    assert found == [("DeleteKey", True, True), ("DeleteValue", True, True)]


@pytest.mark.parametrize(("language", "pipeline"), TARGETS)
def test_a_query_without_the_operation_is_caught(language: str, pipeline: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the usual converters print: right columns, and nothing that says deleted."""
    replay = replay_on(language, pipeline)
    assert replay.target is not None
    rule = rule_with(tmp_path, "should not match:\n  created: {EventType: CreateKey, TargetObject: '" + KEY + "', Image: a}\n")
    meaning = replay.target.meaning(rule)
    loose = QuerySubject("", meaning.table.name, meaning.detection, meaning.terms)
    monkeypatch.setattr(Replay, "query", lambda *_: loose)
    *_, outcome = replay.samples(rule)
    assert outcome.state == "failed"
    assert "also finds" in outcome.message


def outcomes(rule: Rule, replay: Replay | None = None) -> list[Outcome]:
    return list((replay or Replay()).samples(rule))


def test_expectations(tmp_path: Path) -> None:
    deleted, created = "{EventType: DeleteKey, TargetObject: '" + KEY + "'}", "{EventType: CreateKey, TargetObject: '" + KEY + "'}"
    matching = f"should match:\n  right: {deleted}\n  wrong: {created}\n  partly: [{deleted}, {created}]\n"
    tests = f"{matching}should not match:\n  right: {created}\n  wrong: {deleted}\n"
    found = outcomes(rule_with(tmp_path, tests))
    assert [(outcome.sample, outcome.state, outcome.matched, outcome.events) for outcome in found] == [
        ("right", "passed", 1, 1),
        ("wrong", "failed", 0, 1),
        ("partly", "failed", 1, 2),
        ("right", "passed", 0, 1),
        ("wrong", "failed", 1, 1),
    ]
    assert found[2].message == f"does not match {tmp_path / 'deletion.tests.yml'}:4"


def test_a_sample_without_events_fails(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("")
    (outcome,) = outcomes(rule_with(tmp_path, "should match:\n  nothing: empty.json\n"))
    assert (outcome.state, outcome.message) == ("failed", "there is no event in it")


def test_a_file_that_cannot_be_read_fails(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    (outcome,) = outcomes(rule_with(tmp_path, "should match:\n  broken: broken.json\n"))
    assert outcome.state == "failed"
    assert "broken.json:1: event-json" in outcome.message


def test_a_rule_without_tests_says_so(tmp_path: Path) -> None:
    (outcome,) = outcomes(rule_with(tmp_path, "{}"))
    assert outcome.state == "untested"


def test_a_refused_query_is_skipped_with_the_reason_and_the_rule_still_runs(tmp_path: Path) -> None:
    rule = rule_with(tmp_path, "should match:\n  x: {EventType: DeleteKey, TargetObject: '" + KEY + "'}\n")
    one, other = outcomes(rule, Replay(target("kibana", pipeline="ecs_windows")))
    assert (one.subject, one.state) == ("rule", "passed")
    assert (other.subject, other.state) == ("kibana ecs_windows", "skipped")
    assert other.message.startswith("refused case-sensitive-column")


def test_an_event_that_the_siem_does_not_collect_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_text("title: t\nlogsource: {product: windows}\ndetection: {s: {Computer: host}, condition: s}\n")
    (tmp_path / "rule.tests.yml").write_text("should match:\n  x: {Channel: Security, EventID: 1, Computer: host}\n")
    *_, outcome = outcomes(load_rule(path), Replay(target("splunk", pipeline="splunk_windows_classic")))
    assert outcome.state == "skipped"
    assert "rendered message" in outcome.message


def test_events_come_in_their_order_whatever_the_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sigma_amsi.replay.sweep._BATCH", 2)
    events = [event("key deleted"), event("key created"), event("value deleted"), event("no path at all")]
    found = matches(Replay(), [prepared(Replay(), rule_with(tmp_path, "{}"))] * 2, events)
    assert [match.event for match in found] == [events[0], events[0], events[2], events[2], events[3], events[3]]
