"""What a package is: proved queries, each with all that a SIEM needs to run it, for one destination."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, TypeAlias, get_args

from msgspec import Struct, field

from sigma_amsi.package.format import Files, Format, Setting, Settings
from sigma_amsi.pipeline.model import Pipeline
from sigma_amsi.rule.model import Rule
from sigma_amsi.rule.scalar import Data
from sigma_amsi.targets import Query

Severity: TypeAlias = Literal["informational", "low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

__all__ = ["SEVERITIES", "Action", "Detection", "Files", "Format", "Package", "Schedule", "Setting", "Settings", "Severity", "Suppression"]


class Schedule(Struct, frozen=True):
    """When a detection runs, and on which events: at the time t it looks at those from `t - delay - lookback` until `t - delay`.

    every: from run to run. lookback: never less than `every`, so that no event falls between two runs. delay: how late events may arrive and still be
    looked at. All are whole minutes. A format whose windows always end now looks at `lookback + delay`.
    """

    every: timedelta = timedelta(hours=1)
    lookback: timedelta = timedelta(hours=1)
    delay: timedelta = timedelta(minutes=10)


class Suppression(Struct, frozen=True):
    """For how long a detection keeps quiet after a hit; with `fields`, about hits that agree in these. Fields are columns of the SIEM."""

    duration: timedelta
    fields: tuple[str, ...] = ()


class Action(Struct, frozen=True):
    """Something that the SIEM does on a hit. `settings` are the SIEM's own names and values."""

    name: str
    settings: Mapping[str, Data] = field(default_factory=dict)


class Detection(Struct, frozen=True):
    """A query with all that a SIEM needs to run it.

    id: the rule's id in lower case; for a rule without one a UUID made from its title. Unique in the package, and the same in every package.
    name: made from the title by the rules of the format: unique in the package and legal there.
    title, description: as the rule has them, with whatever characters: a writer escapes them, and loses nothing but what its SIEM cannot hold.
    owner: who looks after the detection; empty where nobody is named.
    """

    query: Query
    id: str
    name: str
    title: str
    description: str
    severity: Severity
    enabled: bool = True
    schedule: Schedule = Schedule()
    suppression: Suppression | None = None
    actions: tuple[Action, ...] = ()
    owner: str = ""

    @property
    def rule(self) -> Rule:
        return self.query.rule


class Package(Struct, frozen=True):
    """What a format writes. `name` is the destination's, of letters, digits, `_` and `-`; `version` is three numbers; detections are sorted by id.

    `pipeline` has the schema of the SIEM, with the site's columns: what the columns of `Query.fields` are.
    """

    name: str
    version: str
    pipeline: Pipeline
    settings: Settings
    detections: tuple[Detection, ...]


def severity_of(level: str) -> Severity:
    """The severity that a rule's level means by itself. A rule without a level is `medium`, as sigma-cli has it."""
    return level if level in SEVERITIES else "medium"
