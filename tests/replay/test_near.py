"""The edges of a rule run as events of its log source, on the rule and on its query."""

from pathlib import Path

import pytest

from sigma_amsi.events.flatten import flat_event
from sigma_amsi.events.log_sources import coverage, covers
from sigma_amsi.predicate.evaluate import Cell
from sigma_amsi.replay.model import Outcome
from sigma_amsi.replay.near import Edges, shown
from sigma_amsi.replay.run import NEAR, Replay
from sigma_amsi.replay.subjects import QuerySubject, rule_subject
from sigma_amsi.rule import Rule, read_text
from sigma_amsi.rule.read import load
from tests.corpus import needed_rule_folders
from tests.replay.rules import DELETION, KEY
from tests.replay.test_run import TARGETS, replay_on


def rule_of(detection: str, log_source: str = "product: windows, category: process_creation") -> Rule:
    (rule,) = read_text(f"title: t\nlogsource: {{{log_source}}}\ndetection: {detection}\n", Path("rule.yml"))
    assert isinstance(rule, Rule)
    return rule


def deletion() -> Rule:
    (rule,) = read_text(DELETION, Path("rule.yml"))
    assert isinstance(rule, Rule)
    return rule


def test_near_events_are_what_they_say() -> None:
    subject = rule_subject(deletion())
    events = Edges(deletion()).events
    assert {near.fires for near in events} == {True, False}
    for near in events:
        assert subject.matches(near.event) == near.fires


def test_they_are_events_of_the_log_source_as_windows_spells_them() -> None:
    for near in Edges(deletion()).events:
        assert near.event.system["Channel"] == "Microsoft-Windows-Sysmon/Operational"
        if near.fires:
            assert (near.event.fields["EventID"], near.event.fields["EventType"]) == ("12", "DeleteKey")


def test_the_operation_and_the_log_source_are_flipped() -> None:
    others = [near.event.fields for near in Edges(deletion()).events if not covers(coverage(deletion().log_source), near.event)]
    assert all("{11111111-2222-3333-4444-555555555555}" in str(fields["TargetObject"]) for fields in others)
    assert ("12", "CreateKey") in {(fields["EventID"], fields["EventType"]) for fields in others}
    assert {"1", "13", "14"} <= {fields["EventID"] for fields in others}


def test_what_the_log_source_contradicts_does_not_fire() -> None:
    events = Edges(rule_of("{s: {EventID: 5, Image: a}, condition: s}")).events
    assert events
    assert not any(near.fires for near in events)


def test_defender_s_names_have_their_blanks() -> None:
    events = Edges(rule_of("{s: {ThreatName: x}, condition: s}", "product: windows, service: windefend")).events
    assert ("Threat Name", "x") in events[0].event.data
    assert events[0].event.fields["ThreatName"] == "x"


def test_which_edges_samples_show() -> None:
    edges = Edges(deletion())
    about: dict[str, Cell] = {"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 12, "EventType": "DeleteKey"}
    hit = flat_event({**about, "TargetObject": KEY, "Image": "a"})
    filtered = flat_event({**about, "TargetObject": KEY, "Image": "C:\\Program Files\\Own & Co\\own.exe"})
    created = flat_event({**about, "TargetObject": KEY, "EventType": "CreateKey"})
    assert edges.shown_by([]).edges == 6
    assert len(edges.shown_by([created]).missing) == 6
    missing = edges.shown_by([hit]).missing
    assert ("TargetObject = *{11111111-2222-3333-4444-555555555555}", True) not in {(shown(test), holds) for test, holds in missing}
    assert len(missing) == 5
    assert len(edges.shown_by([filtered]).missing) == 4
    assert edges.shown_by(near.event for near in edges.events).missing == ()


def outcome_on(language: str, pipeline: str, rule: Rule) -> Outcome:
    *_, outcome = replay_on(language, pipeline).near(rule)
    return outcome


@pytest.mark.parametrize(("language", "pipeline"), TARGETS)
def test_the_query_agrees_on_every_target(language: str, pipeline: str) -> None:
    outcome = outcome_on(language, pipeline, deletion())
    assert (outcome.sample, outcome.state, outcome.message) == (NEAR, "passed", "")
    assert outcome.events >= 5


def test_events_that_the_siem_does_not_tell_apart_are_left_out() -> None:
    rule = rule_of("{s: {TargetFilename: a}, condition: s}", "product: windows, category: file_delete")
    both = [near.event.system["EventID"] for near in Edges(rule).events if near.event.system["EventID"] in ("23", "26")]
    assert set(both) == {"23", "26"}  # Defender has one action for the two
    assert outcome_on("kusto", "microsoft_xdr", rule).state == "passed"


def test_an_empty_text_and_none_are_one_where_the_siem_drops_empty_texts() -> None:
    rule = rule_of("{s: {Image: a}, f: {CommandLine: ''}, condition: s and not f}")
    assert outcome_on("splunk", "splunk_windows", rule).state == "passed"


def test_values_have_the_case_that_windows_gives_them() -> None:
    rule = rule_of("{s: {EventType: deletevalue, TargetObject: a}, condition: s}", "product: windows, category: registry_delete")
    assert {near.event.fields["EventType"] for near in Edges(rule).events if near.fires} == {"DeleteValue"}
    assert outcome_on("lucene", "ecs_windows", rule).state == "passed"


def test_a_fused_filter_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """One backslash can pass both tests of the filter; a query that joins the two into one pattern misses that."""
    replay = replay_on("kusto", "microsoft_xdr")
    fused = replay.query(
        rule_of(
            f"{{s: {{TargetObject|endswith: '{KEY[-38:]}'}}, f: {{Image: 'C:\\Program Files\\Own & Co\\*\\own.exe'}}, condition: s and not f}}",
            "product: windows, category: registry_delete",
        )
    )
    assert isinstance(fused, QuerySubject)
    monkeypatch.setattr(Replay, "query", lambda *_: fused)
    *_, outcome = replay.near(deletion())
    assert outcome.state == "failed"
    assert "also finds" in outcome.message
    assert "own.exe" in outcome.message


def test_what_can_never_matter_is_told_with_its_line() -> None:
    (rule,) = read_text(
        DELETION.replace("filter_own:", "filter_dead:\n    TargetObject: other\n  filter_own:").replace("filter_own\n", "1 of filter_*\n")
    )
    assert isinstance(rule, Rule)
    (outcome,) = Replay().near(rule)
    assert outcome.state == "passed"
    assert outcome.message == "line 11: TargetObject = other can never matter: the rule says the same without it"


@pytest.mark.parametrize(("language", "pipeline"), TARGETS)
def test_rules_and_queries_agree_on_the_edges_of_the_corpus(language: str, pipeline: str) -> None:
    rules = [rule for rule in load(needed_rule_folders()) if isinstance(rule, Rule) and rule.log_source.product == "windows"][::80]
    replay = replay_on(language, pipeline)
    outcomes = [outcome for rule in rules for outcome in replay.near(rule)]
    assert [(outcome.rule.path, outcome.message) for outcome in outcomes if outcome.state == "failed"] == []
    assert sum(outcome.events for outcome in outcomes if outcome.subject != "rule" and outcome.state == "passed") > 100
