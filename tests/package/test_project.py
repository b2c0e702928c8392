import json
import tomllib
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.package.choices import Choices, ScheduleChange
from sigma_amsi.package.destination import find_format
from sigma_amsi.package.model import Action, Suppression
from sigma_amsi.package.project import find_project, read_project
from sigma_amsi.package.project_schema import PUBLISHED, project_schema
from sigma_amsi.package.template import project_template
from sigma_amsi.registry import backend_names, find_backend

_ID = "0f1c9f2e-0000-4000-8000-000000000001"
_PLAIN = '[destinations.main]\ntarget = "splunk"\npipeline = "splunk_windows"\nformat = "app"\n'
_FULL = f"""\
rules = ["rules", "more/one.yml"]
version = "1.2.3"
[defaults]
naming = "{{title}} {{short_id}}"
owner = "all"
severities = {{ informational = "low" }}
[defaults.schedule]
every = "30m"
by_severity.critical = {{ every = "5m", delay = "1m" }}
[overrides.{_ID.upper()}]
enabled = false
[destinations.main]
target = "splunk"
pipeline = "own/pipeline.yml"
site = "site.yml"
format = "app"
assume = "one-fact"
suppression = {{ duration = "1d", fields = "host" }}
severities.low = "medium"
settings = {{ app = "own", readers = ["user"] }}
[[destinations.main.actions]]
name = "email"
settings = {{ to = ["a@example.org"], include.trigger = true }}
[destinations.main.overrides."{_ID}"]
severity = "critical"
[destinations.other]
target = "splunk"
pipeline = "splunk_windows"
format = "savedsearches"
rules = "elsewhere"
output = "out"
version = "2.0.0"
naming = "{{id}}"
allow_unproved = true
"""


def _project(folder: Path, text: str) -> Path:
    path = folder / "sigma-amsi.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _problem(folder: Path, text: str) -> Problem:
    with pytest.raises(ConfigurationError) as raised:
        read_project(_project(folder, text)).destination("main")
    return raised.value.problem


def test_a_destination_has_what_the_file_says(tmp_path: Path) -> None:
    project = read_project(_project(tmp_path, _FULL))
    assert project.names == ("main", "other")
    main, other = (project.destination(name) for name in project.names)
    assert (main.target, main.pipeline, main.site) == ("splunk", str(tmp_path / "own/pipeline.yml"), tmp_path / "site.yml")
    assert main.rules == (tmp_path / "rules", tmp_path / "more/one.yml")
    assert (main.output, main.version, main.assume) == (tmp_path / "build/main", "1.2.3", ("one-fact",))
    assert main.naming == "{title} {short_id}"
    assert main.severities == {"informational": "low", "low": "medium"}
    assert main.settings.text("app") == "own"
    assert main.settings.texts("readers") == ("user",)
    assert main.settings.texts("writers") == ("admin", "sc_admin")
    assert main.choices == (
        Choices(
            owner="all",
            schedule=ScheduleChange(every=timedelta(minutes=30)),
            by_severity={"critical": ScheduleChange(every=timedelta(minutes=5), delay=timedelta(minutes=1))},
        ),
        Choices(
            suppression=Suppression(timedelta(days=1), ("host",)),
            actions=(Action("email", {"to": ["a@example.org"], "include": {"trigger": True}}),),
        ),
    )
    assert main.overrides == {_ID: (Choices(enabled=False), Choices(severity="critical"))}
    assert (main.allow_unproved, other.allow_unproved) == (False, True)
    assert (other.rules, other.output, other.version, other.naming) == ((tmp_path / "elsewhere",), tmp_path / "out", "2.0.0", "{id}")
    assert other.overrides == {_ID: (Choices(enabled=False),)}
    assert (list(main.expected), list(other.expected)) == ([_ID], [])


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("rules = [", "project-toml", 1),
        ("a = 1\na = 2\n", "project-toml", 2),
        ("rules = []\n", "configuration-missing-key", 0),
        ("[destinations]\n", "configuration-missing-key", 1),
        ("destinations = 3\n", "configuration-type", 1),
        (f"ruls = []\n{_PLAIN}", "configuration-unknown-key", 1),
        (f"rules = [3]\n{_PLAIN}", "configuration-type", 1),
        (f'version = "1.2"\n{_PLAIN}', "configuration-value", 1),
        ("[destinations.'a b']\n", "configuration-value", 1),
        ("[destinations.main]\n", "configuration-missing-key", 1),
        (_PLAIN.replace('"splunk"', '"splunc"'), "unknown-target", 2),
        (_PLAIN.replace('"app"', '"ap"'), "unknown-format", 4),
        (_PLAIN.replace('"app"', '"default"'), "unknown-format", 4),
        (f"{_PLAIN}frmat = 1\n", "configuration-unknown-key", 5),
        (f"{_PLAIN}[destinations.main.settings]\nap = 'x'\n", "configuration-unknown-key", 6),
        (f"{_PLAIN}settings.app = 'a b'\n", "configuration-value", 5),
        (f"{_PLAIN}settings.export = 'all'\n", "configuration-value", 5),
        (f"{_PLAIN}settings.track = 'yes'\n", "configuration-type", 5),
        (f"{_PLAIN}naming = '{{tilte}}'\n", "configuration-value", 5),
        (f"{_PLAIN}severities.hihg = 'low'\n", "configuration-unknown-key", 5),
        (f"{_PLAIN}severities.high = 'lo'\n", "configuration-value", 5),
        (f"{_PLAIN}schedule.every = '5 minutes'\n", "configuration-value", 5),
        (f"{_PLAIN}schedule.every = '90s'\n", "configuration-value", 5),
        (f"{_PLAIN}schedule.every = '0m'\n", "configuration-value", 5),
        (f"{_PLAIN}schedule.by_severity.hgh.every = '5m'\n", "configuration-unknown-key", 5),
        (f"{_PLAIN}suppression = true\n", "configuration-type", 5),
        (f"{_PLAIN}suppression.fields = ['a']\n", "configuration-missing-key", 5),
        (f"{_PLAIN}suppression.duration = '0s'\n", "configuration-value", 5),
        (f"{_PLAIN}actions = [{{settings = {{}}}}]\n", "configuration-missing-key", 5),
        (f"{_PLAIN}[[destinations.main.actions]]\nname = 'a'\nsettings.when = 2024-01-01\n", "configuration-type", 7),
        (f"{_PLAIN}[[destinations.main.actions]]\nname = 'a'\nsettings.api_key = 'abc'\n", "secret-in-file", 7),
        (f"{_PLAIN}[[destinations.main.actions]]\nname = 'a'\nsettings.api_key.environment = 'NO_SUCH'\n", "environment-variable", 7),
        (f"{_PLAIN}settings.app.environment = 'NO_SUCH'\n", "environment-variable", 5),
        (f"{_PLAIN}overrides.x.enabled = false\n", "configuration-value", 5),
        (f"{_PLAIN}overrides.{_ID}.enabled = 0\n", "configuration-type", 5),
        (f"{_PLAIN}{_PLAIN.replace('main', 'other')}output = 'build/main'\n", "configuration-value", 5),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, code: str, line: int) -> None:
    problem = _problem(tmp_path, text)
    assert (problem.code, problem.path, problem.line) == (code, tmp_path / "sigma-amsi.toml", line), problem


