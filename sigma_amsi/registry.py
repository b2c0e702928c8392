"""Finds query languages: the folders of `sigma_amsi.backends`, and what other distributions declare as entry points. Imports only what is asked for."""

import importlib
import pkgutil
from typing import TYPE_CHECKING

from sigma_amsi.backend import Backend
from sigma_amsi.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

GROUP = "sigma_amsi.backends"
"""The entry point group in which another distribution declares its `Backend` value under the language's name."""


def backend_names() -> list[str]:
    """The names of all query languages that are installed, sorted."""
    own = importlib.import_module(GROUP)
    folders = [module.name for module in pkgutil.iter_modules(own.__path__) if module.ispkg]
    return sorted({*folders, *(entry.name for entry in _declared())})


def find_backend(name: str) -> Backend:
    """The query language of that name. Raises ConfigurationError, naming those that there are, when it is not installed."""
    own = importlib.import_module(GROUP)
    if any(module.ispkg and module.name == name for module in pkgutil.iter_modules(own.__path__)):
        backend: Backend = importlib.import_module(f"{GROUP}.{name}").BACKEND
        return backend
    for entry in _declared().select(name=name):
        loaded = entry.load()
        if isinstance(loaded, Backend):
            return loaded
    names = ", ".join(backend_names())
    raise ConfigurationError(Problem("unknown-target", f"no query language is called {name!r}", hint=f"one of: {names}"))


def _declared() -> "EntryPoints":
    from importlib.metadata import entry_points  # most queries are in a language of ours

    return entry_points(group=GROUP)
