"""The JSON schema of project files, for editors and other checkers: made from the same keys that the reader goes by.

    python -m sigma_amsi.package.project_schema

writes it to where it is published.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sigma_amsi.backend import Backend
from sigma_amsi.package.format import Format, Setting
from sigma_amsi.package.model import SEVERITIES
from sigma_amsi.package.project_keys import DESTINATION_KEYS, NAMING_KEYS, PROJECT_KEYS
from sigma_amsi.package.writing import Json, json_text
from sigma_amsi.registry import backend_names, find_backend

PUBLISHED = Path(__file__).with_name("project.schema.json")

_DURATION: dict[str, Json] = {"type": "string", "pattern": "^[0-9]{1,6}[smhd]$", "description": "A duration: 90s, 15m, 1h, 7d."}
_FROM_ENVIRONMENT: Json = {
    "type": "object",
    "properties": {"environment": {"type": "string", "description": "The name of a variable of the environment."}},
    "required": ["environment"],
    "additionalProperties": False,
}

_OVERRIDES: Json = {
    "type": "object",
    "description": "What is chosen for single rules, by their id.",
    "propertyNames": {"pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"},
    "additionalProperties": {"$ref": "#/definitions/choices"},
}

_TIMES: dict[str, Json] = {
    "every": {**_DURATION, "description": "From run to run."},
    "lookback": {**_DURATION, "description": "How far back a run looks; as far as from run to run where it is not set."},
    "delay": {**_DURATION, "description": "How late events may arrive and still be looked at."},
}


def project_schema() -> str:
    """The schema for the languages that are installed."""
    backends = [find_backend(name) for name in backend_names()]
    schema: Json = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Project file of sigma-amsi (sigma-amsi.toml)",
        "type": "object",
        "properties": {
            **_properties(PROJECT_KEYS),
            "defaults": _table("What holds for all detections.", {**_policy(), **_choices()}),
            "overrides": {"$ref": "#/definitions/overrides"},
            "destinations": {
                "type": "object",
                "description": "Where detections go, by name.",
                "minProperties": 1,
                "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$"},
                "additionalProperties": _destination(backends),
            },
        },
        "required": ["destinations"],
        "additionalProperties": False,
        "definitions": {
            "choices": _table("What is chosen for one rule.", _choices()),
            "overrides": _OVERRIDES,
            "schedule": _table("When a detection runs, and on which events.", {**_TIMES, "by_severity": _by_severity()}),
            "environment": _FROM_ENVIRONMENT,
        },
    }
    return json_text(schema)


def _destination(backends: Iterable[Backend]) -> Json:
    properties: dict[str, Json] = {
        **_properties(DESTINATION_KEYS),
        **_policy(),
        **_choices(),
        "settings": {"type": "object"},
        "overrides": {"$ref": "#/definitions/overrides"},
    }
    required = [key.name for key in DESTINATION_KEYS if key.required]
    table = _table("A destination: a target, a pipeline, a format.", properties, required=required)
    kinds = [(_is(backend, format), format) for backend in backends for format in backend.formats]
    settings: list[Json] = [
        {"if": {**kind, "required": ["target", "format"]}, "then": {"properties": {"settings": _settings(format)}}}
        for kind, format in kinds
    ]
    known: list[Json] = [kind for kind, _ in kinds]
    return {**table, "anyOf": known, "allOf": settings}


def _is(backend: Backend, format: Format) -> dict[str, Json]:
    return {"properties": {"target": {"const": backend.name}, "format": {"const": format.name}}}


def _settings(format: Format) -> Json:
    return _table(format.says, _properties(format.settings), required=[each.name for each in format.settings if each.required])


def _policy() -> dict[str, Json]:
    return {
        **_properties(NAMING_KEYS),
        "severities": _table(
            "The severity of each level of a rule, where it is another.",
            {level: {"enum": list(SEVERITIES)} for level in SEVERITIES},
        ),
    }


def _choices() -> dict[str, Json]:
    suppression = _table(
        "For how long a detection keeps quiet after a hit.",
        {"duration": _DURATION, "fields": _texts("Columns: keep quiet about hits that agree in these.")},
        required=["duration"],
    )
    action = _table(
        "Something that the SIEM does on a hit.",
        {"name": {"type": "string"}, "settings": {"type": "object", "description": "The SIEM's own names and values."}},
        required=["name"],
    )
    return {
        "enabled": {"type": "boolean", "description": "Whether the detection runs."},
        "severity": {"enum": list(SEVERITIES), "description": "The severity, whatever the rule's level."},
        "schedule": {"$ref": "#/definitions/schedule"},
        "suppression": {"anyOf": [{"const": False}, suppression]},
        "actions": {"type": "array", "items": action},
        "owner": {"type": "string", "description": "Who looks after the detection."},
    }


def _by_severity() -> Json:
    return _table("Schedules by severity.", {severity: _table("", _TIMES) for severity in SEVERITIES})


def _table(says: str, properties: Mapping[str, Json], *, required: Iterable[str] = ()) -> dict[str, Json]:
    wanted: list[Json] = list(required)
    return {
        "type": "object",
        **({"description": says} if says else {}),
        "properties": dict(properties),
        **({"required": wanted} if wanted else {}),
        "additionalProperties": False,
    }


def _properties(settings: Iterable[Setting]) -> dict[str, Json]:
    return {setting.name: _said(_value(setting), setting.says) for setting in settings}


def _value(setting: Setting) -> Json:
    """What a setting may be. Patterns are written for Python; JSON schema understands them alike once they are anchored."""
    match setting.kind:
        case "boolean":
            return {"type": "boolean"}
        case "integer":
            return {"type": "integer"}
        case "duration":
            return _DURATION
        case "table":
            return {"type": "object", "additionalProperties": _text(setting)}
        case "texts":
            return {"anyOf": [{"type": "array", "items": _text(setting)}, _text(setting)]}
        case _:
            return _text(setting)


def _text(setting: Setting) -> Json:
    text: dict[str, Json] = {"type": "string"}
    if setting.choices:
        text = {"enum": list(setting.choices)}
    elif setting.pattern:
        text["pattern"] = f"^(?:{setting.pattern})$"
    return {"anyOf": [text, {"$ref": "#/definitions/environment"}]}


def _texts(says: str) -> Json:
    return {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}], "description": says}


def _said(value: Json, says: str) -> Json:
    assert isinstance(value, dict)
    return {**value, "description": says}


if __name__ == "__main__":
    PUBLISHED.write_text(project_schema(), encoding="utf-8", newline="\n")
