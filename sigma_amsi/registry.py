"""Finds query languages: the folders of `sigma_amsi.backends`, and what other distributions declare as entry points. Imports only what is asked for."""

import importlib
import pkgutil
from importlib.metadata import entry_points

from sigma_amsi.backend import Backend
from sigma_amsi.errors import ConfigurationError, Problem

GROUP = "sigma_amsi.backends"
"""The entry point group in which another distribution declares its `Backend` value under the language's name."""


def backend_names() -> list[str]:
    """The names of all query languages that are installed, sorted."""
    own = importlib.import_module(GROUP)
    folders = [module.name for module in pkgutil.iter_modules(own.__path__) if module.ispkg]
    return sorted({*folders, *(entry.name for entry in entry_points(group=GROUP))})


def find_backend(name: str) -> Backend:
    """The query language of that name. Raises ConfigurationError, naming those that there are, when it is not installed."""
    own = importlib.import_module(GROUP)
    if any(module.ispkg and module.name == name for module in pkgutil.iter_modules(own.__path__)):
        backend: Backend = importlib.import_module(f"{GROUP}.{name}").BACKEND
        return backend
    for entry in entry_points(group=GROUP, name=name):
        loaded = entry.load()
        if isinstance(loaded, Backend):
            return loaded
    names = ", ".join(backend_names())
    raise ConfigurationError(Problem("unknown-target", f"no query language is called {name!r}", hint=f"one of: {names}"))
