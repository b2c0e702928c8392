"""The real engines that the tests ask: where they are kept, whether they are here, and what to do when they are not.

| name           | engine                                                               | module             |
|----------------|----------------------------------------------------------------------|--------------------|
| `lucene-8`     | Lucene 8 with Elasticsearch's additions re-created                   | `lucene.py`        |
| `lucene-9`     | Lucene 9, the same                                                   | `lucene.py`        |
| `opensearch-1` | a whole node of OpenSearch 1, which has Lucene 8                     | `opensearch.py`    |
| `opensearch-2` | a whole node of OpenSearch 2, which has Lucene 9                     | `opensearch.py`    |
| `kusto`        | Microsoft's Kusto parser and binder                                  | `kusto.py`         |
| `duckdb-kql`   | Kusto queries run on DuckDB: a stand-in, which refuses what it lacks | `kusto_execute.py` |
| `kibana`       | Kibana's own KQL parser and DSL writer                               | `kibana.py`        |

`python -m tests.engines.install` fetches what is missing.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent

#: The folder of each engine's jars; a profile of pom.xml pins them, with the versions that are in the folder's name.
JAR_FOLDERS: Final = {
    "lucene-8": "lucene-8.11.4",
    "lucene-9": "lucene-9.12.3",
    "opensearch-1": "opensearch-1.3.20",
    "opensearch-2": "opensearch-2.19.4",
}

#: The npm packages are pinned in package.json.
NPM_PACKAGES: Final = {"kusto": ("@kusto/language-service-next",), "kibana": ("@cybernetex/kbn-es-query", "pegjs")}

#: The Python packages come with the project's test extra. DuckDB calls Python functions through numpy.
PYTHON_PACKAGES: Final = {"duckdb-kql": ("duckdb-kql", "duckdb", "numpy"), "kibana": ("kibana-ql",)}

ENGINES: Final = (*JAR_FOLDERS, "kusto", "duckdb-kql", "kibana")


class EngineMissing(Exception):
    """An engine that is asked has not been installed."""


def cache_folder() -> Path:
    """Where downloaded engines are kept: $SIGMA_AMSI_ENGINES, else `.engines` in the checkout."""
    chosen = os.environ.get("SIGMA_AMSI_ENGINES")
    return Path(chosen) if chosen else HERE.parents[1] / ".engines"


def jar_folder(name: str) -> Path:
    """Where the jars of an engine are kept."""
    return cache_folder() / JAR_FOLDERS[name]


def npm_pins() -> dict[str, str]:
    """The version of each npm package, from package.json."""
    manifest: dict[str, dict[str, str]] = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    return manifest["dependencies"]


def missing(name: str) -> str | None:
    """What stands in the way of using an engine, or None when nothing does."""
    return next(_obstacles(name), None)


def available(name: str) -> bool:
    """Whether an engine can be asked here and now."""
    return missing(name) is None


def demand(name: str) -> None:
    """Raise EngineMissing when an engine is not here, rather than let its first question fail obscurely."""
    if reason := missing(name):
        raise EngineMissing(f"engine {name}: {reason}; run: python -m tests.engines.install")


def require(name: str) -> None:
    """Skip the running test when an engine is missing. In CI that fails: a proof that nobody ran proves nothing."""
    try:
        demand(name)
    except EngineMissing as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem), pytrace=False)
        pytest.skip(str(problem))


def _obstacles(name: str) -> Iterator[str]:
    if name not in ENGINES:
        raise KeyError(name)
    if name in JAR_FOLDERS:
        yield from _missing_program("java")
        yield from _missing_program("javac")  # java compiles our one source file on the way, for which it needs a whole JDK
        yield from _missing_jars(jar_folder(name))
    if name in NPM_PACKAGES:
        yield from _missing_program("node")
        for package in NPM_PACKAGES[name]:
            yield from _missing_npm_package(package)
    for package in PYTHON_PACKAGES.get(name, ()):
        yield from _missing_python_package(package)


def _missing_program(program: str) -> Iterator[str]:
    if not shutil.which(program):
        yield f"no {program} on the PATH"


def _missing_jars(folder: Path) -> Iterator[str]:
    # Nothing is copied before everything is downloaded, so one jar stands for all.
    if not any(folder.glob("lucene-core-*.jar")):
        yield f"no jars in {folder}"


def _missing_npm_package(package: str) -> Iterator[str]:
    manifest = cache_folder() / "node_modules" / package / "package.json"
    pinned = npm_pins()[package]
    if not manifest.is_file():
        yield f"no {package} in {cache_folder()}"
    elif (installed := json.loads(manifest.read_text(encoding="utf-8"))["version"]) != pinned:
        yield f"{package} is {installed}, not {pinned}"


def _missing_python_package(package: str) -> Iterator[str]:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        yield f"no Python package {package}"