def test_a_pipeline_that_is_not_there_is_said_at_the_destination(tmp_path: Path) -> None:
    project = read_project(_project(tmp_path, _PLAIN.replace("splunk_windows", "splunk_window")))
    with pytest.raises(ConfigurationError) as raised:
        project.destination("main").open_target()
    assert (raised.value.problem.code, raised.value.problem.line) == ("unknown-pipeline", 1)


def test_a_destination_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="did you mean main") as raised:
        read_project(_project(tmp_path, _PLAIN)).destination("mian")
    assert raised.value.problem.code == "unknown-destination"


def test_secrets_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_KEY", "abc")
    text = f"{_PLAIN}[[destinations.main.actions]]\nname = 'a'\nsettings.api_key.environment = 'OWN_KEY'\n"
    destination = read_project(_project(tmp_path, text)).destination("main")
    assert destination.choices[1].actions == (Action("a", {"api_key": "abc"}),)


def test_the_nearest_project_file_is_found(tmp_path: Path) -> None:
    path = _project(tmp_path, _PLAIN)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_project(tmp_path / "a" / "b") == path
    with pytest.raises(ConfigurationError, match="no-project"):
        find_project(Path("/"))


def test_the_published_schema_is_that_of_the_keys() -> None:
    """It is written by `python -m sigma_amsi.package.project_schema`."""
    assert PUBLISHED.read_text(encoding="utf-8") == project_schema()


def test_the_schema_agrees_with_the_reader(tmp_path: Path) -> None:
    schema = jsonschema.Draft7Validator(json.loads(project_schema()))
    schema.check_schema(schema.schema)
    for text in (_PLAIN, _FULL):
        read_project(_project(tmp_path, text))
        assert not list(schema.iter_errors(tomllib.loads(text)))
    for wrong in (
        f"ruls = []\n{_PLAIN}",
        f"{_PLAIN}frmat = 1\n",
        f"{_PLAIN}settings.ap = 'x'\n",
        f"{_PLAIN}settings.app = 'a b'\n",
        f"{_PLAIN}schedule.every = '5 minutes'\n",
        f"{_PLAIN}severities.high = 'lo'\n",
        f"{_PLAIN}suppression = true\n",
        f"{_PLAIN}overrides.x.enabled = false\n",
        _PLAIN.replace('"app"', '"ap"'),
        "[destinations]\n",
    ):
        assert _problem(tmp_path, wrong)
        assert list(schema.iter_errors(tomllib.loads(wrong))), wrong


@pytest.mark.parametrize("target", backend_names())
def test_the_template_of_every_format_can_be_read(target: str, tmp_path: Path) -> None:
    backend = find_backend(target)
    for format in backend.formats:
        text = project_template("main", target, backend.pipelines[0], find_format(backend, format.name))
        uncommented = "\n".join(line.removeprefix("# ") if " = " in line and "by_sev" not in line else line for line in text.splitlines())
        assert tomllib.loads(uncommented)
        if not any(setting.required for setting in format.settings):
            assert read_project(_project(tmp_path, text)).destination("main").format is format
