"""Where detections go: a target with its pipeline, a format, and what is chosen for the detections there."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from sigma_amsi.backend import Backend
from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.hints import near
from sigma_amsi.package.choices import Choices
from sigma_amsi.package.format import Format, Settings
from sigma_amsi.package.model import Severity, severity_of
from sigma_amsi.targets import Target, target


class Destination(Struct, frozen=True):
    """A destination. `path` and `line` say where it is described, None and 0 where it is not in a file.

    name: of letters, digits, `_` and `-`. rules: files and folders. output: the folder that the package is written to. version: three numbers.
    naming: what detections are called, a text with `{title}`, `{id}`, `{short_id}` and `{severity}` in it. severities: level -> severity, where
    they are not the same. choices: what holds for all detections, the general before the particular. overrides: for single rules, by their id.
    expected: rules that have to be there, since something is said of them, by id with the line on which it is said.
    """

    name: str
    target: str
    pipeline: str
    format: Format
    settings: Settings
    rules: tuple[Path, ...] = ()
    output: Path = Path("build")
    version: str = "1.0.0"
    site: Path | None = None
    assume: tuple[str, ...] = ()
    allow_approximate: bool = False
    allow_unproved: bool = False
    naming: str = "{title}"
    severities: Mapping[str, Severity] = field(default_factory=dict)
    choices: tuple[Choices, ...] = ()
    overrides: Mapping[str, tuple[Choices, ...]] = field(default_factory=dict)
    expected: Mapping[str, int] = field(default_factory=dict)
    path: Path | None = None
    line: int = 0

    def open_target(self) -> Target:
        """The target with its pipeline, for the site. Raises ConfigurationError."""
        try:
            return target(self.target, pipeline=self.pipeline, site=self.site, assume=self.assume, allow_approximate=self.allow_approximate)
        except ConfigurationError as error:
            raise self.placed(error) from None

    def placed(self, error: ConfigurationError) -> ConfigurationError:
        """The error, at the destination's place where it has no other."""
        return error if error.problem.path is not None else ConfigurationError(replace(error.problem, path=self.path, line=self.line))

    def severity_of(self, level: str) -> Severity:
        """The severity that a rule of this level has here."""
        return self.severities.get(level, severity_of(level))


def find_format(backend: Backend, name: str) -> Format:
    """A language's format by its name. Raises ConfigurationError."""
    for known in backend.formats:
        if known.name == name:
            return known
    names = [known.name for known in backend.formats]
    if name == "default":
        hint = "`sigma-amsi convert` prints queries; a package is one of: " + ", ".join(names)
        raise ConfigurationError(Problem("unknown-format", "the default format is the bare query, which is no package", hint=hint))
    hint = near(name, names) if names else "it has none"
    raise ConfigurationError(Problem("unknown-format", f"{backend.name} has no format {name!r}", hint=hint))
