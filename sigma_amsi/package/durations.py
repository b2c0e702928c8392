"""Durations as people write them: `90s`, `5m`, `1h`, `2d`."""

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=366)


def read_duration(text: str) -> timedelta | None:
    """The duration that a text says, up to a year; None for any other text."""
    written = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if not written:
        return None
    duration = timedelta(**{_UNITS[written[2]]: int(written[1])})
    return duration if duration <= _LONGEST else None


def shown_duration(duration: timedelta) -> str:
    """The duration in the largest unit that says it in whole numbers; what `read_duration` reads."""
    seconds = int(duration.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0 and seconds:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
