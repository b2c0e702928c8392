"""On SigmaHQ's rules and recordings: every recording is found by its rule and its query, and no query finds what its rule does not."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from sigma_amsi.events import Event, read_events
from sigma_amsi.replay.run import Replay
from sigma_amsi.replay.sweep import matches, prepared
from sigma_amsi.rule import Rule
from sigma_amsi.rule.read import load
from sigma_amsi.targets import target
from tests.corpus import corpus, needed_rule_folders
from tests.replay.test_run import TARGETS

# Why a rule with a recording has no query on a target. A refusal that is not here fails: it would be new.
_ELASTIC = {
    "proc_creation_win_hktl_wsass": "limit-automaton",
    "proc_creation_win_susp_cross_user_process_spawn": "term-unsupported",
    "proc_creation_win_mal_shai_hulud_malicious_npm_package_installation": "limit-clauses",
}
REFUSED: dict[str, dict[str, str]] = {
    "microsoft_xdr": {
        **dict.fromkeys(
            (
                "win_security_susp_scheduled_task_delete_or_disable",
                "win_taskscheduler_susp_schtasks_delete_or_disable",
                "win_wmi_activity_nteventlogfile_cleareventlog",
                "win_defender_exploit_redsun_tiering_engine_detected_as_eicar",
                "sysmon_config_modification",
            ),
            "unsupported-log-source",
        ),
        "image_load_side_load_vcruntime140": "missing-field",
        "proc_access_win_susp_dbgcore_dbghelp_load": "missing-field",
        "proc_access_win_werfaultsecure_msmpeng_access": "missing-field",
        **dict.fromkeys(
            (
                "proc_creation_win_hktl_edr_freeze",
                "proc_creation_win_hktl_wsass",
                "proc_creation_win_pua_adfind_execution",
                "proc_creation_win_renamed_adfind",
            ),
            "unmapped-value",
        ),
    },
    "azure_monitor": {
        "win_security_susp_scheduled_task_delete_or_disable": "missing-field",
        "win_wmi_activity_nteventlogfile_cleareventlog": "missing-field",
    },
    "splunk_windows": {"win_wmi_activity_nteventlogfile_cleareventlog": "approximate-field"},
    "splunk_windows_classic": {
        "win_security_susp_scheduled_task_delete_or_disable": "missing-field",
        "win_taskscheduler_susp_schtasks_delete_or_disable": "unmapped-field",
        "win_wmi_activity_nteventlogfile_cleareventlog": "unmapped-field",
        "win_defender_exploit_redsun_tiering_engine_detected_as_eicar": "unmapped-field",
    },
    "ecs_windows": _ELASTIC,
    "ecs_windows_agent": _ELASTIC,
}


@cache
def windows_rules() -> tuple[Rule, ...]:
    rules = (each for each in load(needed_rule_folders()) if isinstance(each, Rule))
    return tuple(rule for rule in rules if rule.log_source.product == "windows")


@cache
def rules_with_recordings() -> tuple[Rule, ...]:
    return tuple(rule for rule in windows_rules() if "regression_tests_path" in rule.custom)


@cache
def recordings() -> tuple[Event, ...]:
    folder = corpus()
    assert folder is not None
    return tuple(event for path in sorted(folder.glob("regression_data/**/*.json")) for event in read_events(path))


def replay_on(language: str, pipeline: str) -> Replay:
    return Replay(target(language, pipeline=pipeline, assume=["keyword-fields-are-folded"] if language == "kibana" else []))


def refusals(replay: Replay) -> Iterator[tuple[str, str, str]]:
    """Failures and refusals of the recordings of all rules: the rule, the state and the message."""
    for rule in rules_with_recordings():
        assert rule.path is not None
        for outcome in replay.samples(rule):
            if outcome.state != "passed":
                yield rule.path.stem, outcome.state, outcome.message.removeprefix("refused ").partition(":")[0]


def test_every_recording_is_found_by_its_rule() -> None:
    assert len(rules_with_recordings()) == 122
    assert list(refusals(Replay())) == []


@pytest.mark.parametrize(("language", "pipeline"), [each for each in TARGETS if each[0] != "kibana"])
def test_every_recording_is_found_by_its_query(language: str, pipeline: str) -> None:
    assert {(rule, state, code) for rule, state, code in refusals(replay_on(language, pipeline))} <= {
        (rule, "skipped", code) for rule, code in REFUSED[pipeline].items()
    }


@pytest.mark.parametrize(("language", "pipeline"), TARGETS)
def test_queries_find_what_rules_find(language: str, pipeline: str) -> None:
    """All rules on all events. `SIGMA_AMSI_EVERY=1` takes every rule, otherwise each tenth and those with a recording."""
    step = int(os.environ.get("SIGMA_AMSI_EVERY", "10"))
    rules = {rule.path: rule for rule in (*windows_rules()[::step], *rules_with_recordings())}
    replay = replay_on(language, pipeline)
    ready = [prepared(replay, rule) for rule in rules.values()]
    found = [match for match in matches(replay, ready, recordings()) if match.query is not None]
    assert len(found) > 80
    assert [
        (Path(match.rule.path or "").name, match.event.place, match.fires, match.query) for match in found if match.fires != match.query
    ] == []
