"""Settings of a format as options of a command line: `NAME=VALUE`."""

from collections.abc import Iterable, Mapping

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.package.format import Kind, Setting, Settings
from sigma_amsi.package.parts import File, Part
from sigma_amsi.package.read_choices import read_settings

_SOMEWHERE = File(None, lambda _: 0)
_TRUTHS: Mapping[str, bool] = {"true": True, "false": False}


def settings_of_options(options: Iterable[str], settings: tuple[Setting, ...]) -> Settings:
    """The settings that the options give, and the defaults of the others. A list is written `a,b`, a table `a=x,b=y`. Raises ConfigurationError."""
    kinds = {setting.name: setting.kind for setting in settings}
    given: dict[str, object] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise ConfigurationError(Problem("configuration-value", f"{option!r} is not of the form NAME=VALUE"))
        given[name] = _data(value, kinds.get(name, "text"))
    required = [setting.name for setting in settings if setting.required]
    return read_settings(Part(given, ("-O",), _SOMEWHERE).closed(list(kinds), required), settings)


def _data(value: str, kind: Kind) -> object:
    """The value as a file would have it; what does not fit is left as it is, for the reader to say so."""
    match kind:
        case "integer":
            return int(value) if value.isascii() and value.isdigit() else value
        case "boolean":
            return _TRUTHS.get(value, value)
        case "texts":
            return value.split(",") if value else []
        case "table":
            return dict(pair.partition("=")[::2] for pair in value.split(","))
        case _:
            return value
