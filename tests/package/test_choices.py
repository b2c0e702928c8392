from datetime import timedelta

import pytest

from sigma_amsi.errors import ConfigurationError, Refused
from sigma_amsi.package.choices import Choices, ScheduleChange, settle
from sigma_amsi.package.durations import read_duration, shown_duration
from sigma_amsi.package.model import Action, Schedule, Suppression
from sigma_amsi.package.read_choices import choices_of_rule
from tests.package.siem import rule

_MINUTE = timedelta(minutes=1)


def test_nothing_chosen_is_the_default() -> None:
    settled = settle("high", [])
    assert (settled.severity, settled.enabled, settled.schedule) == ("high", True, Schedule())
    assert (settled.suppression, settled.actions, settled.owner) == (None, (), "")


def test_later_levels_win() -> None:
    mail, page = (Action("email"),), (Action("page"),)
    levels = [
        Choices(enabled=True, owner="all", actions=mail, suppression=Suppression(_MINUTE)),
        Choices(enabled=False, actions=page),
        Choices(suppression=False, severity="low"),
    ]
    settled = settle("high", levels)
    assert (settled.severity, settled.enabled, settled.owner, settled.actions, settled.suppression) == ("low", False, "all", page, None)


def test_an_empty_list_of_actions_is_a_choice() -> None:
    assert settle("high", [Choices(actions=(Action("email"),)), Choices(actions=())]).actions == ()


def test_a_new_interval_looks_back_as_far_as_it_is_long() -> None:
    before = Choices(schedule=ScheduleChange(every=60 * _MINUTE, lookback=90 * _MINUTE, delay=5 * _MINUTE))
    assert settle("high", [before]).schedule == Schedule(60 * _MINUTE, 90 * _MINUTE, 5 * _MINUTE)
    after = Choices(schedule=ScheduleChange(every=15 * _MINUTE))
    assert settle("high", [before, after]).schedule == Schedule(15 * _MINUTE, 15 * _MINUTE, 5 * _MINUTE)


def test_a_schedule_by_severity_goes_by_the_severity_that_was_chosen_in_the_end() -> None:
    levels = [Choices(by_severity={"critical": ScheduleChange(every=5 * _MINUTE)}), Choices(severity="critical")]
    assert settle("low", levels).schedule.every == 5 * _MINUTE
    assert settle("low", levels[:1]).schedule.every == 60 * _MINUTE


def test_a_schedule_with_gaps_is_refused() -> None:
    with pytest.raises(Refused, match="detection-schedule: it looks back 5m and runs every 1h"):
        settle("high", [Choices(schedule=ScheduleChange(lookback=5 * _MINUTE))])


def test_a_rule_chooses_for_itself() -> None:
    custom = {"sigma_amsi": {"schedule": {"every": "30m"}, "owner": "us", "suppression": {"duration": "2h", "fields": ["host"]}}}
    choices = choices_of_rule(rule(custom=custom))
    assert choices == Choices(
        schedule=ScheduleChange(every=30 * _MINUTE), owner="us", suppression=Suppression(timedelta(hours=2), ("host",))
    )
    assert choices_of_rule(rule()) == choices_of_rule(rule(custom={"other": 1})) == choices_of_rule(rule(custom=3)) == Choices()


def test_what_a_rule_chooses_wrongly_is_an_error_at_the_rule() -> None:
    with pytest.raises(ConfigurationError) as raised:
        choices_of_rule(rule(custom={"sigma_amsi": {"ownr": "us"}}))
    problem = raised.value.problem
    assert (problem.code, str(problem.path), problem.line, problem.hint) == (
        "configuration-unknown-key",
        "rules/own_provider.yml",
        1,
        "did you mean owner?",
    )


def test_a_rule_cannot_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_KEY", "abc")
    actions = [{"name": "webhook", "settings": {"param.url": {"environment": "OWN_KEY"}}}]
    with pytest.raises(ConfigurationError, match=r"environment-variable: .* only a project file"):
        choices_of_rule(rule(custom={"sigma_amsi": {"actions": actions}}))


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("5m", 300), ("1h", 3600), ("7d", 604_800), ("0m", 0)])
def test_durations(text: str, seconds: int) -> None:
    duration = read_duration(text)
    assert duration == timedelta(seconds=seconds)
    assert read_duration(shown_duration(timedelta(seconds=seconds))) == duration


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 m", "1h30m", "5M", "999999d", "\u0665m"])
def test_what_is_no_duration(text: str) -> None:
    assert read_duration(text) is None
