"""Reading what is chosen for detections: the same keys in a project file, for all or for one rule, and in a rule's own `custom` field."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Literal, cast

from msgspec.structs import replace

from sigma_amsi.package.choices import Choices, ScheduleChange
from sigma_amsi.package.format import Setting, Settings, Value
from sigma_amsi.package.model import SEVERITIES, Action, Severity, Suppression
from sigma_amsi.package.parts import File, Part
from sigma_amsi.rule.model import Rule
from sigma_amsi.rule.scalar import Data

CHOICES = ("enabled", "severity", "schedule", "suppression", "actions", "owner")
"""The keys that a detection can be chosen by."""

_SECRET = re.compile(r"(?i)passw|secret|token|api_?key|credential|authorization")


def read_choices(entries: Mapping[str, Part]) -> Choices:
    """The choices among the entries of a table. Raises ConfigurationError."""
    said = {key: part for key, part in entries.items() if key in CHOICES}
    choices = Choices()
    if "enabled" in said:
        choices = replace(choices, enabled=said["enabled"].boolean())
    if "severity" in said:
        choices = replace(choices, severity=read_severity(said["severity"]))
    if "schedule" in said:
        table = said["schedule"].closed(("every", "lookback", "delay", "by_severity"))
        choices = replace(choices, schedule=_schedule(table), by_severity=_by_severity(table))
    if "suppression" in said:
        choices = replace(choices, suppression=_suppression(said["suppression"]))
    if "actions" in said:
        choices = replace(choices, actions=tuple(_action(item) for item in said["actions"].items()))
    if "owner" in said:
        choices = replace(choices, owner=said["owner"].text())
    return choices


def choices_of_rule(rule: Rule) -> Choices:
    """What a rule says for itself, under `sigma_amsi` of its `custom` field. Raises ConfigurationError at the rule's place."""
    custom = rule.custom.get("custom")
    if not isinstance(custom, dict) or "sigma_amsi" not in custom:
        return Choices()
    part = Part(custom["sigma_amsi"], ("custom", "sigma_amsi"), File(rule.path, lambda _: rule.line))
    return read_choices(part.closed(CHOICES))


def read_severity(part: Part) -> Severity:
    return cast(Severity, part.choice(SEVERITIES))


def read_settings(entries: Mapping[str, Part], settings: Iterable[Setting]) -> Settings:
    """The settings among the entries of a table, and the defaults of the others. Raises ConfigurationError."""
    return Settings({each.name: _value(entries[each.name], each) if each.name in entries else each.default for each in settings})


def _value(part: Part, setting: Setting) -> Value:
    match setting.kind:
        case "text":
            return _text(part, setting)
        case "integer":
            return part.integer()
        case "boolean":
            return part.boolean()
        case "texts":
            return tuple(_text(item, setting) for item in ([part] if isinstance(part.value, str) else part.items()))
        case "duration":
            return part.duration()
        case "table":
            return {name: _text(entry, setting) for name, entry in part.entries().items()}


def _text(part: Part, setting: Setting) -> str:
    text = _resolved(part) if isinstance(part.value, dict) else part.text()
    if setting.choices:
        return replace(part, value=text).choice(setting.choices)
    if setting.pattern and not re.fullmatch(setting.pattern, text):
        part.fail("configuration-value", f"{part.name} cannot be {text!r}", f"it has to match {setting.pattern}")
    return text


def _schedule(table: Mapping[str, Part]) -> ScheduleChange:
    durations = {name: _whole_minutes(table[name]) for name in ("every", "lookback", "delay") if name in table}
    if "every" in durations and not durations["every"]:
        table["every"].fail("configuration-value", "a detection cannot run every 0 minutes")
    return ScheduleChange(**durations)


def _by_severity(table: Mapping[str, Part]) -> Mapping[Severity, ScheduleChange]:
    if "by_severity" not in table:
        return {}
    entries = table["by_severity"].closed(SEVERITIES)
    return {cast(Severity, name): _schedule(part.closed(("every", "lookback", "delay"))) for name, part in entries.items()}


def _whole_minutes(part: Part) -> timedelta:
    duration = part.duration()
    if duration % timedelta(minutes=1):
        part.fail("configuration-value", f"{part.name} has to be whole minutes")
    return duration


def _suppression(part: Part) -> Suppression | Literal[False]:
    if part.value is False:
        return False
    entries = part.closed(("duration", "fields"), ("duration",))
    duration = entries["duration"].duration()
    if not duration:
        entries["duration"].fail("configuration-value", f"{part.name} is over at once", "write `suppression = false` for none")
    return Suppression(duration, entries["fields"].texts() if "fields" in entries else ())


def _action(part: Part) -> Action:
    entries = part.closed(("name", "settings"), ("name",))
    settings = entries["settings"].entries() if "settings" in entries else {}
    return Action(entries["name"].text(), {name: _data(setting) for name, setting in settings.items()})


def _data(part: Part) -> Data:
    """A parameter of an action: any data, in which `{environment = "NAME"}` stands for what that variable of the environment holds."""
    value = part.value
    if isinstance(value, dict):
        return _resolved(part) if set(value) == {"environment"} else {name: _data(entry) for name, entry in part.entries().items()}
    if isinstance(value, list):
        return [_data(item) for item in part.items()]
    if not isinstance(value, str | bool | int | float):
        part.fail("configuration-type", f"{part.name} has to be a text, a number, true or false, a list or a table")
    if isinstance(value, str) and _SECRET.search(part.keys[-1]):
        part.fail(
            "secret-in-file", f"{part.name} looks like a secret", 'write {environment = "NAME"}, and set the variable where you package'
        )
    return value


def _resolved(part: Part) -> str:
    """What a variable of the environment holds."""
    name = part.closed(("environment",), ("environment",))["environment"].text()
    if part.file.environment is None:
        part.fail("environment-variable", f"{part.name}: only a project file takes values from the environment")
    if name not in part.file.environment:
        part.fail("environment-variable", f"{part.name}: the environment variable {name} is not set")
    return part.file.environment[name]
