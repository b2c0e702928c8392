"""What a rule's ATT&CK tags say: techniques, each under the tactics that it really serves."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from msgspec import Struct

from sigma_amsi.errors import Problem
from sigma_amsi.rule.model import Rule

FRAMEWORK = "MITRE ATT&CK"
_SITE = "https://attack.mitre.org"

_TECHNIQUE = re.compile(r"t\d{4}(?:\.\d{3})?")
_OTHER_OBJECT = re.compile(r"(?:g|s|m|c|ds|dc|det|an|a)\d{4}")
"""Groups, software, mitigations, campaigns, data sources and the like: objects of ATT&CK that are no classification."""

RENAMED_TACTICS: Mapping[str, tuple[str, ...]] = {"defense-evasion": ("stealth", "defense-impairment")}
"""Tactics of earlier versions that rules still name: version 19 divided Defense Evasion."""


class Tactic(Struct, frozen=True):
    """A tactic. `tag` is its name in Sigma, such as `credential-access`."""

    tag: str
    id: str
    name: str

    @property
    def url(self) -> str:
        return f"{_SITE}/tactics/{self.id}/"


class Technique(Struct, frozen=True):
    """A technique or sub-technique (`T1003.001`), with the tags of the tactics that it serves."""

    id: str
    name: str
    tactics: tuple[str, ...]

    @property
    def parent(self) -> str:
        """The id of the technique that a sub-technique belongs to; of a technique, its own."""
        return self.id.partition(".")[0]

    @property
    def url(self) -> str:
        return f"{_SITE}/techniques/{self.id.replace('.', '/')}/"


class Nested(Struct, frozen=True):
    """A technique with those of its sub-techniques that a rule names. The rule need not name the technique itself."""

    technique: Technique
    subtechniques: tuple[Technique, ...]


class Threat(Struct, frozen=True):
    """A tactic with the techniques that a rule names under it; none where it names the tactic alone."""

    tactic: Tactic
    techniques: tuple[Nested, ...] = ()


class Threats(Struct, frozen=True):
    """The classification of a rule, by tactic in the order of ids, and what in its tags is unknown or contradictory."""

    threats: tuple[Threat, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def techniques(self) -> tuple[str, ...]:
        """The ids of techniques and sub-techniques, each once, sorted: of a sub-technique only its own."""
        nested = [each for threat in self.threats for each in threat.techniques]
        return tuple(sorted({one.id for each in nested for one in each.subtechniques or (each.technique,)}))


class Attack(Struct, frozen=True):
    """Enterprise ATT&CK: tactics by tag, techniques by id."""

    version: str
    tactics: Mapping[str, Tactic]
    techniques: Mapping[str, Technique]


@cache
def attack() -> Attack:
    """The release of ATT&CK that this package knows."""
    data = json.loads(files("sigma_amsi.package").joinpath("attack.json").read_text(encoding="utf-8"))
    return Attack(
        data["version"],
        {tag: Tactic(tag, id, name) for tag, (id, name) in data["tactics"].items()},
        {id: Technique(id, name, tuple(tactics)) for id, (name, *tactics) in data["techniques"].items()},
    )


def threats_of(rule: Rule) -> Threats:
    """The rule's tags as tactics with techniques.

    A technique stands under those of its tactics that the rule names, and where it names none of them under all: the tags do not say which
    technique serves which tactic, so that ATT&CK decides. A tactic of the rule that none of its techniques serves stands alone.
    Unknown tags, and techniques that contradict the rule's tactics, are among the problems: both stay in the rule's list of tags.
    """
    names = [_spelled(tag) for tag in rule.tags if tag.lower().startswith("attack.")]
    known = attack()
    tagged = {tactic for name in names for tactic in RENAMED_TACTICS.get(name, (name,)) if tactic in known.tactics}
    techniques = [known.techniques[name.upper()] for name in names if name.upper() in known.techniques]
    placed = {technique: tagged.intersection(technique.tactics) or set(technique.tactics) for technique in techniques}
    served = {tactic for tactics in placed.values() for tactic in tactics}
    alone = {tactic for name in names for tactic in _unserved(name, served) if tactic in known.tactics}
    threats = [
        Threat(known.tactics[tactic], _nested(technique for technique, tactics in placed.items() if tactic in tactics))
        for tactic in served | alone
    ]
    problems = [_unknown(name) for name in names if not _is_known(name)]
    problems += [_contradiction(technique, tagged) for technique in placed if tagged and not tagged.intersection(technique.tactics)]
    return Threats(
        tuple(sorted(threats, key=lambda threat: threat.tactic.id)),
        tuple(Problem(code, message, rule.path, rule.line, hint) for code, message, hint in dict.fromkeys(problems)),
    )


def _spelled(tag: str) -> str:
    """The name behind `attack.`; earlier versions of the specification wrote tactics with underscores."""
    return tag.lower().removeprefix("attack.").replace("_", "-")


def _unserved(name: str, served: set[str]) -> tuple[str, ...]:
    """The tactics that a tag names beyond those that its techniques serve already; a divided one is served by either of its parts."""
    tactics = RENAMED_TACTICS.get(name, (name,))
    return () if served.intersection(tactics) else tactics


def _nested(techniques: Iterable[Technique]) -> tuple[Nested, ...]:
    found: dict[str, set[Technique]] = {}
    for technique in techniques:
        below = found.setdefault(technique.parent, set())
        if technique.id != technique.parent:
            below.add(technique)
    known = attack().techniques
    return tuple(Nested(known[parent], tuple(sorted(below, key=lambda one: one.id))) for parent, below in sorted(found.items()))


def _is_known(name: str) -> bool:
    known = attack()
    if _TECHNIQUE.fullmatch(name):
        return name.upper() in known.techniques
    return name in known.tactics or name in RENAMED_TACTICS or _OTHER_OBJECT.fullmatch(name) is not None


def _unknown(name: str) -> tuple[str, str, str]:
    kind = "technique" if _TECHNIQUE.fullmatch(name) else "tactic"
    message = f"{attack().version} has no {kind} {name.upper() if kind == 'technique' else name!r}"
    return "unknown-attack-tag", message, "check the spelling; a revoked technique has a successor on its page at attack.mitre.org"


def _contradiction(technique: Technique, tagged: set[str]) -> tuple[str, str, str]:
    serves, named = " and ".join(technique.tactics), " and ".join(sorted(tagged))
    message = f"the rule is tagged {named}, and {technique.id} {technique.name} serves {serves}"
    return "contradictory-attack-tags", message, f"tag the tactic that is meant, or remove the technique; it is placed under {serves}"
