"""The project file, `sigma-amsi.toml`: which rules go where, and as what."""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from msgspec import Struct

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.hints import near
from sigma_amsi.package.choices import Choices
from sigma_amsi.package.destination import Destination, find_format
from sigma_amsi.package.format import Setting, Settings
from sigma_amsi.package.model import SEVERITIES, Severity
from sigma_amsi.package.parts import File, Part
from sigma_amsi.package.project_keys import DESTINATION_KEYS, NAMING_KEYS, PROJECT_KEYS
from sigma_amsi.package.read_choices import CHOICES, read_choices, read_settings, read_severity
from sigma_amsi.package.toml_lines import line_of, lines_of
from sigma_amsi.pipeline.files import is_path
from sigma_amsi.registry import find_backend

PROJECT_FILE = "sigma-amsi.toml"

_Found = TypeVar("_Found")

_POLICY = (*CHOICES, "naming", "severities")
_PROJECT = (*(key.name for key in PROJECT_KEYS), "defaults", "overrides", "destinations")
_DESTINATION = (*(key.name for key in DESTINATION_KEYS), *_POLICY, "settings", "overrides")


class Project(Struct, frozen=True):
    """A project file. A destination is read when it is asked for, so that one is not in the way of another."""

    path: Path
    entries: Mapping[str, Part]
    parts: Mapping[str, Part]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the destinations, in the order of the file."""
        return tuple(self.parts)

    def destination(self, name: str) -> Destination:
        """The destination of that name. Raises ConfigurationError."""
        if name not in self.parts:
            hint = near(name, self.names)
            raise ConfigurationError(Problem("unknown-destination", f"no destination is called {name!r}", self.path, hint=hint))
        return _Reader(self, name, self.parts[name]).read()


def find_project(folder: Path) -> Path:
    """The project file of a folder, or of the nearest one above that has one. Raises ConfigurationError."""
    for above in (folder.absolute(), *folder.absolute().parents):
        if (above / PROJECT_FILE).is_file():
            return above / PROJECT_FILE if above != folder.absolute() else folder / PROJECT_FILE
    hint = "write one with `sigma-amsi init`, or name a target with -t"
    raise ConfigurationError(Problem("no-project", f"no {PROJECT_FILE} in this folder or above", hint=hint))


def read_project(path: Path) -> Project:
    """The project of a file. Raises ConfigurationError for what is wrong with it as a whole."""
    whole = _parsed(path)
    entries = whole.closed(_PROJECT, ("destinations",))
    destinations = entries["destinations"].entries()
    if not destinations:
        entries["destinations"].fail("configuration-missing-key", "there is no destination")
    project = Project(path, entries, destinations)
    for name, part in destinations.items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", name):
            part.fail("configuration-value", f"{name!r} cannot be the name of a destination", "letters, digits, _ and -, a letter first")
    _check_outputs(project)
    return project


def _parsed(path: Path) -> Part:
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigurationError(Problem("configuration-file", error.strerror or str(error), path)) from None
    except UnicodeDecodeError:
        raise ConfigurationError(Problem("project-toml", "it is not UTF-8", path)) from None
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        said, _, place = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", place)
        raise ConfigurationError(Problem("project-toml", said, path, int(line[1]) if line else len(text.splitlines()))) from None
    lines = lines_of(text.replace("\r\n", "\n"))
    return Part(data, (), File(path, lambda keys: line_of(lines, keys), os.environ))


def _check_outputs(project: Project) -> None:
    """Two packages in one folder would remove each other's files."""
    taken: dict[Path, str] = {}
    for name, part in project.parts.items():
        folder = _output(project, name, part.closed(_DESTINATION)).resolve()
        if folder in taken:
            part.fail("configuration-value", f"{name} is written to the folder of {taken[folder]}", "set another `output`")
        taken[folder] = name


def _output(project: Project, name: str, entries: Mapping[str, Part]) -> Path:
    own = read_settings(entries, [key for key in DESTINATION_KEYS if key.name == "output"]).text("output")
    if own:
        return project.path.parent / own
    return project.path.parent / read_settings(project.entries, PROJECT_KEYS).text("output") / name


class _Reader(Struct, frozen=True):
    """Reads one destination."""

    project: Project
    name: str
    part: Part

    def read(self) -> Destination:
        entries = self.part.closed(_DESTINATION, [key.name for key in DESTINATION_KEYS if key.required])
        top = self.project.entries
        common = read_settings(top, PROJECT_KEYS)
        own = read_settings(entries, DESTINATION_KEYS)
        defaults = top["defaults"].closed(_POLICY) if "defaults" in top else {}
        backend = _located(entries["target"], lambda: find_backend(own.text("target")))
        format = _located(entries["format"], lambda: find_format(backend, own.text("format")))
        general, particular = _overrides(top), _overrides(entries)
        expected = particular if own.texts("rules") else {**general, **particular}
        return Destination(
            name=self.name,
            target=own.text("target"),
            pipeline=self._pipeline(own),
            format=format,
            settings=self._settings(entries, format.settings),
            rules=tuple(self._path(each) for each in own.texts("rules") or common.texts("rules")),
            output=_output(self.project, self.name, entries),
            version=own.text("version") or common.text("version"),
            site=self._path(own.text("site")) if own.text("site") else None,
            assume=own.texts("assume"),
            allow_approximate=own.boolean("allow_approximate"),
            allow_unproved=own.boolean("allow_unproved"),
            naming=read_settings({**defaults, **entries}, NAMING_KEYS).text("naming"),
            severities={**_severities(defaults), **_severities(entries)},
            choices=(read_choices(defaults), read_choices(entries)),
            overrides={
                rule_id: tuple(_choices(each[rule_id]) for each in (general, particular) if rule_id in each)
                for rule_id in {**general, **particular}
            },
            expected={rule_id: part.line for rule_id, part in expected.items()},
            path=self.project.path,
            line=self.part.line,
        )

    def _path(self, written: str) -> Path:
        return self.project.path.parent / written

    def _pipeline(self, own: Settings) -> str:
        """Its name; a path counts from the project file."""
        name = own.text("pipeline")
        return str(self._path(name)) if is_path(name) else name

    def _settings(self, entries: Mapping[str, Part], settings: Iterable[Setting]) -> Settings:
        known = tuple(settings)
        table = entries.get("settings", Part({}, (*self.part.keys, "settings"), self.part.file))
        required = [each.name for each in known if each.required]
        return read_settings(table.closed([each.name for each in known], required), known)


def _overrides(entries: Mapping[str, Part]) -> Mapping[str, Part]:
    """The tables of overrides by the id of their rule, in lower case."""
    found: dict[str, Part] = {}
    for written, part in (entries["overrides"].entries() if "overrides" in entries else {}).items():
        try:
            found[str(UUID(written))] = part
        except ValueError:
            part.fail("configuration-value", f"{written!r} is no id of a rule", 'overrides stand under [overrides."<the rule\'s id>"]')
    return found


def _choices(part: Part) -> Choices:
    return read_choices(part.closed(CHOICES))


def _severities(entries: Mapping[str, Part]) -> Mapping[str, Severity]:
    """Level -> severity; a rule's levels have the names of severities."""
    table = entries["severities"].closed(SEVERITIES) if "severities" in entries else {}
    return {level: read_severity(part) for level, part in table.items()}


def _located(part: Part, find: Callable[[], _Found]) -> _Found:
    """What is found, or the error at the place of the name that was looked for."""
    try:
        return find()
    except ConfigurationError as error:
        problem = error.problem
        part.fail(problem.code, problem.message, problem.hint)
