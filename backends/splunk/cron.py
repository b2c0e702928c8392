"""When a saved search runs: its cron expression and the window of time that it looks at."""

from hashlib import blake2b

from sigma_amsi.errors import Refused
from sigma_amsi.package.durations import shown_duration
from sigma_amsi.package.model import Schedule

_WEEK, _DAY, _HOUR = 7 * 24 * 60, 24 * 60, 60


def cron(schedule: Schedule, rule_id: str) -> str:
    """The cron expression, in numbers only, since Splunk knows no names of days. Its place within the interval follows from the rule's id, so that not
    all searches start at once, and each always at its own minute.

    Raises Refused for an interval that cron cannot keep: it divides neither an hour, a day nor a week.
    """
    every = int(schedule.every.total_seconds()) // 60
    offset = int.from_bytes(blake2b(rule_id.encode(), digest_size=8).digest()) % max(every, 1)
    minute, hour, day = offset % _HOUR, offset // _HOUR % 24, offset // _DAY
    if every and _HOUR % every == 0:
        return f"{_steps(minute, 59, every, _HOUR)} * * * *"
    if every and every % _HOUR == 0 and _DAY % every == 0:
        return f"{minute} {_steps(hour, 23, every // _HOUR, 24)} * * *"
    if every == _WEEK:
        return f"{minute} {hour} * * {day}"
    said = shown_duration(schedule.every)
    raise Refused("detection-schedule", f"cron cannot run a search every {said}", hint="use a divisor of 60 minutes or 24 hours, or 7d")


def _steps(first: int, last: int, step: int, whole: int) -> str:
    if step == whole:
        return str(first)
    return "*" if step == 1 else f"{first}-{last}/{step}"


def window(schedule: Schedule) -> tuple[str, str]:
    """The earliest and the latest time, whole minutes before the run, so that the windows of two runs meet without a gap."""
    delay = int(schedule.delay.total_seconds()) // 60
    lookback = int(schedule.lookback.total_seconds()) // 60
    return f"-{delay + lookback}m@m", f"-{delay}m@m" if delay else "@m"
