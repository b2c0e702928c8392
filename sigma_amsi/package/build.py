"""From rules to a package: converts, withholds what is not proved, names and schedules the rest, and has the format write it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from sigma_amsi.errors import ConfigurationError, Problem, Refused
from sigma_amsi.package.choices import Settled, settle
from sigma_amsi.package.destination import Destination
from sigma_amsi.package.format import Files
from sigma_amsi.package.manifest import MANIFEST, manifest
from sigma_amsi.package.model import Detection, Package
from sigma_amsi.package.names import name_detections
from sigma_amsi.package.read_choices import choices_of_rule
from sigma_amsi.package.withheld import Withheld
from sigma_amsi.rule.model import Rule
from sigma_amsi.targets import Query, Target

_NAMESPACE = UUID("a5f0a9a8-8f0e-5d43-9a49-3f6d2a4f3c10")
"""Of the ids that rules without one get."""


class Built(Struct, frozen=True):
    """A package with its files, `manifest.json` among them, the rules that are not in it, and what is doubtful in those that are."""

    package: Package
    files: Files
    withheld: tuple[Withheld, ...]
    warnings: tuple[Problem, ...]


class _Accepted(Struct, frozen=True):
    """A detection that goes into the package, and what the format has to say of it."""

    detection: Detection
    warnings: tuple[Problem, ...]


def build(destination: Destination, rules: Iterable[Rule | Problem], *, root: Path) -> Built:
    """The package of a destination. One rule that is refused or not proved does not hide the others. Raises ConfigurationError.

    root: the folder from which the manifest counts paths.
    """
    target = destination.open_target()
    given = list(rules)
    held = [Withheld(None, each) for each in given if isinstance(each, Problem)]
    if not held:
        _check_expected(destination, given)
    unique, doubled = _unique([each for each in given if isinstance(each, Rule)])
    held += doubled
    names = name_detections(
        {rule_id: _called(destination, rule_id, rule) for rule_id, rule in unique.items()},
        destination.format.names,
    )
    accepted: list[_Accepted] = []
    for rule_id, rule in unique.items():
        decided = _decided(destination, target, rule, rule_id, names[rule_id])
        if isinstance(decided, Withheld):
            held.append(decided)
        else:
            accepted.append(decided)
    package = Package(
        destination.name,
        destination.version,
        target.pipeline,
        destination.settings,
        tuple(sorted((each.detection for each in accepted), key=lambda detection: detection.id)),
    )
    files = destination.format.write(package) if accepted else {}
    assert all(_is_safe(path) for path in files), f"unsafe paths: {sorted(files)}"
    listed = manifest(destination, package, held, files, root)
    warnings = tuple(_at(each.detection.rule, problem) for each in accepted for problem in each.warnings)
    return Built(package, {**files, MANIFEST: listed}, tuple(held), warnings)


def detection_id(rule: Rule) -> str:
    """The rule's id in lower case; for a rule without one, or with one that is no UUID, a UUID made from it or from the title."""
    try:
        return str(UUID(rule.id))
    except ValueError:
        return str(uuid5(_NAMESPACE, rule.id or rule.title))


def _check_expected(destination: Destination, rules: Iterable[Rule | Problem]) -> None:
    known = {detection_id(rule) for rule in rules if isinstance(rule, Rule)}
    for rule_id, line in destination.expected.items():
        if rule_id not in known:
            hint = "check the id, or remove the overrides"
            raise ConfigurationError(Problem("unknown-rule", f"no rule has the id {rule_id}", destination.path, line, hint))


def _unique(rules: Sequence[Rule]) -> tuple[Mapping[str, Rule], list[Withheld]]:
    """The rules by id, and those that share one: a SIEM would keep one of them, whichever came last."""
    times = Counter(detection_id(rule) for rule in rules)
    doubled = [
        Withheld(rule, Problem("duplicate-rule-id", f"another rule has the id {detection_id(rule)}, too", rule.path, rule.line))
        for rule in rules
        if times[detection_id(rule)] > 1
    ]
    return {detection_id(rule): rule for rule in rules if times[detection_id(rule)] == 1}, doubled


def _called(destination: Destination, rule_id: str, rule: Rule) -> str:
    parts = {"title": rule.title, "id": rule_id, "short_id": rule_id[:8], "severity": destination.severity_of(rule.level)}
    return re.sub(r"\{(\w+)\}", lambda placeholder: parts.get(placeholder[1], placeholder[0]), destination.naming)


def _decided(destination: Destination, target: Target, rule: Rule, rule_id: str, name: str) -> _Accepted | Withheld:
    try:
        own = choices_of_rule(rule)
    except ConfigurationError as error:
        return Withheld(rule, error.problem)
    levels = (*destination.choices, own, *destination.overrides.get(rule_id, ()))
    try:
        detection = _detection(target.convert(rule), rule_id, name, settle(destination.severity_of(rule.level), levels))
        if not detection.query.proved and not destination.allow_unproved:
            return Withheld(rule, _not_proved(detection.query), detection.query.verdict)
        return _Accepted(detection, _checked(destination, detection))
    except Refused as refused:
        return Withheld(rule, _at(rule, refused.problem))


def _detection(query: Query, rule_id: str, name: str, settled: Settled) -> Detection:
    return Detection(
        query=query,
        id=rule_id,
        name=name,
        title=query.rule.title,
        description=query.rule.description,
        severity=settled.severity,
        enabled=settled.enabled,
        schedule=settled.schedule,
        suppression=settled.suppression,
        actions=settled.actions,
        owner=settled.owner,
    )


def _checked(destination: Destination, detection: Detection) -> tuple[Problem, ...]:
    """The format's warnings. What it finds wrong with settings or actions is the destination's affair, and said at its place."""
    try:
        return tuple(destination.format.check(detection, destination.settings))
    except ConfigurationError as error:
        raise destination.placed(error) from None


def _not_proved(query: Query) -> Problem:
    message = f"the query is not proved to say what the rule says: {query.verdict.name}"
    return Problem("unproved-query", message, query.rule.path, query.rule.line, "`--allow-unproved` packages it all the same")


def _at(rule: Rule, problem: Problem) -> Problem:
    return problem if problem.path is not None else replace(problem, path=rule.path, line=problem.line or rule.line)


def _is_safe(path: str) -> bool:
    parts = path.split("/")
    return all(part not in ("", ".", "..") and part.isprintable() and not set(part) & set('\\:*?"<>|') for part in parts)
