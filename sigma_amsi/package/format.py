"""What a backend declares about a kind of saved search: which settings it takes, what it cannot hold, and how it is written."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from msgspec import Struct, field

from sigma_amsi.errors import Problem

if TYPE_CHECKING:  # listing languages must not load the prover
    from sigma_amsi.package.model import Detection, Package

Value: TypeAlias = str | int | bool | timedelta | tuple[str, ...] | Mapping[str, str] | None
"""What a setting is. None: not set, and the format leaves it to the SIEM."""

Kind: TypeAlias = Literal["text", "integer", "boolean", "texts", "duration", "table"]
"""texts: a list of texts. duration: written like `90s`, `5m`, `1h`, `2d`. table: texts by name."""

Files: TypeAlias = Mapping[str, bytes]
"""Contents by path. A path is relative, has `/` between its parts, and neither `..` nor anything that a file system takes amiss."""

_Wanted = TypeVar("_Wanted")


class Setting(Struct, frozen=True):
    """One setting of a format.

    choices: all that a text may be; empty means any. pattern: a regular expression that a text has to match whole. Both hold for each text of a list or
    table, too. required: there is no default.
    """

    name: str
    kind: Kind
    says: str
    default: Value = None
    required: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""


class Settings(Struct, frozen=True):
    """The values of a format's settings: those of the destination, and the defaults of the others. Each is of the kind that the format declares."""

    values: Mapping[str, Value] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A text; empty where it is not set."""
        return self._of(name, str) or ""

    def integer(self, name: str) -> int | None:
        return self._of(name, int)

    def boolean(self, name: str) -> bool:
        """A truth; false where it is not set."""
        return bool(self._of(name, bool))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where it is not set."""
        return self._of(name, tuple) or ()

    def duration(self, name: str) -> timedelta | None:
        return self._of(name, timedelta)

    def table(self, name: str) -> Mapping[str, str]:
        """Texts by name; empty where it is not set."""
        value = self.values[name]
        assert value is None or isinstance(value, Mapping), f"the setting {name} is {value!r}"
        return value or {}

    def _of(self, name: str, wanted: type[_Wanted]) -> _Wanted | None:
        value = self.values[name]
        assert value is None or isinstance(value, wanted), f"the setting {name} is {value!r}"
        return value


class Names(Struct, frozen=True):
    """What the name of a detection may be in a format. Names are made from titles; those that are cut, or come out equal, end in the rule's short id.

    longest: in characters. unsafe: characters that a name may not have, over those that no name has (control and formatting characters).
    Each becomes a `-`. folded: whether names that differ in case only are equal to the SIEM. reserved: names with a meaning of their own.
    """

    longest: int = 256
    unsafe: str = ""
    folded: bool = False
    reserved: tuple[str, ...] = ()


def nothing_to_say(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    """The check of a format that can hold every detection."""
    del detection, settings
    return ()


class Format(Struct, frozen=True):
    """A kind of saved search. Names that sigma-cli has mean here what they mean there.

    name: as in `-f`. says: a sentence for help and documentation.
    write(package): the package's files. Pure: equal packages give equal bytes on every machine. It gets only detections that passed `check`.
    check(detection, settings): raises Refused for a detection that the format cannot hold, which is then withheld and reported while the others are
        written; what it returns are warnings. Settings are `settings` of the package.
    settings: those that a destination may set under this format, each once.
    single: whether the package is one file, which `-o -` prints.
    """

    name: str
    says: str
    write: Callable[["Package"], Files]
    settings: tuple[Setting, ...] = ()
    check: Callable[["Detection", Settings], Iterable[Problem]] = nothing_to_say
    names: Names = Names()
    single: bool = False
