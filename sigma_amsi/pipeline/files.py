"""Where pipelines and schemas are: the built-in ones by name, others by path."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.hints import near
from sigma_amsi.pipeline.nodes import MapNode, TextNode, fail, read_nodes, text

_SUFFIXES = (".yml", ".yaml")


def available() -> tuple[str, ...]:
    """The names of the built-in pipelines, sorted."""
    return _names(_folder())


def available_schemas() -> tuple[str, ...]:
    """The names of the built-in schemas, sorted."""
    return _names(_folder() / "schemas")


def is_path(name: str) -> bool:
    """Whether a name that a user gave is the path of a file: it has a folder or ends like a YAML file."""
    return name.endswith(_SUFFIXES) or "/" in name or "\\" in name


def read_pipeline_file(name: str) -> MapNode:
    """The nodes of a pipeline, by name or path. Raises ConfigurationError."""
    return read_file(Path(name)) if is_path(name) else _read_built_in(name, "pipeline", available(), _folder())


def read_schema_file(name: str) -> MapNode:
    """The nodes of a schema, by name or path. Raises ConfigurationError."""
    return read_file(Path(name)) if is_path(name) else _read_built_in(name, "schema", available_schemas(), _folder() / "schemas")


def read_reference(node: TextNode, kind: str) -> MapNode:
    """The nodes of the pipeline or schema that a file refers to, by name or by a path that counts from the file."""
    name = text(node, f"the name of a {kind}")
    if is_path(name):
        name = str(node.path.parent / name)
    try:
        return read_schema_file(name) if kind == "schema" else read_pipeline_file(name)
    except ConfigurationError as error:
        if error.problem.line:
            raise
        problem = error.problem
        fail(node, problem.code, f"{problem.path}: {problem.message}" if problem.path else problem.message, problem.hint)


def read_file(path: Path) -> MapNode:
    """The nodes of a file. Raises ConfigurationError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(Problem("configuration-file", error.strerror or str(error), path)) from None
    return read_nodes(content, path)


def _folder() -> Traversable:
    return files("sigma_amsi.pipelines")


def _names(folder: Traversable) -> tuple[str, ...]:
    return tuple(sorted(entry.name.removesuffix(".yml") for entry in folder.iterdir() if entry.name.endswith(".yml")))


def _read_built_in(name: str, kind: str, names: tuple[str, ...], folder: Traversable) -> MapNode:
    if name not in names:
        raise ConfigurationError(Problem(f"unknown-{kind}", f"there is no {kind} '{name}'", hint=near(name, names)))
    source = folder / f"{name}.yml"
    return read_nodes(source.read_bytes(), Path(str(source)))
