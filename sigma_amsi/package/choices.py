"""What is chosen for a detection beside its query: how often it runs, what is done on a hit, who looks after it; level upon level."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Literal, TypeVar

from msgspec import Struct, field

from sigma_amsi.errors import Refused
from sigma_amsi.package.durations import shown_duration
from sigma_amsi.package.model import Action, Schedule, Severity, Suppression

_Choice = TypeVar("_Choice")
_NONE: Suppression | Literal[False] = False


class ScheduleChange(Struct, frozen=True):
    """What a level says of the schedule. A new interval without a lookback looks back as far as the interval is long."""

    every: timedelta | None = None
    lookback: timedelta | None = None
    delay: timedelta | None = None

    def applied(self, schedule: Schedule) -> Schedule:
        """The schedule with the change, whose lookback may come out shorter than its interval."""
        return Schedule(
            every=_first(self.every, schedule.every),
            lookback=_first(self.lookback, self.every, schedule.lookback),
            delay=_first(self.delay, schedule.delay),
        )


class Choices(Struct, frozen=True):
    """What one level says; None leaves it to the levels before. False is the wish for no suppression. `by_severity` comes after `schedule`."""

    enabled: bool | None = None
    severity: Severity | None = None
    schedule: ScheduleChange = ScheduleChange()
    by_severity: Mapping[Severity, ScheduleChange] = field(default_factory=dict)
    suppression: Suppression | Literal[False] | None = None
    actions: tuple[Action, ...] | None = None
    owner: str | None = None


class Settled(Struct, frozen=True):
    """What comes out of all levels."""

    severity: Severity
    enabled: bool
    schedule: Schedule
    suppression: Suppression | None
    actions: tuple[Action, ...]
    owner: str


def settle(severity: Severity, levels: Sequence[Choices]) -> Settled:
    """What comes out for a rule whose level means this severity; later levels win. Raises Refused for a schedule that leaves gaps."""
    severity = _last((level.severity for level in levels), severity)
    schedule = Schedule()
    for level in levels:
        for change in (level.schedule, level.by_severity.get(severity, ScheduleChange())):
            schedule = change.applied(schedule)
    if schedule.lookback < schedule.every:
        said = f"it looks back {shown_duration(schedule.lookback)} and runs every {shown_duration(schedule.every)}"
        raise Refused("detection-schedule", f"{said}: events in between would be missed", hint="set a lookback of at least the interval")
    return Settled(
        severity=severity,
        enabled=_last((level.enabled for level in levels), True),
        schedule=schedule,
        suppression=_last((level.suppression for level in levels), _NONE) or None,
        actions=_last((level.actions for level in levels), ()),
        owner=_last((level.owner for level in levels), ""),
    )


def _first(*choices: _Choice | None) -> _Choice:
    """The first that is chosen; there is one."""
    return next(choice for choice in choices if choice is not None)


def _last(choices: Iterable[_Choice | None], default: _Choice) -> _Choice:
    chosen = default
    for choice in choices:
        if choice is not None:
            chosen = choice
    return chosen
