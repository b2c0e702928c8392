"""The project file that `sigma-amsi init` writes: what is needed, and in comments what else can be said."""

import json
from datetime import timedelta

from sigma_amsi.package.durations import shown_duration
from sigma_amsi.package.format import Format, Setting, Value
from sigma_amsi.package.project_keys import PROJECT_KEYS

SCHEMA_FILE = "sigma-amsi.schema.json"

_HEAD = f"""\
#:schema ./{SCHEMA_FILE}
# Which Sigma rules go where, and as what. `sigma-amsi package` writes the packages.
"""

_DEFAULTS = """
# What holds for every detection. A destination can say otherwise, a rule for itself (under `custom: {sigma_amsi: {…}}`), and overrides.
[defaults]
# owner = "detection engineering"
# naming = "{title}"                   # or with {id}, {short_id}, {severity}

[defaults.schedule]
every = "1h"                           # from run to run
delay = "10m"                          # how late events may arrive and still be looked at
# lookback = "1h"                      # how far back a run looks; as far as from run to run where it is not set

# [defaults.schedule.by_severity]
# critical = { every = "15m" }

# [defaults.suppression]               # how long to keep quiet after a hit, and about hits that agree in which columns
# duration = "1d"
# fields = ["host"]

# [overrides."41d1058a-aea7-4952-9293-29eaaf516465"]
# enabled = false
"""


def project_template(name: str, target: str, pipeline: str, format: Format) -> str:
    """A project file with one destination."""
    lines = [
        f"[destinations.{name}]",
        f"target = {_toml(target)}",
        f"pipeline = {_toml(pipeline)}",
        f"format = {_toml(format.name)}{' ' * max(1, 27 - len(format.name))}# {format.says}",
        '# site = "site.yml"                    # indexes, sensors, columns and facts of this deployment',
    ]
    if format.settings:
        lines += ["", f"[destinations.{name}.settings]", *(_setting(each, required=each.required) for each in format.settings)]
    top = "\n".join(_setting(each, required=True) for each in PROJECT_KEYS)
    return f"{_HEAD}\n{top}\n{_DEFAULTS}\n" + "\n".join(lines) + "\n"


def _setting(setting: Setting, *, required: bool) -> str:
    """The line of a setting: a comment, except where it has to be said."""
    value = _toml(setting.default if setting.default is not None else _EXAMPLES[setting.kind])
    said = f"{'' if required else '# '}{setting.name} = {value}"
    return f"{said:<38} # {setting.says}"


_EXAMPLES: dict[str, Value] = {"text": "", "integer": 0, "boolean": False, "texts": (), "duration": timedelta(hours=1), "table": {}}


def _toml(value: Value) -> str:
    if isinstance(value, timedelta):
        return _toml(shown_duration(value))
    if isinstance(value, bool | int | str):
        return json.dumps(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    assert value is not None
    return "{ " + ", ".join(f"{json.dumps(name)} = {_toml(text)}" for name, text in value.items()) + " }"
