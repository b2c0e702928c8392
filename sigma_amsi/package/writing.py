"""How texts, durations and files are spelled in the artefacts of several SIEMs."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TypeAlias

from sigma_amsi.package.model import Detection

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None

HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ud800-\uf8ff\ufeff\ufff0-\uffff\U000e0000-\U0010ffff]"
)
"""A character that shows nothing or changes how others are shown: control and formatting characters, what looks like a blank or a line's end and is
none, surrogates and private ones. A list, since what Unicode calls printable depends on its version."""

_RESERVED_NAMES = frozenset({"con", "prn", "aux", "nul", *(f"{device}{number}" for device in ("com", "lpt") for number in range(10))})
_LONGEST_STEM = 120


def json_line(value: Json) -> str:
    """JSON on one line."""
    return _visible(json.dumps(value, ensure_ascii=False))


def json_text(value: Json) -> str:
    """JSON for people to read, with a line feed at the end."""
    return _visible(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def _visible(text: str) -> str:
    """The JSON text with escapes for what hides, which can stand in strings only."""
    return HIDDEN.sub(lambda found: _escaped(found[0]), text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[start]:02x}{units[start + 1]:02x}" for start in range(0, len(units), 2))


def iso_duration(duration: timedelta) -> str:
    """The duration by ISO 8601, without days: `PT1H10M`, `PT24H`."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    said = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if count)
    return f"PT{said or '0S'}"


def whole_minutes(duration: timedelta) -> int:
    """The minutes of a duration that is whole minutes."""
    minutes, rest = divmod(int(duration.total_seconds()), 60)
    assert rest == 0, duration
    return minutes


def titled_description(detection: Detection) -> str:
    """The description. Where the detection could not be called as its rule is, the whole title stands before it."""
    parts = [] if detection.name == detection.title else [detection.title]
    return "\n\n".join([*parts, *filter(None, [detection.description.strip()])])


def description_with_credits(detection: Detection) -> str:
    """The description with what the SIEM has no other place for: false positives, references, and whose rule it is."""
    rule = detection.rule
    licence = f", {rule.license}" if rule.license else ""
    said = [
        titled_description(detection),
        _listed("False positives", rule.falsepositives),
        _listed("References", rule.references),
        "\n".join(filter(None, [f"Author: {rule.author}" if rule.author else "", f"Sigma rule: {rule.id or rule.title}{licence}"])),
    ]
    return "\n\n".join(filter(None, said))


def _listed(heading: str, texts: Iterable[str]) -> str:
    lines = [f"- {text}" for text in texts]
    return "\n".join([f"{heading}:", *lines]) if lines else ""


def sigma_metadata(detection: Detection) -> dict[str, Json]:
    """What the rule says beside its detection, for SIEMs that keep data of ours."""
    rule = detection.rule
    said: dict[str, Json] = {
        "title": detection.title,
        "id": rule.id or detection.id,
        "description": detection.description,
        "level": rule.level,
        "status": rule.status,
        "author": rule.author,
        "license": rule.license,
        "date": rule.date,
        "modified": rule.modified,
        "owner": detection.owner,
        "tags": [*rule.tags],
        "references": [*rule.references],
        "falsepositives": [*rule.falsepositives],
    }
    return {key: value for key, value in said.items() if value}


def file_stems(detections: Iterable[Detection]) -> Mapping[str, str]:
    """Detection id -> the name of its file without ending: that of the rule's file, with the id where another rule has the same."""
    wanted = {detection.id: _stem(detection) for detection in detections}
    times = Counter(wanted.values())
    return {id: f"{stem}_{id}" if times[stem] > 1 or stem in _RESERVED_NAMES else stem for id, stem in wanted.items()}


def _stem(detection: Detection) -> str:
    named = detection.rule.path.stem if detection.rule.path is not None else detection.title
    return re.sub(r"[^a-z0-9-]+", "_", named.lower())[:_LONGEST_STEM].strip("_-") or "rule"
