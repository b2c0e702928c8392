from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sigma_amsi.backends.splunk.cron import cron, window

from sigma_amsi.errors import Refused
from sigma_amsi.package.model import Schedule

_IDS = [str(UUID(int=number)) for number in range(200)]
_WEEK = 7 * 24 * 60


def _runs(expression: str) -> Iterator[int]:
    """The minutes of a week, from Sunday, in which an expression runs."""
    minute, hour, day, month, weekday = expression.split(" ")
    assert (day, month) == ("*", "*")
    for at in range(_WEEK):
        if at % 60 in _field(minute, 60) and at // 60 % 24 in _field(hour, 24) and at // 1440 in _field(weekday, 7):
            yield at


def _field(field: str, whole: int) -> set[int]:
    place, _, step = field.partition("/")
    if place == "*":
        return set(range(0, whole, int(step or 1)))
    first, _, last = place.partition("-")
    return set(range(int(first), int(last or first) + 1, int(step or 1)))


def _schedule(minutes: int) -> Schedule:
    return Schedule(timedelta(minutes=minutes), timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440, _WEEK])
def test_it_runs_evenly_at_the_interval(minutes: int) -> None:
    for rule_id in _IDS[:20]:
        runs = list(_runs(cron(_schedule(minutes), rule_id)))
        assert len(runs) == _WEEK // minutes
        assert {(after - before) % _WEEK for before, after in zip(runs, runs[1:] + runs[:1], strict=True)} <= {minutes, 0}


@pytest.mark.parametrize("minutes", [7, 25, 45, 90, 300, 2880, _WEEK * 2])
def test_an_interval_that_cron_cannot_keep_is_refused(minutes: int) -> None:
    with pytest.raises(Refused, match="detection-schedule"):
        cron(_schedule(minutes), _IDS[0])


def test_detections_are_spread_and_stay_where_they_are() -> None:
    expressions = {rule_id: cron(_schedule(60), rule_id) for rule_id in _IDS}
    assert len(set(expressions.values())) > 45
    assert expressions == {rule_id: cron(_schedule(60), rule_id) for rule_id in reversed(_IDS)}
    assert cron(_schedule(15), "41d1058a-aea7-4952-9293-29eaaf516465") == "12-59/15 * * * *"


@pytest.mark.parametrize(("delay", "expected"), [(0, ("-60m@m", "@m")), (10, ("-70m@m", "-10m@m"))])
def test_windows_of_two_runs_meet(delay: int, expected: tuple[str, str]) -> None:
    assert window(Schedule(timedelta(hours=1), timedelta(hours=1), timedelta(minutes=delay))) == expected
