"""How texts, durations and files are spelled in the artefacts of several SIEMs: the same bytes on every machine, and no character that hides another."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TypeAlias

import yaml

from sigma_amsi.package.model import Detection

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED_NAMES = frozenset({"con", "prn", "aux", "nul", *(f"{device}{number}" for device in ("com", "lpt") for number in range(10))})
_LONGEST_STEM = 120
_NOT_ASCII = re.compile(r"[^ -~\n]")


def json_line(value: Json) -> str:
    """JSON on one line."""
    return _visible(json.dumps(value, ensure_ascii=False))


def json_text(value: Json) -> str:
    """JSON for people to read, with a line feed at the end."""
    return _visible(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def hides(character: str) -> bool:
    """Whether a character shows nothing, or changes how others are shown: control and formatting characters, surrogates, unassigned ones."""
    return unicodedata.category(character) in _HIDDEN_CATEGORIES


def _visible(text: str) -> str:
    """The JSON text with escapes for what does not show, and for what no UTF-8 has. Such characters stand in strings only."""
    return _NOT_ASCII.sub(lambda found: _escaped(found[0]) if hides(found[0]) else found[0], text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[start]:02x}{units[start + 1]:02x}" for start in range(0, len(units), 2))


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, lists inside of their keys, and no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def yaml_text(value: Json) -> str:
    """YAML with the keys in the order given. A text that needs it is quoted; one with hidden characters makes the document ASCII."""
    plain: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    if any(hides(character) for character in plain if character != "\n"):
        plain = yaml.dump(value, Dumper=_Dumper, allow_unicode=False, sort_keys=False, width=10_000)
    return plain


def iso_duration(duration: timedelta) -> str:
    """The duration by ISO 8601, in hours and minutes: `PT1H10M`, `PT24H`."""
    minutes = whole_minutes(duration)
    hours, rest = divmod(minutes, 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{rest}M" if rest or not hours else "")


def whole_minutes(duration: timedelta) -> int:
    return int(duration.total_seconds()) // 60


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


def file_stems(detections: Iterable[Detection]) -> Mapping[str, str]:
    """Detection id -> the name of its file without ending: that of the rule's file, with the id where another rule has the same."""
    wanted = {detection.id: _stem(detection) for detection in detections}
    times = Counter(wanted.values())
    return {id: f"{stem}_{id}" if times[stem] > 1 or stem in _RESERVED_NAMES else stem for id, stem in wanted.items()}


def _stem(detection: Detection) -> str:
    named = detection.rule.path.stem if detection.rule.path is not None else detection.title
    return re.sub(r"[^a-z0-9-]+", "_", named.lower())[:_LONGEST_STEM].strip("_-") or "rule"
