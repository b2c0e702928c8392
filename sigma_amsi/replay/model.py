"""Samples and outcomes: what a rule is tested with, and what came of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from sigma_amsi.events.model import Event
from sigma_amsi.events.read import read_events
from sigma_amsi.rule.model import Rule

Expected: TypeAlias = Literal["all", "none", "some"]


class Sample(Struct, frozen=True):
    """Events with an expectation.

    expected: all of the events match, or none does, or `some`: at least `count` of them. SigmaHQ's counts are lower than what matches for some
        recordings, and its own runner asks for one match only, so more than `count` is noted and no failure.
    source: the path of a file of events, or events. place: where the sample is described.
    """

    name: str
    expected: Expected
    source: Path | tuple[Event, ...]
    place: str
    count: int = 1

    def events(self) -> Iterator[Event]:
        """The events. Raises EventError."""
        return read_events(self.source) if isinstance(self.source, Path) else iter(self.source)


State: TypeAlias = Literal["passed", "failed", "skipped", "untested"]


class Outcome(Struct, frozen=True):
    """What came of one sample, for the rule or for its query.

    subject: `rule`, or the name of the target. state: `skipped` where the rule has no query or the SIEM no row of the events, `untested` where
    the rule has no sample. message: why; with a pass, what is remarkable. events, matched: how many there were, and how many matched.
    """

    rule: Rule
    sample: str
    subject: str
    state: State
    message: str = ""
    events: int = 0
    matched: int = 0
